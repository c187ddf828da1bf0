package alvara.sdk.tests

import com.sun.net.httpserver.HttpExchange
import com.sun.net.httpserver.HttpServer
import java.io.Closeable
import java.net.InetAddress
import java.net.InetSocketAddress
import java.util.concurrent.LinkedBlockingQueue

/** What was asked of the platform. */
internal class Asked(val call: String, val body: Any?)

/**
 * A platform of a few lines: it activates the machine of the vectors, finds no room for the key FULL, and is out of
 * order for all else.
 */
internal class Platform(scene: Scene) : Closeable {
    val asked = LinkedBlockingQueue<Asked>()
    private val activated = Json.write(mapOf(
        "machine" to mapOf("id" to scene.vectors["machine"], "token" to "amt_x"),
        "computer_key" to scene.token("key"), "lease" to scene.token("lease")
    ))
    private val server = HttpServer.create(InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0), 0)
    val base: String

    init {
        server.createContext("/") { answer(it) }
        server.start()
        base = "http://127.0.0.1:" + server.address.port
    }

    private fun answer(exchange: HttpExchange) {
        val said = String(exchange.requestBody.readBytes(), Charsets.UTF_8)
        val body = if (said == "") null else Json.parse(said)
        val path = exchange.requestURI.path
        val (status, told) = when {
            !path.endsWith("/activations") -> Pair(503, "{}")
            body["key"] == "FULL" -> Pair(409, """{"code":"MACHINE_LIMIT","detail":"Todos os lugares estão ocupados."}""")
            else -> Pair(201, activated)
        }
        asked.add(Asked(exchange.requestMethod + " " + path, body))
        val bytes = told.toByteArray(Charsets.UTF_8)
        exchange.sendResponseHeaders(status, bytes.size.toLong())
        exchange.responseBody.write(bytes)
        exchange.close()
    }

    override fun close() = server.stop(0)
}
