using System;
using System.Runtime.InteropServices;

namespace Alvara
{
    /// <summary>The functions of <c>alvara.h</c>, as they stand there.</summary>
    /// <remarks>
    /// Texts go in as bytes that end in a zero (<see cref="Text.Given"/>) and come out as pointers
    /// (<see cref="Text.Lent"/>, <see cref="Text.Taken"/>): no encoding of the system has a part in it.
    /// Handles go in as <see cref="System.Runtime.InteropServices.SafeHandle"/>, so that none is freed
    /// while a call uses it.
    /// </remarks>
    internal static class Native
    {
        private const string Library = "alvara";
        private const CallingConvention C = CallingConvention.Cdecl;

        /// <summary>What a call came to where it went well.</summary>
        internal const int Ok = 0;

        /// <summary>What it came to where something is null that must not be.</summary>
        internal const int NullArgument = 1;

        /// <summary>What it came to where a value is none of those that are listed.</summary>
        internal const int BadValue = 9;

        /// <summary>What it came to where a text is none.</summary>
        internal const int NotUtf8 = 2;

        [UnmanagedFunctionPointer(C)]
        internal delegate long ClockFunction(IntPtr userData);

        [UnmanagedFunctionPointer(C)]
        internal delegate void MetricsFunction(ref Load load, IntPtr userData);

        [UnmanagedFunctionPointer(C)]
        internal delegate void ChangeFunction(IntPtr state, IntPtr userData);

        /// <summary><c>alvara_metrics_t</c>: percent, negative where not told.</summary>
        [StructLayout(LayoutKind.Sequential)]
        internal struct Load
        {
            internal double Cpu;
            internal double Memory;
            internal double Disk;
        }

        // What a call came to.
        [DllImport(Library, CallingConvention = C)]
        internal static extern IntPtr alvara_result_code(int result);

        [DllImport(Library, CallingConvention = C)]
        internal static extern IntPtr alvara_result_message(int result, byte[] locale);

        [DllImport(Library, CallingConvention = C)]
        internal static extern IntPtr alvara_last_error(ClientHandle client);

        [DllImport(Library, CallingConvention = C)]
        internal static extern IntPtr alvara_last_error_message(ClientHandle client, byte[] locale);

        // Options.
        [DllImport(Library, CallingConvention = C)]
        internal static extern OptionsHandle alvara_options_new();

        [DllImport(Library, CallingConvention = C)]
        internal static extern void alvara_options_free(IntPtr options);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int alvara_options_set_version(OptionsHandle options, byte[] version);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int alvara_options_set_released_at(OptionsHandle options, long releasedAt);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int alvara_options_set_user(OptionsHandle options, byte[] user);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int alvara_options_set_site(OptionsHandle options, byte[] site);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int alvara_options_require_module(OptionsHandle options, byte[] code);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int alvara_options_set_preset(OptionsHandle options, int preset);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int alvara_options_set_floating(OptionsHandle options, byte[] instance);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int alvara_options_set_path(OptionsHandle options, byte[] path);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int alvara_options_set_watermark(OptionsHandle options, byte[] path);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int alvara_options_set_machine(OptionsHandle options, byte[] secret);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int alvara_options_add_part(OptionsHandle options, byte[] name, byte[] value);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int alvara_options_set_renew_url(OptionsHandle options, byte[] url);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int alvara_options_set_locale(OptionsHandle options, byte[] locale);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int alvara_options_set_clock(
            OptionsHandle options, ClockFunction clock, IntPtr userData);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int alvara_options_set_metrics(
            OptionsHandle options, MetricsFunction metrics, IntPtr userData);

        // The client.
        [DllImport(Library, CallingConvention = C)]
        internal static extern int alvara_init(
            byte[] product, byte[] publicKey, byte[] apiUrl, OptionsHandle options, out ClientHandle client);

        [DllImport(Library, CallingConvention = C)]
        internal static extern void alvara_free(IntPtr client);

        [DllImport(Library, CallingConvention = C)]
        internal static extern StateHandle alvara_activate(ClientHandle client, byte[] key, byte[] name);

        [DllImport(Library, CallingConvention = C)]
        internal static extern StateHandle alvara_check(ClientHandle client);

        [DllImport(Library, CallingConvention = C)]
        internal static extern StateHandle alvara_state(ClientHandle client);

        [DllImport(Library, CallingConvention = C)]
        internal static extern StateHandle alvara_validate_online(ClientHandle client);

        [DllImport(Library, CallingConvention = C)]
        internal static extern StateHandle alvara_deactivate(ClientHandle client);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int alvara_start(ClientHandle client);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int alvara_close(ClientHandle client);

        [DllImport(Library, CallingConvention = C)]
        [return: MarshalAs(UnmanagedType.U1)]
        internal static extern bool alvara_has_module(ClientHandle client, byte[] code);

        [DllImport(Library, CallingConvention = C)]
        internal static extern IntPtr alvara_module_value(ClientHandle client, byte[] code);

        [DllImport(Library, CallingConvention = C)]
        [return: MarshalAs(UnmanagedType.U1)]
        internal static extern bool alvara_days_left(ClientHandle client, out long days);

        [DllImport(Library, CallingConvention = C)]
        internal static extern IntPtr alvara_renew_url(ClientHandle client);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int alvara_on_change(
            ClientHandle client, ChangeFunction listener, IntPtr userData);

        // Machines without network.
        [DllImport(Library, CallingConvention = C)]
        internal static extern IntPtr alvara_offline_request(ClientHandle client, byte[] key, byte[] name);

        [DllImport(Library, CallingConvention = C)]
        internal static extern StateHandle alvara_offline_activate(ClientHandle client, byte[] text);

        [DllImport(Library, CallingConvention = C)]
        internal static extern IntPtr alvara_deactivate_offline(ClientHandle client);

        [DllImport(Library, CallingConvention = C)]
        internal static extern IntPtr alvara_last_receipt(ClientHandle client);

        // Floating seats.
        [DllImport(Library, CallingConvention = C)]
        internal static extern StateHandle alvara_take_seat(ClientHandle client);

        [DllImport(Library, CallingConvention = C)]
        internal static extern StateHandle alvara_take_seat_for(ClientHandle client, uint seconds);

        [DllImport(Library, CallingConvention = C)]
        internal static extern StateHandle alvara_keep_seat(ClientHandle client);

        [DllImport(Library, CallingConvention = C)]
        internal static extern StateHandle alvara_borrow_seat(ClientHandle client, uint seconds);

        [DllImport(Library, CallingConvention = C)]
        internal static extern StateHandle alvara_return_seat(ClientHandle client);

        // Updates.
        [DllImport(Library, CallingConvention = C)]
        internal static extern UpdateHandle alvara_check_update(
            ClientHandle client, byte[] channel, byte[] platform);

        [DllImport(Library, CallingConvention = C)]
        internal static extern void alvara_update_free(IntPtr update);

        [DllImport(Library, CallingConvention = C)]
        internal static extern IntPtr alvara_update_version(UpdateHandle update);

        [DllImport(Library, CallingConvention = C)]
        internal static extern IntPtr alvara_update_url(UpdateHandle update);

        [DllImport(Library, CallingConvention = C)]
        internal static extern IntPtr alvara_update_notes(UpdateHandle update);

        [DllImport(Library, CallingConvention = C)]
        internal static extern IntPtr alvara_update_sha256(UpdateHandle update);

        [DllImport(Library, CallingConvention = C)]
        [return: MarshalAs(UnmanagedType.U1)]
        internal static extern bool alvara_update_mandatory(UpdateHandle update);

        // A state. By pointer, for that of a listener is not ours to free; State.Read holds ours.
        internal delegate bool Number(IntPtr state, out long number);

        [DllImport(Library, CallingConvention = C)]
        internal static extern void alvara_state_free(IntPtr state);

        [DllImport(Library, CallingConvention = C)]
        [return: MarshalAs(UnmanagedType.U1)]
        internal static extern bool alvara_state_valid(IntPtr state);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int alvara_state_status(IntPtr state);

        [DllImport(Library, CallingConvention = C)]
        internal static extern IntPtr alvara_state_status_text(IntPtr state);

        [DllImport(Library, CallingConvention = C)]
        internal static extern IntPtr alvara_state_code(IntPtr state);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int alvara_state_access(IntPtr state);

        [DllImport(Library, CallingConvention = C)]
        internal static extern IntPtr alvara_state_message(IntPtr state, byte[] locale);

        [DllImport(Library, CallingConvention = C)]
        [return: MarshalAs(UnmanagedType.U1)]
        internal static extern bool alvara_state_days_left(IntPtr state, out long days);

        [DllImport(Library, CallingConvention = C)]
        [return: MarshalAs(UnmanagedType.U1)]
        internal static extern bool alvara_state_expires_at(IntPtr state, out long at);

        [DllImport(Library, CallingConvention = C)]
        [return: MarshalAs(UnmanagedType.U1)]
        internal static extern bool alvara_state_grace_ends_at(IntPtr state, out long at);

        [DllImport(Library, CallingConvention = C)]
        [return: MarshalAs(UnmanagedType.U1)]
        internal static extern bool alvara_state_next_check_at(IntPtr state, out long at);

        [DllImport(Library, CallingConvention = C)]
        internal static extern IntPtr alvara_state_license(IntPtr state);

        [DllImport(Library, CallingConvention = C)]
        internal static extern IntPtr alvara_state_machine(IntPtr state);

        [DllImport(Library, CallingConvention = C)]
        internal static extern IntPtr alvara_state_kind(IntPtr state);

        [DllImport(Library, CallingConvention = C)]
        internal static extern UIntPtr alvara_state_module_count(IntPtr state);

        [DllImport(Library, CallingConvention = C)]
        internal static extern IntPtr alvara_state_module_code(IntPtr state, UIntPtr index);

        [DllImport(Library, CallingConvention = C)]
        internal static extern IntPtr alvara_state_module_value(IntPtr state, UIntPtr index);

        [DllImport(Library, CallingConvention = C)]
        internal static extern IntPtr alvara_state_seat(IntPtr state);

        [DllImport(Library, CallingConvention = C)]
        [return: MarshalAs(UnmanagedType.U1)]
        internal static extern bool alvara_state_seat_until(IntPtr state, out long at);

        [DllImport(Library, CallingConvention = C)]
        [return: MarshalAs(UnmanagedType.U1)]
        internal static extern bool alvara_state_seat_borrowed_until(IntPtr state, out long at);

        [DllImport(Library, CallingConvention = C)]
        internal static extern IntPtr alvara_state_because(IntPtr state);

        [DllImport(Library, CallingConvention = C)]
        internal static extern IntPtr alvara_state_error(IntPtr state);

        [DllImport(Library, CallingConvention = C)]
        internal static extern IntPtr alvara_state_error_detail(IntPtr state);

        [DllImport(Library, CallingConvention = C)]
        [return: MarshalAs(UnmanagedType.U1)]
        internal static extern bool alvara_state_retry_at(IntPtr state, out long at);

        // The library.
        [DllImport(Library, CallingConvention = C)]
        internal static extern void alvara_string_free(IntPtr text);

        [DllImport(Library, CallingConvention = C)]
        internal static extern IntPtr alvara_version();
    }
}
