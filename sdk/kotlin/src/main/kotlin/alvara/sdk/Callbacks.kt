package alvara.sdk

import com.sun.jna.Callback
import com.sun.jna.CallbackThreadInitializer
import com.sun.jna.Native
import com.sun.jna.Pointer
import java.util.concurrent.CopyOnWriteArrayList
import java.util.logging.Level
import java.util.logging.Logger

/**
 * Functions of the program that the library calls, in whichever thread it does. JNA forgets a function that nobody
 * holds: they are held here, and this by its [Handle] until `alvara_free` has returned.
 *
 * Nothing may be thrown from here, for there is no Kotlin above: it is told to the log `alvara` and ends nothing.
 */
internal class Callbacks(clock: (() -> Long)?, metrics: (() -> Metrics)?) {
    private val listeners = CopyOnWriteArrayList<(State) -> Unit>()

    /** Null where the machine's clock is good enough. */
    val clock: ClockFunction? = if (clock == null) null else prepared(Time(clock))

    /** Null where nothing is told of the machine. */
    val metrics: MetricsFunction? = if (metrics == null) null else prepared(Load(metrics))

    val change: ChangeFunction = prepared(Change())

    /** Whether this thread is inside of one of these functions. */
    val isRunning: Boolean get() = running.get() === this

    fun add(listener: (State) -> Unit) {
        listeners.add(listener)
    }

    fun remove(listener: (State) -> Unit) {
        listeners.remove(listener)
    }

    private inner class Time(private val ask: () -> Long) : ClockFunction {
        override fun invoke(userData: Pointer?): Long = safely(ask) ?: System.currentTimeMillis() / 1000
    }

    private inner class Load(private val ask: () -> Metrics) : MetricsFunction {
        override fun invoke(metrics: Pointer, userData: Pointer?) {
            val found = safely(ask) ?: return
            listOf(found.cpuPercent, found.memoryPercent, found.diskPercent).forEachIndexed { at, percent ->
                // What is negative is not told.
                metrics.setDouble(8L * at, percent ?: -1.0)
            }
        }
    }

    private inner class Change : ChangeFunction {
        override fun invoke(state: Pointer, userData: Pointer?) {
            if (listeners.isEmpty()) return
            val now = safely { State(state) } ?: return
            for (listener in listeners) safely { listener(now) }
        }
    }

    private fun <T> safely(work: () -> T): T? {
        val before = running.get()
        running.set(this)
        try {
            return work()
        } catch (@Suppress("TooGenericExceptionCaught") error: Throwable) {
            Logger.getLogger("alvara").log(Level.SEVERE, "a function of the program failed", error)
            return null
        } finally {
            running.set(before)
        }
    }

    private companion object {
        /** Whose function this thread is inside of. */
        private val running = ThreadLocal<Callbacks?>()

        /** A thread of the library's own is a daemon to the machine of Java: it keeps no program from ending. */
        private fun <T : Callback> prepared(function: T): T {
            Native.setCallbackThreadInitializer(function, CallbackThreadInitializer(true, false, "alvara"))
            return function
        }
    }
}
