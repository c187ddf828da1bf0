package alvara.sdk

/**
 * How a license stands, for showing. New ones may come: have an `else` where you use `when`. [State.statusText]
 * has the text of all.
 */
enum class Status(internal val value: Int) {
    /** Nothing stands in the way. */
    OK(1),

    /** It ends within the days that its terms warn. */
    EXPIRING(2),

    /** A check is missed, or the license has ended and its grace runs. */
    GRACE(3),

    /** It is over. */
    EXPIRED(4),

    /** Without contact for too long; one contact sets it right. */
    CHECK_OVERDUE(5),

    /** Somebody suspended it, or whoever holds or sold it. */
    SUSPENDED(6),

    /** It was revoked. */
    REVOKED(7),

    /** This machine is blocked. */
    BLOCKED(8),

    /** Another machine, or a file copied from one. */
    DEVICE_MISMATCH(9),

    /** There is nothing here yet, or no longer. */
    NOT_ACTIVATED(10),

    /** The clock is behind what was seen. */
    CLOCK_TAMPERED(11),

    /** What was kept was changed, or is older than what was seen. */
    TAMPERED(12),

    /** The license is for later versions. */
    NEEDS_UPDATE(13),

    /** A floating license, and no seat is held. */
    NO_SEAT(14),

    /** Anything else, also what a newer library knows; [State.code] says what. */
    REFUSED(15),

    /** What was kept cannot be read, for want of a right or a working disk. Nothing is overwritten. */
    UNREADABLE(16);

    internal companion object {
        fun of(value: Int): Status = values().find { it.value == value } ?: REFUSED
    }
}

/** How much the program may do. */
enum class Access(internal val value: Int) {
    /** Nothing. */
    NONE(0),

    /** Open, read and export. */
    READ_ONLY(1),

    /** Everything the license grants. */
    FULL(2);

    internal companion object {
        // What nobody knows of grants nothing.
        fun of(value: Int): Access = values().find { it.value == value } ?: NONE
    }
}

/** How a program behaves around its checks. */
enum class Preset(internal val value: Int) {
    /** Checks as the license says, and warns 15 days ahead where it says nothing. */
    HYBRID(0),

    /** Stops 300 seconds after the last contact, and tries each 10 seconds. */
    ALWAYS_ONLINE(1)
}
