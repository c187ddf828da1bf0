using System;
using System.Collections.Generic;

namespace Alvara
{
    /// <summary>What a program is, and how it wants to be licensed. Null says nothing. It is read by
    /// <see cref="Client.Init"/> and may be changed and used again after.</summary>
    public sealed class Options
    {
        /// <summary>The version of the program, such as <c>2.0</c>.</summary>
        public string Version { get; set; }

        /// <summary>When that version came out.</summary>
        public DateTimeOffset? ReleasedAt { get; set; }

        /// <summary>Who uses the program, for licenses that are bound to a user.</summary>
        public string User { get; set; }

        /// <summary>Where it is used, for licenses that are bound to a site.</summary>
        public string Site { get; set; }

        /// <summary>Modules without which the program does not run at all.</summary>
        public IList<string> RequiredModules { get; } = new List<string>();

        /// <summary>How the program behaves around its checks.</summary>
        public Preset Preset { get; set; } = Preset.Hybrid;

        /// <summary>Whether the program needs a floating seat.</summary>
        public bool Floating { get; set; }

        /// <summary>Tells the program from others on the machine that hold a seat of the same
        /// license.</summary>
        public string Instance { get; set; }

        /// <summary>The file in which the license is kept; null: one in the data folder of the
        /// user.</summary>
        public string Path { get; set; }

        /// <summary>The file of its watermark, which must lie in another folder; null: one in the state
        /// folder of the user.</summary>
        public string Watermark { get; set; }

        /// <summary>The machine, where the program knows it better than the library.</summary>
        public Machine Machine { get; set; }

        /// <summary>Where the license is renewed, such as
        /// <c>https://shop.example/renew?license={license}</c>. <c>{license}</c> and <c>{product}</c>
        /// are filled in.</summary>
        public string RenewUrl { get; set; }

        /// <summary>The language of the platform's sentences and of
        /// <see cref="Client.LastErrorMessage"/>: <c>en</c>, <c>es</c>, <c>it</c> or
        /// <c>pt-BR</c>.</summary>
        public string Locale { get; set; }

        /// <summary>A clock in place of the machine's, for tests of the program. Called from several
        /// threads.</summary>
        public Func<DateTimeOffset> Clock { get; set; }

        /// <summary>What heartbeats tell of the machine's load. Called from several threads.</summary>
        public Func<Metrics> Metrics { get; set; }

        /// <summary>The same for the library. What it shall call is in <paramref name="called"/>.</summary>
        internal OptionsHandle Write(Callbacks called)
        {
            var written = Native.alvara_options_new();
            try
            {
                Write(written);
                if (called.Clock != null)
                {
                    Demand(Native.alvara_options_set_clock(written, called.Clock, IntPtr.Zero));
                }
                if (called.Metrics != null)
                {
                    Demand(Native.alvara_options_set_metrics(written, called.Metrics, IntPtr.Zero));
                }
                return written;
            }
            catch
            {
                written.Dispose();
                throw;
            }
        }

        private void Write(OptionsHandle written)
        {
            Demand(Native.alvara_options_set_version(written, Text.Given(Version)));
            if (ReleasedAt.HasValue)
            {
                Demand(Native.alvara_options_set_released_at(written, ReleasedAt.Value.ToUnixTimeSeconds()));
            }
            Demand(Native.alvara_options_set_user(written, Text.Given(User)));
            Demand(Native.alvara_options_set_site(written, Text.Given(Site)));
            foreach (var module in RequiredModules)
            {
                Demand(Native.alvara_options_require_module(written, Text.Given(module)));
            }
            Demand(Native.alvara_options_set_preset(written, (int)Preset));
            if (Floating) Demand(Native.alvara_options_set_floating(written, Text.Given(Instance)));
            Demand(Native.alvara_options_set_path(written, Text.Given(Path)));
            Demand(Native.alvara_options_set_watermark(written, Text.Given(Watermark)));
            if (Machine != null)
            {
                // A machine without a secret would be taken for none, and the library look by itself.
                if (Machine.Secret == null) throw AlvaraException.Of(Native.NullArgument);
                Demand(Native.alvara_options_set_machine(written, Text.Given(Machine.Secret)));
                foreach (var part in Machine.Parts)
                {
                    Demand(Native.alvara_options_add_part(
                        written, Text.Given(part.Key), Text.Given(part.Value)));
                }
            }
            Demand(Native.alvara_options_set_renew_url(written, Text.Given(RenewUrl)));
            Demand(Native.alvara_options_set_locale(written, Text.Given(Locale)));
        }

        private static void Demand(int result)
        {
            AlvaraException.Demand(result);
        }
    }
}
