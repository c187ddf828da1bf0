using System;
using Microsoft.Win32.SafeHandles;

namespace Alvara
{
    /// <summary>Options of the library; freed once.</summary>
    internal sealed class OptionsHandle : SafeHandleZeroOrMinusOneIsInvalid
    {
        public OptionsHandle() : base(true) { }

        protected override bool ReleaseHandle()
        {
            Native.alvara_options_free(handle);
            return true;
        }
    }

    /// <summary>A state that is ours; freed once.</summary>
    internal sealed class StateHandle : SafeHandleZeroOrMinusOneIsInvalid
    {
        public StateHandle() : base(true) { }

        protected override bool ReleaseHandle()
        {
            Native.alvara_state_free(handle);
            return true;
        }
    }

    /// <summary>An update; freed once.</summary>
    internal sealed class UpdateHandle : SafeHandleZeroOrMinusOneIsInvalid
    {
        public UpdateHandle() : base(true) { }

        protected override bool ReleaseHandle()
        {
            Native.alvara_update_free(handle);
            return true;
        }
    }

    /// <summary>
    /// A client; freed once, when no call uses it any more. It also holds what the library calls:
    /// what an object with a finalizer refers to is not collected before that has run, so a delegate
    /// lives until <c>alvara_free</c> has returned and none of them is called any more.
    /// </summary>
    internal sealed class ClientHandle : SafeHandleZeroOrMinusOneIsInvalid
    {
        private Callbacks _called;

        public ClientHandle() : base(true) { }

        /// <summary>Whether this thread is inside of a function that the client called. To free it here
        /// would be to wait for oneself.</summary>
        internal bool IsCallingHere
        {
            get { return _called != null && _called.IsRunning; }
        }

        internal void Hold(Callbacks called)
        {
            _called = called;
        }

        protected override bool ReleaseHandle()
        {
            Native.alvara_free(handle);
            GC.KeepAlive(_called);
            return true;
        }
    }
}
