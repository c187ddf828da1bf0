package alvara.sdk.tests

import alvara.sdk.Access
import alvara.sdk.Client
import alvara.sdk.Machine
import alvara.sdk.Options
import alvara.sdk.Status
import java.util.concurrent.atomic.AtomicInteger
import java.util.concurrent.ConcurrentLinkedQueue
import kotlin.concurrent.thread

/** What a program does wrong, and what is wrong with a license. R-SDK-01 */
internal object Misuse {
    fun misuseHasACodeAndStatesHaveNone(scene: Scene) {
        misused("PUBLIC_KEY") { Client.init("A", "{}", NOBODY, scene.on(scene.machine, NOW)) }
        misused("ADDRESS") { Client.init("A", scene.keys, "http://a.example", scene.on(scene.machine, NOW)) }
        fun refused(code: String, say: Options.() -> Unit) = misused(code) { scene.open(scene.on(scene.machine, NOW).apply(say)) }
        refused("VERSION") { version = "one" }
        refused("MACHINE") { machine = Machine("m", mapOf("A board!" to "B-1")) }

        val floating = scene.on(scene.machine, NOW)
        floating.floating = true
        floating.locale = "es"
        floating.renewUrl = "https://s.example/{product}"
        scene.open(floating).use { client ->
            misused("NOT_ACTIVATED") { client.deactivateOffline() }
            that(client.lastErrorMessage() != null && client.lastErrorMessage("it") != client.lastErrorMessage(), "its sentence")
            misused("VALUE") { client.takeSeat(-1) }
            misused("VALUE") { client.borrowSeat(1L shl 32) }

            // What a call could not do is beside the state.
            val state = client.activate("ACME-1")
            same(Status.NOT_ACTIVATED, state.status, "status")
            same("NOT_ACTIVATED", state.toString(), "its text")
            same("NO_CONNECTION", state.error, "error")
            same("NO_CONNECTION", client.lastError(), "the last error")
            that(state.errorDetail != null && !state.valid, "no word about it")
            same(Access.NONE, state.access, "access")
            that(state.modules.isEmpty() && state.seat == null && state.daysLeft == null && state.expiresAt == null, "from nothing")
            same("Il programma non è attivato. Inserire la chiave.", state.message("it"), "in Italian")
            same("The program is not activated. Enter your key.", state.message(), "in English")
            same(state.message("en"), state.message("fr"), "in French")
            same(state.message("pt-BR"), state.message("pt_PT"), "in Portuguese")
            same(4, listOf("en", "es", "it", "pt-BR").map { state.message(it) }.distinct().size, "sentences")
            same("NO_SEAT", client.keepSeat().error, "no seat to keep")
            that(client.offlineActivate("nonsense").error != null, "nonsense was taken")
            val request = client.offlineRequest("ACME-1", "Caixa 2 – loja Centro")
            that(request.startsWith("-----BEGIN ALVARA"), request)
            same("https://s.example/VECTORS", client.renewUrl(), "where to renew")
            that(client.checkUpdate() == null && client.lastReceipt() == null, "from nothing")
            that(!client.hasModule("M") && client.moduleValue("M") == null, "a module")
            misused("NOT_UTF8") { client.activate("half a character: \ud83d") }
            misused("NOT_UTF8") { client.activate("ACME-1\u0000-2") }
        }
        that(Client.libraryVersion.contains('.'), Client.libraryVersion)
    }

    fun threadsAndTheCollectorDoNoHarm(scene: Scene) {
        val asked = AtomicInteger()
        // Nothing of ours holds the clock after this.
        val client = scene.open(scene.on(scene.machine, NOW).apply {
            clock = {
                asked.incrementAndGet()
                NOW
            }
        })
        client.start()
        val faults = ConcurrentLinkedQueue<Throwable>()
        val threads = (1..4).map {
            thread {
                try {
                    for (turn in 1..100) {
                        same(Status.NOT_ACTIVATED, client.check().status, "status")
                        client.hasModule("M")
                        client.lastErrorMessage("it")
                        // What the library calls must survive this.
                        if (turn % 10 == 0) System.gc()
                    }
                } catch (fault: Throwable) {
                    faults.add(fault)
                }
            }
        }
        for (one in threads) one.join()
        client.close()
        faults.peek()?.let { throw it }
        that(asked.get() >= 400, "the clock was asked $asked times")
    }

    fun whoClosesWhileOthersAskHarmsNobody(scene: Scene) {
        for (turn in 1..20) {
            val client = scene.open(scene.on(scene.machine, NOW))
            val faults = ConcurrentLinkedQueue<Throwable>()
            val threads = (1..3).map {
                thread {
                    try {
                        while (!isClosed(client)) client.hasModule("M")
                    } catch (fault: alvara.sdk.AlvaraException) {
                        if (fault.code != "CLOSED") faults.add(fault)
                    }
                }
            }
            client.close()
            for (one in threads) one.join()
            faults.peek()?.let { throw it }
        }
    }

    fun afterCloseNothingGoes(scene: Scene) {
        val client = scene.open(scene.on(scene.machine, NOW))
        client.start()
        client.stop()
        same(Status.NOT_ACTIVATED, client.state.status, "stopped, it is still asked")
        client.close()
        client.close()
        misused("CLOSED") { client.check() }
        misused("CLOSED") { client.start() }
        misused("CLOSED") { client.renewUrl() }
        misused("CLOSED") { client.stop() }
    }
}

/** Whether a client answers no more. */
internal fun isClosed(client: Client): Boolean = try {
    client.renewUrl()
    false
} catch (error: alvara.sdk.AlvaraException) {
    error.code == "CLOSED"
}
