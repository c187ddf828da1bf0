namespace Alvara
{
    /// <summary>
    /// How a license stands, for showing. The values are stable and new ones come at the end: have a
    /// <c>default</c> where you <c>switch</c>; <see cref="State.StatusText"/> has the text of all.
    /// </summary>
    public enum Status
    {
        /// <summary>Nothing stands in the way.</summary>
        Ok = 1,

        /// <summary>It ends within the days that its terms warn.</summary>
        Expiring = 2,

        /// <summary>A check is missed, or the license has ended and its grace runs.</summary>
        Grace = 3,

        /// <summary>It is over.</summary>
        Expired = 4,

        /// <summary>Without contact for too long; one contact sets it right.</summary>
        CheckOverdue = 5,

        /// <summary>Somebody suspended it, or whoever holds or sold it.</summary>
        Suspended = 6,

        /// <summary>It was revoked.</summary>
        Revoked = 7,

        /// <summary>This machine is blocked.</summary>
        Blocked = 8,

        /// <summary>Another machine, or a file copied from one.</summary>
        DeviceMismatch = 9,

        /// <summary>There is nothing here yet, or no longer.</summary>
        NotActivated = 10,

        /// <summary>The clock is behind what was seen.</summary>
        ClockTampered = 11,

        /// <summary>What was kept was changed, or is older than what was seen.</summary>
        Tampered = 12,

        /// <summary>The license is for later versions.</summary>
        NeedsUpdate = 13,

        /// <summary>A floating license, and no seat is held.</summary>
        NoSeat = 14,

        /// <summary>Anything else; <see cref="State.Code"/> says what.</summary>
        Refused = 15,

        /// <summary>What was kept cannot be read, for want of a right or a working disk. Nothing is
        /// overwritten.</summary>
        Unreadable = 16
    }

    /// <summary>How much the program may do. The values are stable.</summary>
    public enum Access
    {
        /// <summary>Nothing.</summary>
        None = 0,

        /// <summary>Open, read and export.</summary>
        ReadOnly = 1,

        /// <summary>Everything the license grants.</summary>
        Full = 2
    }

    /// <summary>How a program behaves around its checks. The values are stable.</summary>
    public enum Preset
    {
        /// <summary>Checks as the license says, and warns 15 days ahead where it says nothing.</summary>
        Hybrid = 0,

        /// <summary>Stops 300 seconds after the last contact, and tries each 10 seconds.</summary>
        AlwaysOnline = 1
    }
}
