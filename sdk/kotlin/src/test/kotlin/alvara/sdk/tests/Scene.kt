package alvara.sdk.tests

import alvara.sdk.Client
import alvara.sdk.Machine
import alvara.sdk.Options
import alvara.sdk.State
import java.io.Closeable
import java.io.File
import java.nio.file.Files

/** When the tests play, unless a vector says otherwise. */
internal const val NOW = 1800000000L

/** An address of this machine at which nobody listens. */
internal const val NOBODY = "http://127.0.0.1:9"

/** The parts of the machine of the vectors; a test holds them to it. */
internal val PARTS = mapOf("board" to "B-7731", "disk" to "WD-99102", "nic" to "52:54:00:12:34:56")

/** The vectors, and folders for what lies on machines. */
internal class Scene(file: String) : Closeable {
    val vectors: Any? = Json.parse(File(file).readText())
    val keys: String = Json.write(vectors["jwks"])
    val product: String = vectors["product"].text
    val secret: String = vectors["identity"]["secret"].text
    val machine = Machine(secret, PARTS)
    private val tokens = vectors["tokens"].items.associate { it["name"].text to it["text"].text }
    private val root = Files.createTempDirectory("alvara-").toFile()
    private var folders = 0

    /** The text of a token by its name. */
    fun token(name: Any?): String = tokens.getValue(name.text)

    /** Options of a program on a machine with an empty folder, whose clock stands still. */
    fun on(machine: Machine, now: Long): Options {
        folders += 1
        val folder = File(root, folders.toString())
        File(folder, "elsewhere").mkdirs()
        val options = Options()
        options.machine = machine
        options.path = File(folder, "license").path
        options.watermark = File(folder, "elsewhere/seen").path
        options.clock = { now }
        return options
    }

    /** Puts a file where a program looks, sealed by hand. */
    fun lay(path: String?, secret: String, label: String, said: Any?) {
        val seal = Seal(secret, product, hashed(product, "machine", secret))
        File(path).writeBytes(seal.close(label, Json.write(said), ByteArray(12) { (it + 1).toByte() }))
    }

    /** A store that holds a computer key and a lease. */
    fun kept(key: Any?, lease: Any?, seen: Long): Map<String, Any?> = mapOf(
        "v" to 1L, "machine_id" to vectors["machine"], "token" to "amt_x",
        "computer_key" to token(key), "lease" to token(lease), "last_seen" to seen
    )

    /** A program with these options. */
    fun open(options: Options, base: String = NOBODY): Client = Client.init(product, keys, base, options)

    /** How a program stands where nobody can be called. */
    fun look(options: Options, product: String = this.product): State =
        Client.init(product, keys, "https://licenses.example", options).use { it.state }

    override fun close() {
        root.deleteRecursively()
    }
}
