// Whatever the program is compiled with: what its functions throw must not be lost.
#define TRACE

using System;
using System.Collections.Generic;
using System.Diagnostics;

namespace Alvara
{
    /// <summary>
    /// Functions of the program that the library calls, in whichever thread it does. No exception may
    /// leave them, for there is no .NET above: it is told to <see cref="Trace"/> and ends nothing.
    /// </summary>
    internal sealed class Callbacks
    {
        // Whose function this thread is inside of.
        [ThreadStatic]
        private static Callbacks _running;

        private readonly Func<DateTimeOffset> _clock;
        private readonly Func<Metrics> _metrics;
        private readonly object _turn = new object();

        // Replaced and never changed, so that a listener may come or go while others are told.
        private Action<State>[] _listeners = new Action<State>[0];

        internal Callbacks(Func<DateTimeOffset> clock, Func<Metrics> metrics)
        {
            _clock = clock;
            _metrics = metrics;
            // Made once and kept: the library has only their addresses.
            if (clock != null) Clock = Time;
            if (metrics != null) Metrics = Load;
            Change = Tell;
        }

        /// <summary>Null where the machine's clock is good enough.</summary>
        internal Native.ClockFunction Clock { get; }

        /// <summary>Null where nothing is told of the machine.</summary>
        internal Native.MetricsFunction Metrics { get; }

        internal Native.ChangeFunction Change { get; }

        /// <summary>Whether this thread is inside of one of these functions.</summary>
        internal bool IsRunning
        {
            get { return ReferenceEquals(_running, this); }
        }

        internal void Add(Action<State> listener)
        {
            lock (_turn)
            {
                var listeners = new List<Action<State>>(_listeners) { listener };
                _listeners = listeners.ToArray();
            }
        }

        internal void Remove(Action<State> listener)
        {
            lock (_turn)
            {
                var listeners = new List<Action<State>>(_listeners);
                listeners.Remove(listener);
                _listeners = listeners.ToArray();
            }
        }

        private long Time(IntPtr userData)
        {
            var time = DateTimeOffset.UtcNow;
            Safely(() => time = _clock());
            return time.ToUnixTimeSeconds();
        }

        private void Load(ref Native.Load load, IntPtr userData)
        {
            Metrics found = null;
            Safely(() => found = _metrics());
            if (found == null) return;
            load.Cpu = found.CpuPercent ?? -1;
            load.Memory = found.MemoryPercent ?? -1;
            load.Disk = found.DiskPercent ?? -1;
        }

        private void Tell(IntPtr borrowed, IntPtr userData)
        {
            Action<State>[] listeners;
            lock (_turn) listeners = _listeners;
            if (listeners.Length == 0) return;
            State state = null;
            Safely(() => state = State.Read(borrowed));
            if (state == null) return;
            foreach (var listener in listeners) Safely(() => listener(state));
        }

        private void Safely(Action work)
        {
            var before = _running;
            _running = this;
            try
            {
                work();
            }
            catch (Exception error)
            {
                Say(error);
            }
            finally
            {
                _running = before;
            }
        }

        private static void Say(Exception error)
        {
            try
            {
                Trace.TraceError("alvara: a function of the program failed: {0}", error);
            }
            catch (Exception)
            {
                // Whoever listens to Trace failed as well. There is nobody left to tell.
            }
        }
    }
}
