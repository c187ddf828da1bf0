using System;
using System.Collections.Generic;

namespace Alvara
{
    /// <summary>
    /// The clients of this program. One that keeps a license or a seat alive is held here, so that a
    /// program which starts it and never looks again does not lose it to the collector; and all are
    /// freed as the program ends, which is when seats go back.
    /// </summary>
    internal static class Living
    {
        private static readonly object Turn = new object();
        private static readonly List<WeakReference<ClientHandle>> All =
            new List<WeakReference<ClientHandle>>();
        private static readonly HashSet<ClientHandle> Busy = new HashSet<ClientHandle>();

        static Living()
        {
            // The second is for programs that are loaded into another and unloaded again.
            AppDomain.CurrentDomain.ProcessExit += (sender, arguments) => End();
            AppDomain.CurrentDomain.DomainUnload += (sender, arguments) => End();
        }

        /// <summary>Has a client freed at the end of the program.</summary>
        internal static void Add(ClientHandle client)
        {
            lock (Turn)
            {
                All.RemoveAll(known => !IsOpen(known));
                All.Add(new WeakReference<ClientHandle>(client));
            }
        }

        /// <summary>Holds a client that has something to keep alive.</summary>
        internal static void Hold(ClientHandle client)
        {
            lock (Turn) Busy.Add(client);
        }

        /// <summary>Leaves a client to the collector again.</summary>
        internal static void Let(ClientHandle client)
        {
            lock (Turn) Busy.Remove(client);
        }

        private static bool IsOpen(WeakReference<ClientHandle> known)
        {
            ClientHandle client;
            return known.TryGetTarget(out client) && !client.IsClosed;
        }

        private static void End()
        {
            List<WeakReference<ClientHandle>> all;
            lock (Turn)
            {
                all = new List<WeakReference<ClientHandle>>(All);
                All.Clear();
                Busy.Clear();
            }
            foreach (var known in all)
            {
                ClientHandle client;
                // A listener that ends the program leaves its own client alone: a seat of it ends with
                // its lease.
                if (known.TryGetTarget(out client) && !client.IsCallingHere) client.Dispose();
            }
        }
    }
}
