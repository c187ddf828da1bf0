package alvara.sdk

import com.sun.jna.Pointer
import com.sun.jna.ptr.PointerByReference
import java.io.Closeable

/**
 * The license of one program on one machine; made by [init].
 *
 * Any thread may use it. [check], [state], [hasModule] and [daysLeft] never wait for the network; what asks the
 * platform waits for it, so a program with windows calls it elsewhere than in their thread.
 */
class Client private constructor(private val handle: Handle) : Closeable {
    private val called get() = handle.called

    /** How the license stands now; calls nobody. */
    val state: State get() = handle.use { asked(it, abi.alvara_state(it)) }

    /**
     * How the license stands now, from what the machine holds. A call at the platform that is due is made in the
     * background; its result shows at the next check and by [onChange].
     */
    fun check(): State = handle.use { asked(it, abi.alvara_check(it)) }

    /** Activates this machine with an activation key. `name` is what people call the machine; null: nothing. */
    @JvmOverloads
    fun activate(key: String, name: String? = null): State =
        handle.useOutside { asked(it, abi.alvara_activate(it, given(key), given(name))) }

    /** Calls the platform now. Where it does not get through the state is that of [check], with an error. */
    fun validateOnline(): State = handle.useOutside { asked(it, abi.alvara_validate_online(it)) }

    /** Gives this machine's place back and forgets the license. */
    fun deactivate(): State = handle.useOutside { asked(it, abi.alvara_deactivate(it)) }

    /**
     * Keeps license and seat alive in a thread of the library, when the platform says and no sooner. It goes on
     * until [stop] or [close], also where nobody holds the client any more.
     */
    fun start() = handle.use { AlvaraException.demand(abi.alvara_start(it)) }

    /** Ends the loop and gives back a floating seat that is not borrowed. The client can still be asked. */
    fun stop() = handle.useOutside { AlvaraException.demand(abi.alvara_close(it)) }

    /** Whether the program may run and the license unlocks a module. */
    fun hasModule(code: String): Boolean = handle.use { isTrue(abi.alvara_has_module(it, given(code))) }

    /** What comes with a module, such as a number of cash desks; null where nothing does or it is not unlocked. */
    fun moduleValue(code: String): String? = handle.use { taken(abi.alvara_module_value(it, given(code))) }

    /** Days until the expiry, rounded up; null where the license does not expire or there is none. */
    fun daysLeft(): Long? = handle.use { client -> number { abi.alvara_days_left(client, it) } }

    /** Where the license is renewed: [Options.renewUrl] filled in; null where none was said. */
    fun renewUrl(): String? = handle.use { taken(abi.alvara_renew_url(it)) }

    /**
     * Has a function called with each state that differs from the one before, in whichever thread noticed it.
     *
     * It may ask how things stand, and close the client. It must not make calls that ask the platform: those
     * throw. A program with windows posts to their thread and does not wait for it. What the function throws is
     * told to the log `alvara` and ends nothing.
     *
     * @return close it to be told no more; otherwise it lasts as long as the client.
     */
    fun onChange(listener: (State) -> Unit): Closeable {
        // A function of ours, so that the same one of the program may listen twice and end once.
        val told: (State) -> Unit = { listener(it) }
        called.add(told)
        return Closeable { called.remove(told) }
    }

    /** The text to carry to the platform. Its answer goes to [offlineActivate]. */
    @JvmOverloads
    fun offlineRequest(key: String, name: String? = null): String =
        handle.useOutside { text(it, abi.alvara_offline_request(it, given(key), given(name))) }

    /** Takes what was carried back: an activation response, a newer computer key, or a revocation list. */
    fun offlineActivate(text: String): State = handle.useOutside { asked(it, abi.alvara_offline_activate(it, given(text))) }

    /**
     * Forgets the license and answers the receipt that proves it, to carry to the platform.
     *
     * @throws AlvaraException `NOT_ACTIVATED` where there is no license
     */
    fun deactivateOffline(): String = handle.useOutside { text(it, abi.alvara_deactivate_offline(it)) }

    /** The receipt of the last [deactivateOffline]; null where there is none. */
    fun lastReceipt(): String? = handle.use { taken(abi.alvara_last_receipt(it)) }

    /**
     * Takes a floating seat, or the one that is held already. It goes back by [returnSeat], [stop], [close] and at
     * the end of the program.
     *
     * @param borrowFor for how many seconds to take it along without a connection; null: not at all.
     */
    @JvmOverloads
    fun takeSeat(borrowFor: Long? = null): State = handle.useOutside {
        asked(it, if (borrowFor == null) abi.alvara_take_seat(it) else abi.alvara_take_seat_for(it, seconds(borrowFor)))
    }

    /** A sign of life for the seat. The loop of [start] gives it by itself. */
    fun keepSeat(): State = handle.useOutside { asked(it, abi.alvara_keep_seat(it)) }

    /** Takes the seat that is held along for so many seconds without a connection. */
    fun borrowSeat(seconds: Long): State = handle.useOutside { asked(it, abi.alvara_borrow_seat(it, seconds(seconds))) }

    /** Gives the seat back. */
    fun returnSeat(): State = handle.useOutside { asked(it, abi.alvara_return_seat(it)) }

    /** The newest build where it is newer than this program and signed by the vendor; else null. */
    @JvmOverloads
    fun checkUpdate(channel: String = "stable", platform: String = "any"): Update? =
        handle.useOutside { Update.taken(abi.alvara_check_update(it, given(channel), given(platform))) }

    /**
     * What the last call could not do: the code of an [AlvaraException], or the error of a state; null where it
     * went well. Where several threads call it is that of whichever was last; a state has its own.
     */
    fun lastError(): String? = handle.use { taken(abi.alvara_last_error(it)) }

    /** A sentence about it in a language, or in that of the options; null where the last call went well. */
    @JvmOverloads
    fun lastErrorMessage(locale: String? = null): String? = handle.use { taken(abi.alvara_last_error_message(it, given(locale))) }

    /**
     * Ends the loop, gives back a floating seat that is not borrowed, and frees the client. Once it has returned
     * none of the program's functions is called any more, unless it was called from one of them, or while another
     * thread was still using the client: then the last of them frees it. A second time does nothing.
     */
    override fun close() = handle.close()

    private fun asked(client: Pointer, answer: Pointer?): State = State.taken(answer ?: throw misused(client))

    private fun text(client: Pointer, answer: Pointer?): String = taken(answer) ?: throw misused(client)

    private fun misused(client: Pointer): AlvaraException =
        AlvaraException(taken(abi.alvara_last_error(client)) ?: "INTERNAL", taken(abi.alvara_last_error_message(client, null)) ?: "")

    companion object {
        private const val SECONDS_MOST = 0xFFFF_FFFFL

        /** The version of the library of C, such as `1.2.3`. */
        @JvmStatic
        val libraryVersion: String get() = lent(abi.alvara_version()) ?: ""

        /**
         * Opens what the machine holds, and calls nobody.
         *
         * @param product the code of the product.
         * @param publicKey its public keys: a key set (JWKS) or a PEM.
         * @param apiUrl where the platform is: `https://`, or `http://` on this machine only.
         * @throws AlvaraException something of that is none; its code says what.
         * @throws UnsatisfiedLinkError the library of C is not where JNA looks.
         */
        @JvmStatic
        @JvmOverloads
        fun init(product: String, publicKey: String, apiUrl: String, options: Options = Options()): Client {
            val called = Callbacks(options.clock, options.metrics)
            val client = PointerByReference()
            options.written(called) { written ->
                AlvaraException.demand(abi.alvara_init(given(product), given(publicKey), given(apiUrl), written, client))
            }
            val handle = Handle(client.value, called)
            // Held from the start: the library calls the clock from here on.
            Living.add(handle)
            AlvaraException.demand(abi.alvara_on_change(client.value, called.change, null))
            return Client(handle)
        }

        /** The same in Kotlin's manner: `Client.init("writer", keys, url) { version = "2.0" }`. */
        fun init(product: String, publicKey: String, apiUrl: String, say: Options.() -> Unit): Client =
            init(product, publicKey, apiUrl, Options().apply(say))

        private fun seconds(said: Long): Int {
            if (said < 0 || said > SECONDS_MOST) throw AlvaraException.of(RESULT_VALUE)
            // An unsigned number of 32 bits there.
            return said.toInt()
        }
    }
}
