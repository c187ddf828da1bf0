package alvara.sdk

import com.sun.jna.Callback
import com.sun.jna.FromNativeContext
import com.sun.jna.Library
import com.sun.jna.Native
import com.sun.jna.NativeMapped
import com.sun.jna.Pointer
import com.sun.jna.ptr.LongByReference
import com.sun.jna.ptr.PointerByReference
import java.nio.CharBuffer
import java.nio.charset.CharacterCodingException

/** `ALVARA_RESULT_…` of the header. */
internal const val RESULT_OK = 0
internal const val RESULT_NULL_ARGUMENT = 1
internal const val RESULT_NOT_UTF8 = 2
internal const val RESULT_VALUE = 9

/** `size_t`. JNA makes one by the constructor without arguments. */
internal class SizeT(val value: Long) : NativeMapped {
    @Suppress("unused")
    constructor() : this(0)

    override fun nativeType(): Class<*> = if (Native.SIZE_T_SIZE == 8) Long::class.javaObjectType else Int::class.javaObjectType

    override fun toNative(): Any = if (Native.SIZE_T_SIZE == 8) value else value.toInt()

    override fun fromNative(found: Any?, context: FromNativeContext?): Any = SizeT((found as Number).toLong())
}

/** `alvara_clock_t`. */
internal interface ClockFunction : Callback {
    fun invoke(userData: Pointer?): Long
}

/** `alvara_metrics_of_t`; three doubles are written behind the pointer. */
internal interface MetricsFunction : Callback {
    fun invoke(metrics: Pointer, userData: Pointer?)
}

/** `alvara_on_change_t`; the state is lent. */
internal interface ChangeFunction : Callback {
    fun invoke(state: Pointer, userData: Pointer?)
}

/**
 * The functions of `alvara.h`, which says what each does. A `bool` is one byte there, and JNA would read four: it
 * is a [Byte] here. A text that goes in is bytes that end in a zero, for JNA would put question marks for what it
 * cannot write.
 */
@Suppress("FunctionName", "TooManyFunctions")
internal interface Abi : Library {
    fun alvara_result_code(result: Int): Pointer?
    fun alvara_result_message(result: Int, locale: ByteArray?): Pointer?
    fun alvara_last_error(client: Pointer): Pointer?
    fun alvara_last_error_message(client: Pointer, locale: ByteArray?): Pointer?

    fun alvara_options_new(): Pointer?
    fun alvara_options_free(options: Pointer?)
    fun alvara_options_set_version(options: Pointer?, version: ByteArray?): Int
    fun alvara_options_set_released_at(options: Pointer?, releasedAt: Long): Int
    fun alvara_options_set_user(options: Pointer?, user: ByteArray?): Int
    fun alvara_options_set_site(options: Pointer?, site: ByteArray?): Int
    fun alvara_options_require_module(options: Pointer?, code: ByteArray?): Int
    fun alvara_options_set_preset(options: Pointer?, preset: Int): Int
    fun alvara_options_set_floating(options: Pointer?, instance: ByteArray?): Int
    fun alvara_options_set_path(options: Pointer?, path: ByteArray?): Int
    fun alvara_options_set_watermark(options: Pointer?, path: ByteArray?): Int
    fun alvara_options_set_machine(options: Pointer?, secret: ByteArray?): Int
    fun alvara_options_add_part(options: Pointer?, name: ByteArray?, value: ByteArray?): Int
    fun alvara_options_set_renew_url(options: Pointer?, url: ByteArray?): Int
    fun alvara_options_set_locale(options: Pointer?, locale: ByteArray?): Int
    fun alvara_options_set_clock(options: Pointer?, clock: ClockFunction?, userData: Pointer?): Int
    fun alvara_options_set_metrics(options: Pointer?, metrics: MetricsFunction?, userData: Pointer?): Int

    fun alvara_init(product: ByteArray?, publicKey: ByteArray?, apiUrl: ByteArray?, options: Pointer?, client: PointerByReference): Int
    fun alvara_free(client: Pointer)
    fun alvara_activate(client: Pointer, key: ByteArray?, name: ByteArray?): Pointer?
    fun alvara_check(client: Pointer): Pointer?
    fun alvara_state(client: Pointer): Pointer?
    fun alvara_validate_online(client: Pointer): Pointer?
    fun alvara_deactivate(client: Pointer): Pointer?
    fun alvara_start(client: Pointer): Int
    fun alvara_close(client: Pointer): Int
    fun alvara_has_module(client: Pointer, code: ByteArray?): Byte
    fun alvara_module_value(client: Pointer, code: ByteArray?): Pointer?
    fun alvara_days_left(client: Pointer, days: LongByReference): Byte
    fun alvara_renew_url(client: Pointer): Pointer?
    fun alvara_on_change(client: Pointer, listener: ChangeFunction, userData: Pointer?): Int

    fun alvara_state_free(state: Pointer?)
    fun alvara_state_valid(state: Pointer): Byte
    fun alvara_state_status(state: Pointer): Int
    fun alvara_state_status_text(state: Pointer): Pointer?
    fun alvara_state_code(state: Pointer): Pointer?
    fun alvara_state_access(state: Pointer): Int
    fun alvara_state_message(state: Pointer, locale: ByteArray?): Pointer?
    fun alvara_state_days_left(state: Pointer, days: LongByReference): Byte
    fun alvara_state_expires_at(state: Pointer, at: LongByReference): Byte
    fun alvara_state_grace_ends_at(state: Pointer, at: LongByReference): Byte
    fun alvara_state_next_check_at(state: Pointer, at: LongByReference): Byte
    fun alvara_state_license(state: Pointer): Pointer?
    fun alvara_state_machine(state: Pointer): Pointer?
    fun alvara_state_kind(state: Pointer): Pointer?
    fun alvara_state_module_count(state: Pointer): SizeT
    fun alvara_state_module_code(state: Pointer, index: SizeT): Pointer?
    fun alvara_state_module_value(state: Pointer, index: SizeT): Pointer?
    fun alvara_state_seat(state: Pointer): Pointer?
    fun alvara_state_seat_until(state: Pointer, at: LongByReference): Byte
    fun alvara_state_seat_borrowed_until(state: Pointer, at: LongByReference): Byte
    fun alvara_state_because(state: Pointer): Pointer?
    fun alvara_state_error(state: Pointer): Pointer?
    fun alvara_state_error_detail(state: Pointer): Pointer?
    fun alvara_state_retry_at(state: Pointer, at: LongByReference): Byte

    fun alvara_offline_request(client: Pointer, key: ByteArray?, name: ByteArray?): Pointer?
    fun alvara_offline_activate(client: Pointer, text: ByteArray?): Pointer?
    fun alvara_deactivate_offline(client: Pointer): Pointer?
    fun alvara_last_receipt(client: Pointer): Pointer?

    fun alvara_take_seat(client: Pointer): Pointer?
    fun alvara_take_seat_for(client: Pointer, seconds: Int): Pointer?
    fun alvara_keep_seat(client: Pointer): Pointer?
    fun alvara_borrow_seat(client: Pointer, seconds: Int): Pointer?
    fun alvara_return_seat(client: Pointer): Pointer?

    fun alvara_check_update(client: Pointer, channel: ByteArray?, platform: ByteArray?): Pointer?
    fun alvara_update_free(update: Pointer?)
    fun alvara_update_version(update: Pointer): Pointer?
    fun alvara_update_url(update: Pointer): Pointer?
    fun alvara_update_notes(update: Pointer): Pointer?
    fun alvara_update_sha256(update: Pointer): Pointer?
    fun alvara_update_mandatory(update: Pointer): Byte

    fun alvara_string_free(text: Pointer?)
    fun alvara_version(): Pointer?
}

/** The library, loaded when it is first needed. */
internal val abi: Abi by lazy { Native.load("alvara", Abi::class.java) }

/**
 * A text as the library reads it; null stays null. Half a character is refused, and so is a zero inside, which
 * would end the text early: a key with something else in its place is another key.
 */
internal fun given(text: String?): ByteArray? {
    if (text == null) return null
    if (text.indexOf('\u0000') >= 0) throw AlvaraException.of(RESULT_NOT_UTF8)
    try {
        val bytes = Charsets.UTF_8.newEncoder().encode(CharBuffer.wrap(text))
        // One more, which is the zero.
        val ended = ByteArray(bytes.remaining() + 1)
        bytes.get(ended, 0, bytes.remaining())
        return ended
    } catch (_half: CharacterCodingException) {
        throw AlvaraException.of(RESULT_NOT_UTF8)
    }
}

/** A text that stays the library's. */
internal fun lent(text: Pointer?): String? = text?.getString(0, "UTF-8")

/** A text that is ours: read, and given back to the library. */
internal fun taken(text: Pointer?): String? {
    try {
        return lent(text)
    } finally {
        abi.alvara_string_free(text)
    }
}

/** Whether a `bool` is true. */
internal fun isTrue(said: Byte): Boolean = said.toInt() != 0

/** A number that may be absent. */
internal inline fun number(ask: (LongByReference) -> Byte): Long? {
    val found = LongByReference()
    return if (isTrue(ask(found))) found.value else null
}
