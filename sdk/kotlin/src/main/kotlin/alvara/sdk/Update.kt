package alvara.sdk

import com.sun.jna.Pointer

/** A newer build that the vendor signed. */
class Update private constructor(from: Pointer) {
    /** Its version. */
    val version: String = lent(abi.alvara_update_version(from)) ?: ""

    /** Where it is. */
    val url: String = lent(abi.alvara_update_url(from)) ?: ""

    /** What is new. */
    val notes: String = lent(abi.alvara_update_notes(from)) ?: ""

    /** Of the file, in hexadecimal digits: compare it with the file before you run it. */
    val sha256: String = lent(abi.alvara_update_sha256(from)) ?: ""

    /** Whether older builds must not run. */
    val mandatory: Boolean = isTrue(abi.alvara_update_mandatory(from))

    internal companion object {
        /** Null where there is none. */
        fun taken(from: Pointer?): Update? {
            if (from == null) return null
            try {
                return Update(from)
            } finally {
                abi.alvara_update_free(from)
            }
        }
    }
}
