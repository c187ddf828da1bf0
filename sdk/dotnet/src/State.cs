using System;
using System.Collections.Generic;
using System.Collections.ObjectModel;

namespace Alvara
{
    /// <summary>
    /// How a license stood when it was asked. It does not change, any thread may read it, and there is
    /// nothing to dispose: all of it is read from the library when it is made.
    /// </summary>
    public sealed class State
    {
        private static readonly string[] Locales = { "en", "es", "it", "pt-BR" };

        private readonly Dictionary<string, string> _messages =
            new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);

        private State(IntPtr from)
        {
            Valid = Native.alvara_state_valid(from);
            Status = (Status)Native.alvara_state_status(from);
            StatusText = Text.Lent(Native.alvara_state_status_text(from));
            Code = Text.Lent(Native.alvara_state_code(from));
            Access = (Access)Native.alvara_state_access(from);
            foreach (var locale in Locales)
            {
                _messages[locale] = Text.Taken(Native.alvara_state_message(from, Text.Given(locale)));
            }
            DaysLeft = NumberOf(from, Native.alvara_state_days_left);
            ExpiresAt = InstantOf(from, Native.alvara_state_expires_at);
            GraceEndsAt = InstantOf(from, Native.alvara_state_grace_ends_at);
            NextCheckAt = InstantOf(from, Native.alvara_state_next_check_at);
            License = Text.Lent(Native.alvara_state_license(from));
            Machine = Text.Lent(Native.alvara_state_machine(from));
            Kind = Text.Lent(Native.alvara_state_kind(from));
            Modules = ModulesOf(from);
            Seat = SeatOf(from);
            Because = Text.Lent(Native.alvara_state_because(from));
            Error = Text.Lent(Native.alvara_state_error(from));
            ErrorDetail = Text.Lent(Native.alvara_state_error_detail(from));
            RetryAt = InstantOf(from, Native.alvara_state_retry_at);
        }

        /// <summary>Whether the program may go on. This alone decides; all else is for showing.</summary>
        public bool Valid { get; }

        /// <summary>How the license stands.</summary>
        public Status Status { get; }

        /// <summary>The same as a stable text, such as <c>NOT_ACTIVATED</c>.</summary>
        public string StatusText { get; }

        /// <summary>The code of the verdict behind it, such as <c>LEASE_EXPIRED</c>.</summary>
        public string Code { get; }

        /// <summary>How much the program may do.</summary>
        public Access Access { get; }

        /// <summary>Days until the expiry, rounded up; null where it does not expire or there is
        /// none.</summary>
        public long? DaysLeft { get; }

        /// <summary>When the license expires; null where it does not, or there is none.</summary>
        public DateTimeOffset? ExpiresAt { get; }

        /// <summary>Until when a grace runs; null where none does.</summary>
        public DateTimeOffset? GraceEndsAt { get; }

        /// <summary>When the platform wants to be called; null where there is no license.</summary>
        public DateTimeOffset? NextCheckAt { get; }

        /// <summary>The license's id; null where there is none.</summary>
        public string License { get; }

        /// <summary>The machine's id; null where there is none.</summary>
        public string Machine { get; }

        /// <summary>The kind of license, such as <c>subscription</c>; null where there is none.</summary>
        public string Kind { get; }

        /// <summary>The unlocked modules, with what comes with each, such as a number of cash desks;
        /// null where nothing does.</summary>
        public IReadOnlyDictionary<string, string> Modules { get; }

        /// <summary>The floating seat that is held; null where none is.</summary>
        public Seat Seat { get; }

        /// <summary>What differed, as JSON, as the platform says it; null where nothing did.</summary>
        public string Because { get; }

        /// <summary>What the call could not do, such as <c>NO_CONNECTION</c> or <c>MACHINE_LIMIT</c>;
        /// null where it went well. A program whose state is valid goes on whatever it says.</summary>
        public string Error { get; }

        /// <summary>What is known about that: the platform's sentence in the locale of the options, or
        /// what the system says. Often null.</summary>
        public string ErrorDetail { get; }

        /// <summary>When it makes sense to try again; null where nobody said.</summary>
        public DateTimeOffset? RetryAt { get; }

        /// <summary>A sentence for the person at the screen.</summary>
        /// <param name="locale"><c>en</c>, <c>es</c>, <c>it</c> or <c>pt-BR</c>; English for null and all
        /// others.</param>
        public string Message(string locale = "en")
        {
            string message;
            return _messages.TryGetValue(locale ?? "en", out message) ? message : _messages["en"];
        }

        /// <summary>The text of the status.</summary>
        public override string ToString()
        {
            return StatusText;
        }

        /// <summary>Reads a state of the library, which stays whose it is.</summary>
        internal static State Read(IntPtr from)
        {
            return new State(from);
        }

        /// <summary>Reads a state that is ours, and gives it back.</summary>
        internal static State Read(StateHandle from)
        {
            using (from)
            {
                // Nobody else has it: it is not freed before `using` ends.
                return new State(from.DangerousGetHandle());
            }
        }

        private static long? NumberOf(IntPtr from, Native.Number of)
        {
            long number;
            return of(from, out number) ? number : (long?)null;
        }

        private static DateTimeOffset? InstantOf(IntPtr from, Native.Number of)
        {
            long seconds;
            return of(from, out seconds) ? Text.Instant(seconds) : (DateTimeOffset?)null;
        }

        private static IReadOnlyDictionary<string, string> ModulesOf(IntPtr from)
        {
            var found = new Dictionary<string, string>();
            var count = Native.alvara_state_module_count(from).ToUInt64();
            for (ulong at = 0; at < count; at++)
            {
                var index = new UIntPtr(at);
                found[Text.Lent(Native.alvara_state_module_code(from, index))] =
                    Text.Lent(Native.alvara_state_module_value(from, index));
            }
            return new ReadOnlyDictionary<string, string>(found);
        }

        private static Seat SeatOf(IntPtr from)
        {
            var id = Text.Lent(Native.alvara_state_seat(from));
            var until = InstantOf(from, Native.alvara_state_seat_until);
            if (id == null || until == null) return null;
            return new Seat(id, until.Value, InstantOf(from, Native.alvara_state_seat_borrowed_until));
        }
    }

    /// <summary>A floating seat.</summary>
    public sealed class Seat
    {
        internal Seat(string id, DateTimeOffset until, DateTimeOffset? borrowedUntil)
        {
            Id = id;
            Until = until;
            BorrowedUntil = borrowedUntil;
        }

        /// <summary>Its id.</summary>
        public string Id { get; }

        /// <summary>Until when it is held.</summary>
        public DateTimeOffset Until { get; }

        /// <summary>Until when it is borrowed; null where it is not.</summary>
        public DateTimeOffset? BorrowedUntil { get; }
    }
}
