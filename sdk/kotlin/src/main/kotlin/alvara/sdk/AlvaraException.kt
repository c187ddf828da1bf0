package alvara.sdk

/**
 * The program did something wrong, or something that it needs is not there, such as a folder. How a license
 * stands is never an exception: that is a [State].
 *
 * @property code what it was, as a text that stays the same: `NULL_ARGUMENT`, `NOT_UTF8`, `PUBLIC_KEY`,
 * `ADDRESS`, `MACHINE`, `FOLDER`, `NOT_ACTIVATED`, `VERSION`, `VALUE`, `INTERNAL` of the library;
 * `INSIDE_LISTENER` for a call that a listener must not make, and `CLOSED` after [Client.close].
 */
class AlvaraException internal constructor(val code: String, message: String) : RuntimeException(message) {
    internal companion object {
        /** What the library says of a result. */
        fun of(result: Int): AlvaraException =
            AlvaraException(lent(abi.alvara_result_code(result)) ?: "INTERNAL", lent(abi.alvara_result_message(result, null)) ?: "")

        fun demand(result: Int) {
            if (result != RESULT_OK) throw of(result)
        }
    }
}
