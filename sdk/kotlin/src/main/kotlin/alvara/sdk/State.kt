package alvara.sdk

import com.sun.jna.Pointer

/** A floating seat. Instants are seconds since 1970. */
class Seat internal constructor(
    /** Its id. */
    val id: String,
    /** Until when it is held. */
    val until: Long?,
    /** Until when it is borrowed; null where it is not. */
    val borrowedUntil: Long?
)

/**
 * How a license stood when it was asked. It does not change, any thread may read it, and there is nothing to
 * close: all of it is read from the library when it is made. Instants are seconds since 1970.
 */
class State internal constructor(from: Pointer) {
    /** Whether the program may go on. This alone decides; all else is for showing. */
    val valid: Boolean = isTrue(abi.alvara_state_valid(from))

    /** How the license stands. */
    val status: Status = Status.of(abi.alvara_state_status(from))

    /** The same as a stable text, such as `NOT_ACTIVATED`. */
    val statusText: String = lent(abi.alvara_state_status_text(from)) ?: status.name

    /** The code of the verdict behind it, such as `LEASE_EXPIRED`. */
    val code: String = lent(abi.alvara_state_code(from)) ?: ""

    /** How much the program may do. */
    val access: Access = Access.of(abi.alvara_state_access(from))

    /** Days until the expiry, rounded up; null where it does not expire or there is none. */
    val daysLeft: Long? = number { abi.alvara_state_days_left(from, it) }

    /** When the license expires; null where it does not, or there is none. */
    val expiresAt: Long? = number { abi.alvara_state_expires_at(from, it) }

    /** Until when a grace runs; null where none does. */
    val graceEndsAt: Long? = number { abi.alvara_state_grace_ends_at(from, it) }

    /** When the platform wants to be called; null where there is no license. */
    val nextCheckAt: Long? = number { abi.alvara_state_next_check_at(from, it) }

    /** The license's id; null where there is none. */
    val license: String? = lent(abi.alvara_state_license(from))

    /** The machine's id; null where there is none. */
    val machine: String? = lent(abi.alvara_state_machine(from))

    /** The kind of license, such as `subscription`; null where there is none. */
    val kind: String? = lent(abi.alvara_state_kind(from))

    /** The unlocked modules, with what comes with each, such as a number of cash desks; null where nothing does. */
    val modules: Map<String, String?> = modulesOf(from)

    /** The floating seat that is held; null where none is. */
    val seat: Seat? = seatOf(from)

    /** What differed, as JSON, as the platform says it; null where nothing did. */
    val because: String? = lent(abi.alvara_state_because(from))

    /**
     * What the call could not do, such as `NO_CONNECTION` or `MACHINE_LIMIT`; null where it went well. A program
     * whose state is valid goes on whatever it says.
     */
    val error: String? = lent(abi.alvara_state_error(from))

    /** What is known about that: the platform's sentence in the locale of the options, or what the system says. */
    val errorDetail: String? = lent(abi.alvara_state_error_detail(from))

    /** When it makes sense to try again; null where nobody said. */
    val retryAt: Long? = number { abi.alvara_state_retry_at(from, it) }

    private val messages: Map<String, String> =
        LOCALES.associate { locale -> locale to (taken(abi.alvara_state_message(from, given(locale))) ?: "") }

    /** A sentence for the person at the screen in `en`, `es`, `it` or `pt-BR`; English for any other. */
    @JvmOverloads
    fun message(locale: String = "en"): String {
        val wanted = locale.substringBefore('-').substringBefore('_')
        val known = LOCALES.find { it.substringBefore('-').equals(wanted, ignoreCase = true) } ?: "en"
        return messages.getValue(known)
    }

    /** [statusText]. */
    override fun toString(): String = statusText

    internal companion object {
        private val LOCALES = listOf("en", "es", "it", "pt-BR")

        /** A state that is ours: read, and freed. */
        fun taken(from: Pointer): State {
            try {
                return State(from)
            } finally {
                abi.alvara_state_free(from)
            }
        }

        private fun modulesOf(from: Pointer): Map<String, String?> {
            val found = LinkedHashMap<String, String?>()
            for (at in 0 until abi.alvara_state_module_count(from).value) {
                val code = lent(abi.alvara_state_module_code(from, SizeT(at))) ?: break
                found[code] = lent(abi.alvara_state_module_value(from, SizeT(at)))
            }
            return java.util.Collections.unmodifiableMap(found)
        }

        private fun seatOf(from: Pointer): Seat? {
            val id = lent(abi.alvara_state_seat(from)) ?: return null
            return Seat(id, number { abi.alvara_state_seat_until(from, it) }, number { abi.alvara_state_seat_borrowed_until(from, it) })
        }
    }
}
