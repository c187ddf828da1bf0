package alvara.sdk.tests

import alvara.sdk.Access
import alvara.sdk.Metrics
import alvara.sdk.Status
import java.util.concurrent.ConcurrentLinkedQueue
import java.util.concurrent.LinkedBlockingQueue
import java.util.concurrent.TimeUnit
import java.util.concurrent.atomic.AtomicLong
import java.util.logging.Handler
import java.util.logging.LogRecord
import java.util.logging.Logger

private const val DAY = 86400L
private const val PATIENCE_SECONDS = 30L

/** Beside a small platform: what goes well, and what the program's own functions are called with. R-SDK-01 */
internal object Listening {
    fun anActivatedMachineIsTheOneOfTheVectors(scene: Scene) {
        Platform(scene).use { platform ->
            scene.open(scene.on(scene.machine, NOW), platform.base).use { client ->
                val state = client.activate("ACME-1", "Caixa 2 – loja Centro")
                that(state.valid && state.error == null, "$state ${state.error}")
                same(Status.OK, state.status, "status")
                same(Access.FULL, state.access, "access")
                same("subscription", state.kind, "kind")
                same(scene.vectors["machine"], state.machine, "machine")
                same(mapOf("REPORTS" to null, "SYNC" to null, "TILLS" to "5"), state.modules, "modules")
                same(NOW + 365 * DAY, state.expiresAt, "expiry")
                that(state.nextCheckAt ?: 0 > NOW, "next check")

                val asked = platform.asked.take()
                val identity = scene.vectors["identity"]
                same("POST /api/v1/activations", asked.call, "the call")
                same("Caixa 2 – loja Centro", asked.body["machine"]["name"], "its name")
                same(identity["fingerprint"], asked.body["machine"]["fingerprint"], "fingerprint")
                same(identity["components"].members, asked.body["machine"]["components"].members, "components")

                that(client.hasModule("TILLS") && !client.hasModule("EXPORT"), "modules")
                same("5", client.moduleValue("TILLS"), "what comes with it")
                same(365L, client.daysLeft(), "days")
                val receipt = client.deactivateOffline()
                that(receipt.startsWith("-----BEGIN ALVARA DEACTIVATION RECEIPT-----"), receipt)
                same(receipt, client.lastReceipt(), "the receipt again")
                same(Status.NOT_ACTIVATED, client.state.status, "given back")
            }
        }
    }

    fun listenersClocksAndMetricsAreCalled(scene: Scene) {
        val time = AtomicLong(NOW)
        val options = scene.on(scene.machine, NOW)
        options.locale = "pt-BR"
        options.clock = { time.get() }
        options.metrics = { Metrics(cpuPercent = 12.5, diskPercent = 0.0) }
        val heard = ConcurrentLinkedQueue<String>()
        val once = ConcurrentLinkedQueue<String>()
        Platform(scene).use { platform ->
            scene.open(options, platform.base).use { client ->
                client.onChange { heard.add("$it ${it.message("es")}") }
                val listening = client.onChange { once.add(it.statusText) }
                // Nothing of ours holds what the library calls.
                options.clock = null
                options.metrics = null
                System.gc()
                val full = client.activate("FULL")
                same("MACHINE_LIMIT", full.error, "error")
                same("Todos os lugares estão ocupados.", full.errorDetail, "its sentence")
                that(client.activate("ACME-1").valid, "activated")
                System.gc()
                listening.close()
                time.set(NOW + 90 * DAY)
                that(!client.state.valid, "ninety days without contact")
                same("HTTP_503", client.validateOnline().error, "out of order")
                same("HTTP_503", client.lastError(), "the same")
                val heartbeat = platform.asked.last()
                same("POST /api/v1/heartbeats", heartbeat.call, "the call")
                val figures = heartbeat.body["metrics"].members
                same(setOf("cpu_percent", "disk_percent"), figures.keys, "figures")
                same(12.5, figures["cpu_percent"], "of the processors")
            }
        }
        val overdue = "La licencia lleva demasiado tiempo sin verificarse. Conéctese a internet."
        same(listOf("OK La licencia es válida.", "CHECK_OVERDUE $overdue"), heard.toList(), "heard")
        same(listOf("OK"), once.toList(), "heard until it no longer listened")
    }

    fun aListenerMayFailCloseAndNotCall(scene: Scene) {
        val told = ConcurrentLinkedQueue<String>()
        val telling = object : Handler() {
            override fun publish(record: LogRecord) {
                told.add(record.thrown?.message ?: record.message)
            }

            override fun flush() = Unit

            override fun close() = Unit
        }
        val log = Logger.getLogger("alvara")
        log.addHandler(telling)
        log.useParentHandlers = false
        try {
            Platform(scene).use { platform ->
                val client = scene.open(scene.on(scene.machine, NOW), platform.base)
                val heard = LinkedBlockingQueue<String>()
                client.onChange { throw IllegalStateException("of the program") }
                client.onChange { misused("INSIDE_LISTENER") { client.validateOnline() } }
                client.onChange { heard.add(client.state.statusText) }
                client.onChange { client.close() }
                that(client.activate("ACME-1").valid, "a listener that fails ends nothing")
                same("OK", next(heard), "the others are told, and may ask")
                that(isClosed(client), "it was never closed")
                same(listOf("of the program"), told.toList(), "what was told")
            }
        } finally {
            log.removeHandler(telling)
            log.useParentHandlers = true
        }
    }

    fun aClientThatWasStartedIsKeptWhoeverForgetsIt(scene: Scene) {
        Platform(scene).use { platform ->
            val time = AtomicLong(NOW)
            val asked = LinkedBlockingQueue<Long>()
            val options = scene.on(scene.machine, NOW)
            options.clock = {
                asked.add(time.get())
                time.get()
            }
            startAndForget(scene, platform, options, time)
            // The loop comes back to the clock, from a thread of the library.
            for (turn in 1..3) {
                System.gc()
                asked.clear()
                next(asked)
            }
        }
    }

    private fun startAndForget(scene: Scene, platform: Platform, options: alvara.sdk.Options, time: AtomicLong) {
        val client = scene.open(options, platform.base)
        options.clock = null
        // A second before the next call the loop looks again in a second or two, however often.
        time.set((client.activate("ACME-1").nextCheckAt ?: 0) - 1)
        client.start()
    }

    private fun <T> next(from: LinkedBlockingQueue<T>): T =
        from.poll(PATIENCE_SECONDS, TimeUnit.SECONDS) ?: throw IllegalStateException("nothing came")
}
