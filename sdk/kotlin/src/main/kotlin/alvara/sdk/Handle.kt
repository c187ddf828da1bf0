package alvara.sdk

import com.sun.jna.Pointer
import kotlin.concurrent.thread

/**
 * A client of the library, freed once, when no call uses it any more. No call may be under way while it is freed,
 * and it must not be freed from within a function that it calls, for it would wait for itself.
 */
internal class Handle(private val pointer: Pointer, val called: Callbacks) {
    private val turn = Any()
    private var uses = 0
    private var isClosing = false

    /** Uses it. @throws AlvaraException `CLOSED` */
    fun <T> use(work: (Pointer) -> T): T {
        synchronized(turn) {
            if (isClosing) throw AlvaraException("CLOSED", "The client was closed.")
            uses += 1
        }
        try {
            return work(pointer)
        } finally {
            val isLast = synchronized(turn) {
                uses -= 1
                isClosing && uses == 0
            }
            if (isLast) free()
        }
    }

    /** Uses it for what must not be done from within the program's functions: the library would wait for the call
     * that is waiting for them. @throws AlvaraException `INSIDE_LISTENER` */
    fun <T> useOutside(work: (Pointer) -> T): T {
        if (called.isRunning) throw AlvaraException("INSIDE_LISTENER", "A listener cannot make a call that asks the platform.")
        return use(work)
    }

    /** Frees it, or has the last call that is under way do so. */
    fun close() {
        val isFree = synchronized(turn) {
            if (isClosing) return
            isClosing = true
            uses == 0
        }
        if (isFree) free()
    }

    private fun free() {
        if (called.isRunning) {
            thread(name = "alvara-free") { freeHere() }
        } else {
            freeHere()
        }
    }

    private fun freeHere() {
        abi.alvara_free(pointer)
        // Until here its functions may have been called.
        Living.remove(this)
    }
}

/**
 * The clients of this program. They are held here until they are closed, so that a program which starts one and
 * never looks again does not lose it to the collector; and what is left is closed as the program ends, which is
 * when seats go back.
 */
internal object Living {
    /** As long as a call at the platform may take; a program does not end later than that. */
    private const val PATIENCE_MILLISECONDS = 10_000L

    private val all = HashSet<Handle>()
    private var isHooked = false

    @Synchronized
    fun add(handle: Handle) {
        all.add(handle)
        if (isHooked) return
        isHooked = true
        Runtime.getRuntime().addShutdownHook(Thread(this::end))
    }

    @Synchronized
    fun remove(handle: Handle) {
        all.remove(handle)
    }

    @Synchronized
    private fun left(): List<Handle> = all.toList()

    private fun end() {
        // Threads of their own: a listener that ends the program never comes back, and would be waited for.
        val closing = left().map { handle -> thread(isDaemon = true) { handle.close() } }
        val until = System.nanoTime() + PATIENCE_MILLISECONDS * 1_000_000
        for (one in closing) one.join(maxOf(1L, (until - System.nanoTime()) / 1_000_000))
    }
}
