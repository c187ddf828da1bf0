using System;
using System.Threading;

namespace Alvara
{
    /// <summary>
    /// The license of one program on one machine. Any thread may use it at any time.
    /// </summary>
    /// <remarks>
    /// <para>Whatever is the matter with a license is in the <see cref="State"/> that a call answers.
    /// <see cref="AlvaraException"/> says that a call was misused,
    /// <see cref="System.ObjectDisposedException"/> that it came after <see cref="Dispose"/>.</para>
    /// <para>Calls that ask the platform wait for it, ten seconds at most: a program with windows makes
    /// them by <c>Task.Run</c>. <see cref="Check"/>, <see cref="State"/>, <see cref="HasModule"/> and
    /// the like never wait for the network.</para>
    /// </remarks>
    public sealed partial class Client : IDisposable
    {
        private readonly ClientHandle _handle;
        private readonly Callbacks _called;
        private readonly object _turn = new object();
        private bool _listens;

        private Client(ClientHandle handle, Callbacks called)
        {
            _handle = handle;
            _called = called;
        }

        /// <summary>The version of the library beneath, such as <c>1.2.3</c>.</summary>
        public static string LibraryVersion
        {
            get { return Text.Lent(Native.alvara_version()); }
        }

        /// <summary>Opens what the machine holds, and calls nobody.</summary>
        /// <param name="product">The code of the product.</param>
        /// <param name="publicKey">Its public keys: a key set (JWKS) or a PEM.</param>
        /// <param name="apiUrl">Where the platform is: <c>https://</c>, or <c>http://</c> on this machine
        /// only.</param>
        /// <param name="options">What else there is to say; null: nothing.</param>
        /// <exception cref="AlvaraException">Something of that is none; its code says what.</exception>
        /// <exception cref="DllNotFoundException">The library of the C SDK is not beside the
        /// program.</exception>
        public static Client Init(string product, string publicKey, string apiUrl, Options options = null)
        {
            var said = options ?? new Options();
            var called = new Callbacks(said.Clock, said.Metrics);
            ClientHandle handle;
            using (var written = said.Write(called))
            {
                AlvaraException.Demand(Native.alvara_init(
                    Text.Given(product), Text.Given(publicKey), Text.Given(apiUrl), written, out handle));
            }
            // Until here `called` is ours; the library may have called it from the start.
            handle.Hold(called);
            Living.Add(handle);
            return new Client(handle, called);
        }

        /// <summary>Activates this machine with an activation key.</summary>
        /// <param name="key">The key, as it was sold.</param>
        /// <param name="name">What people call the machine; null: nothing.</param>
        public State Activate(string key, string name = null)
        {
            return Asked(Native.alvara_activate(Outside(), Text.Given(key), Text.Given(name)));
        }

        /// <summary>How the license stands now, from what the machine holds. A call at the platform that
        /// is due is made in the background; its result shows at the next check and by
        /// <see cref="OnChange"/>.</summary>
        public State Check()
        {
            return Asked(Native.alvara_check(_handle));
        }

        /// <summary>How the license stands now; calls nobody.</summary>
        public State State
        {
            get { return Asked(Native.alvara_state(_handle)); }
        }

        /// <summary>Calls the platform now. Where it does not get through the state is that of
        /// <see cref="Check"/>, with an error.</summary>
        public State ValidateOnline()
        {
            return Asked(Native.alvara_validate_online(Outside()));
        }

        /// <summary>Gives this machine's place back and forgets the license.</summary>
        public State Deactivate()
        {
            return Asked(Native.alvara_deactivate(Outside()));
        }

        /// <summary>Keeps license and seat alive in a thread of the library, when the platform says and no
        /// sooner. It goes on until <see cref="Close"/> or <see cref="Dispose"/>, also where nobody holds
        /// the client any more.</summary>
        public void Start()
        {
            Living.Hold(_handle);
            Done(Native.alvara_start(_handle));
        }

        /// <summary>Ends the loop and gives back a floating seat that is not borrowed. The client can
        /// still be asked.</summary>
        public void Close()
        {
            Done(Native.alvara_close(Outside()));
            Living.Let(_handle);
        }

        /// <summary>Whether the program may run and the license unlocks a module.</summary>
        public bool HasModule(string code)
        {
            return Native.alvara_has_module(_handle, Text.Given(code));
        }

        /// <summary>What comes with a module, such as a number of cash desks; null where nothing does or
        /// the module is not unlocked.</summary>
        public string ModuleValue(string code)
        {
            return Text.Taken(Native.alvara_module_value(_handle, Text.Given(code)));
        }

        /// <summary>Days until the expiry, rounded up; null where the license does not expire or there is
        /// none.</summary>
        public long? DaysLeft()
        {
            long days;
            return Native.alvara_days_left(_handle, out days) ? days : (long?)null;
        }

        /// <summary>Where the license is renewed: <see cref="Options.RenewUrl"/> filled in; null where none
        /// was said.</summary>
        public string RenewUrl()
        {
            return Text.Taken(Native.alvara_renew_url(_handle));
        }

        /// <summary>Has a function called with each state that differs from the one before, in whichever
        /// thread noticed it.</summary>
        /// <remarks>The function may ask how things stand, and dispose the client. It must not make calls
        /// that ask the platform: those throw. A program with windows posts to the thread of those
        /// (<c>BeginInvoke</c>) and does not wait for it (<c>Invoke</c>), for that thread may be waiting in
        /// <see cref="Dispose"/> until the function has ended. What the function throws is told to
        /// <see cref="System.Diagnostics.Trace"/> and ends nothing.</remarks>
        /// <returns>Dispose it to be told no more; otherwise it lasts as long as the client.</returns>
        public IDisposable OnChange(Action<State> listener)
        {
            if (listener == null) throw AlvaraException.Of(Native.NullArgument);
            lock (_turn)
            {
                if (!_listens) Done(Native.alvara_on_change(_handle, _called.Change, IntPtr.Zero));
                _listens = true;
            }
            _called.Add(listener);
            return new Listening(_called, listener);
        }

        /// <summary>What the last call could not do: the code of an <see cref="AlvaraException"/>, or the
        /// error of a state; null where it went well. Where several threads call it is that of whichever
        /// was last; a state has its own.</summary>
        public string LastError()
        {
            return Text.Taken(Native.alvara_last_error(_handle));
        }

        /// <summary>A sentence about it; null where the last call went well.</summary>
        /// <param name="locale"><c>en</c>, <c>es</c>, <c>it</c> or <c>pt-BR</c>; null: that of the
        /// options.</param>
        public string LastErrorMessage(string locale = null)
        {
            return Text.Taken(Native.alvara_last_error_message(_handle, Text.Given(locale)));
        }

        /// <summary>Ends the loop, gives back a floating seat that is not borrowed, and frees the client.
        /// Once it has returned none of the program's functions is called any more. A second time does
        /// nothing. Where other threads still use the client, the last of them frees it.</summary>
        public void Dispose()
        {
            Living.Let(_handle);
            if (_called.IsRunning)
            {
                // The library waits for the very function that we are inside of.
                ThreadPool.QueueUserWorkItem(unused => _handle.Dispose());
                return;
            }
            _handle.Dispose();
        }

        /// <summary>The handle, for calls that must not come from within the program's functions: the
        /// library would wait for the call that is waiting for them.</summary>
        private ClientHandle Outside()
        {
            if (_called.IsRunning)
            {
                throw new AlvaraException(
                    "INSIDE_LISTENER", "A listener cannot make a call that asks the platform.");
            }
            return _handle;
        }

        private State Asked(StateHandle answer)
        {
            if (answer.IsInvalid)
            {
                answer.Dispose();
                throw Misused();
            }
            return Alvara.State.Read(answer);
        }

        private string Asked(IntPtr answer)
        {
            var text = Text.Taken(answer);
            if (text == null) throw Misused();
            return text;
        }

        private static void Done(int result)
        {
            AlvaraException.Demand(result);
        }

        private AlvaraException Misused()
        {
            return new AlvaraException(LastError() ?? "INTERNAL", LastErrorMessage() ?? "");
        }

        private sealed class Listening : IDisposable
        {
            private readonly Callbacks _called;
            private Action<State> _listener;

            internal Listening(Callbacks called, Action<State> listener)
            {
                _called = called;
                _listener = listener;
            }

            public void Dispose()
            {
                var listener = Interlocked.Exchange(ref _listener, null);
                if (listener != null) _called.Remove(listener);
            }
        }
    }
}
