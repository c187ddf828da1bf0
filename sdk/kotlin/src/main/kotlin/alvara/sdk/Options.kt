package alvara.sdk

import com.sun.jna.Pointer

/**
 * The machine, where the program knows it better than the library, such as by the serial number of an appliance.
 *
 * @property secret by what it is known. It never leaves the machine but hashed.
 * @property parts parts of it by name, such as `board`, for terms that weigh them.
 */
class Machine @JvmOverloads constructor(val secret: String, val parts: Map<String, String> = emptyMap())

/** How busy the machine is, in percent; null is not told. */
class Metrics @JvmOverloads constructor(val cpuPercent: Double? = null, val memoryPercent: Double? = null, val diskPercent: Double? = null)

/**
 * What a program is, and how it wants to be licensed. Null says nothing. It is read by [Client.init] and may be
 * changed and used again after.
 */
class Options {
    /** The version of the program, such as `2.0`. */
    var version: String? = null

    /** When that version came out, in seconds since 1970. */
    var releasedAt: Long? = null

    /** Who uses the program, for licenses that are bound to a user. */
    var user: String? = null

    /** Where it is used, for licenses that are bound to a site. */
    var site: String? = null

    /** Modules without which the program does not run at all. */
    var requiredModules: List<String> = emptyList()

    /** How the program behaves around its checks. */
    var preset: Preset = Preset.HYBRID

    /** Whether the program needs a floating seat. */
    var floating: Boolean = false

    /** Tells the program from others on the machine that hold a seat of the same license. */
    var instance: String? = null

    /** The file in which the license is kept; null: one in the data folder of the user. On Android it must be said. */
    var path: String? = null

    /**
     * The file of its watermark, which must lie in another folder; null: one in the state folder of the user. On
     * Android it must be said.
     */
    var watermark: String? = null

    /** The machine, where the program knows it better than the library. On Android it must be said. */
    var machine: Machine? = null

    /**
     * Where the license is renewed, such as `https://shop.example/renew?license={license}`. `{license}` and
     * `{product}` are filled in.
     */
    var renewUrl: String? = null

    /**
     * The language of the platform's sentences and of [Client.lastErrorMessage]: `en`, `es`, `it` or `pt-BR`.
     */
    var locale: String? = null

    /** A clock in place of the machine's, for tests of the program: seconds since 1970. Called from several threads. */
    var clock: (() -> Long)? = null

    /** What heartbeats tell of the machine's load. Called from several threads. */
    var metrics: (() -> Metrics)? = null

    /** The same for the library, which [work] uses; `called` is what it shall call. */
    internal fun <T> written(called: Callbacks, work: (Pointer?) -> T): T {
        val written = abi.alvara_options_new()
        try {
            write(written)
            called.clock?.let { demand(abi.alvara_options_set_clock(written, it, null)) }
            called.metrics?.let { demand(abi.alvara_options_set_metrics(written, it, null)) }
            return work(written)
        } finally {
            abi.alvara_options_free(written)
        }
    }

    private fun write(to: Pointer?) {
        demand(abi.alvara_options_set_version(to, given(version)))
        releasedAt?.let { demand(abi.alvara_options_set_released_at(to, it)) }
        demand(abi.alvara_options_set_user(to, given(user)))
        demand(abi.alvara_options_set_site(to, given(site)))
        for (module in requiredModules) demand(abi.alvara_options_require_module(to, given(module)))
        demand(abi.alvara_options_set_preset(to, preset.value))
        if (floating) demand(abi.alvara_options_set_floating(to, given(instance)))
        demand(abi.alvara_options_set_path(to, given(path)))
        demand(abi.alvara_options_set_watermark(to, given(watermark)))
        machine?.let { known ->
            demand(abi.alvara_options_set_machine(to, given(known.secret)))
            for ((name, value) in known.parts) demand(abi.alvara_options_add_part(to, given(name), given(value)))
        }
        demand(abi.alvara_options_set_renew_url(to, given(renewUrl)))
        demand(abi.alvara_options_set_locale(to, given(locale)))
    }

    private fun demand(result: Int) = AlvaraException.demand(result)
}
