// A licensed program: what docs/sdk.md shows in Python. It reads the key set of the product and the activation key
// from files beside it, and takes the platform's address.
import alvara.sdk.Client
import java.io.File
import kotlin.system.exitProcess

fun main(arguments: Array<String>) {
    val license = Client.init("writer", File("writer.jwks.json").readText(), arguments[0]) {
        version = "2.0"
        renewUrl = "https://lumen.example/renew?license={license}"
    }
    var state = license.check()
    if (!state.valid) state = license.activate(File("key.txt").readText())
    println(if (state.valid) state.message("pt-BR") else state.errorDetail ?: state.message("pt-BR"))
    if (!state.valid) exitProcess(1)
    license.onChange { now -> println(now.message("pt-BR")) }
    license.start()
    if (license.hasModule("TILLS")) println("${license.moduleValue("TILLS")} cash desks")
}
