using System;

namespace Alvara
{
    // Floating seats, and updates.
    public sealed partial class Client
    {
        /// <summary>Takes a floating seat, or the one that is held already. It goes back by
        /// <see cref="ReturnSeat"/>, <see cref="Close"/>, <see cref="Dispose"/> and at the end of the
        /// program.</summary>
        public State TakeSeat()
        {
            return Held(Native.alvara_take_seat(Outside()));
        }

        /// <summary>Takes a floating seat, or the one that is held already, along for a time without a
        /// connection.</summary>
        /// <param name="borrowFor">For how long, in whole seconds.</param>
        public State TakeSeat(TimeSpan borrowFor)
        {
            return Held(Native.alvara_take_seat_for(Outside(), Seconds(borrowFor)));
        }

        /// <summary>A sign of life for the seat. The loop of <see cref="Start"/> gives it by
        /// itself.</summary>
        public State KeepSeat()
        {
            return Asked(Native.alvara_keep_seat(Outside()));
        }

        /// <summary>Takes the seat that is held along for a time without a connection.</summary>
        /// <param name="time">For how long, in whole seconds.</param>
        public State BorrowSeat(TimeSpan time)
        {
            return Asked(Native.alvara_borrow_seat(Outside(), Seconds(time)));
        }

        /// <summary>Gives the seat back.</summary>
        public State ReturnSeat()
        {
            return Asked(Native.alvara_return_seat(Outside()));
        }

        /// <summary>The newest build where it is newer than this program and signed by the vendor; else
        /// null.</summary>
        /// <param name="channel">Of which channel; null: <c>stable</c>.</param>
        /// <param name="platform">For which platform; null: <c>any</c>.</param>
        public Update CheckUpdate(string channel = null, string platform = null)
        {
            return Update.Read(
                Native.alvara_check_update(Outside(), Text.Given(channel), Text.Given(platform)));
        }

        private State Held(StateHandle answer)
        {
            var state = Asked(answer);
            if (state.Seat != null) Living.Hold(_handle);
            return state;
        }

        private static uint Seconds(TimeSpan time)
        {
            var seconds = time.Ticks / TimeSpan.TicksPerSecond;
            if (seconds < 0 || seconds > uint.MaxValue) throw AlvaraException.Of(Native.BadValue);
            return (uint)seconds;
        }
    }
}
