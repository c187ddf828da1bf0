package alvara.sdk.tests

import alvara.sdk.Machine
import alvara.sdk.Preset
import java.io.File
import java.util.Base64

/** The answers that all SDKs share, as far as a program can ask for them. R-SDK-01 R-LIC-05 R-LIC-12 */
internal object Vectors {
    fun theMachineAndTheSealOfTheTestsAreThoseOfTheVectors(scene: Scene) {
        val identity = scene.vectors["identity"]
        same(identity["fingerprint"], hashed(scene.product, "machine", scene.secret), "fingerprint")
        for ((name, value) in PARTS) same(identity["components"][name], hashed(scene.product, name, value), name)
        var closed = 0
        for (store in scene.vectors["stores"].items) {
            if (store["error"] != null) continue
            val digits = store["nonce"].text
            val nonce = ByteArray(12) { digits.substring(2 * it, 2 * it + 2).toInt(16).toByte() }
            val seal = Seal(store["machine_secret"].text, store["product"].text, store["device"].text)
            val made = seal.close(store["label"].text, store["plain"].text, nonce)
            same(store["sealed"], Base64.getEncoder().encodeToString(made), store["name"].text)
            closed += 1
        }
        that(closed > 1, "stores that open: $closed")
    }

    fun statesAreThoseOfTheVectors(scene: Scene) {
        val states = scene.vectors["states"].items
        for (vector in states) {
            val kept = LinkedHashMap(vector["kept"].members)
            for (name in listOf("computer_key", "lease")) if (kept[name] is String) kept[name] = scene.token(kept[name])
            if ("seats" in kept) {
                kept["seats"] = kept["seats"].members.mapValues { (_, seat) -> seat.members + ("lease" to scene.token(seat["lease"])) }
            }
            val options = scene.on(scene.machine, vector["now"] as Long)
            options.floating = vector["floating"] as Boolean
            if (vector["preset"] == "always-online") options.preset = Preset.ALWAYS_ONLINE
            if (kept.isNotEmpty()) scene.lay(options.path, scene.secret, "store", kept)
            scene.lay(options.watermark, scene.secret, "watermark", vector["watermark"])

            val state = scene.look(options)
            val expected = vector["expected"]
            val which = vector["name"].text
            same(expected["status"], state.statusText, which)
            same(expected["status"], state.status.name, which)
            same(expected["code"], state.code, which)
            same(expected["grace_ends_at"], state.graceEndsAt, which)
        }
        that(states.size > 30, "states: ${states.size}")
    }

    fun verdictsAreThoseOfTheVectors(scene: Scene) {
        val identity = scene.vectors["identity"]
        var judged = 0
        for (vector in scene.vectors["verdicts"].items) {
            val asks = vector["asks"]
            // A program is of one product, and its store is sealed for that.
            if (asks["product"] != null && asks["product"] != scene.product) continue
            judged += 1
            val machine = vector["machine"]
            val secret = if (machine["fingerprint"] == identity["fingerprint"]) scene.secret else "another machine"
            val parts = PARTS.mapValues { (name, value) ->
                if (machine["components"][name] == identity["components"][name]) value else "another part"
            }
            val options = scene.on(Machine(secret, parts), vector["now"] as Long)
            options.version = asks["version"] as String?
            options.user = asks["user"] as String?
            options.site = asks["site"] as String?
            options.releasedAt = asks["released_at"] as Long?
            options.requiredModules = asks["modules"].items.map { it.text }
            scene.lay(options.path, secret, "store", scene.kept(vector["computer_key"], vector["lease"], vector["seen"] as Long? ?: 0))

            val state = scene.look(options)
            val expected = vector["expected"]
            val which = vector["name"].text
            same(expected["valid"], state.valid, which)
            same(expected["code"], state.code, which)
            same(expected["access"], mapOf("FULL" to "full", "READ_ONLY" to "read_only", "NONE" to "none")[state.access.name], which)
            same(expected["days_left"], state.daysLeft, which)
        }
        that(judged > 40, "verdicts: $judged")
    }

    fun tokensThatNobodySignedAreNotBelieved(scene: Scene) {
        // Another machine's lease and one of a seat are signed, and are not what a store may hold.
        val stray = listOf("lease-other-machine", "lease-of-seat")
        val tokens = scene.vectors["tokens"].items.filter { it["type"] == "computer_key" || it["type"] == "lease" }
        for (token in tokens) {
            val name = token["name"].text
            val isKey = token["type"] == "computer_key"
            val options = scene.on(scene.machine, NOW)
            scene.lay(options.path, scene.secret, "store", scene.kept(if (isKey) name else "key", if (isKey) "lease" else name, 0))
            same(token["outcome"] == "valid" && name !in stray, scene.look(options).code != "TOKEN_FORGED", name)
        }
        that(tokens.size > 20, "tokens: ${tokens.size}")
    }

    fun storesOpenAsTheVectorsSay(scene: Scene) {
        var opened = 0
        for (store in scene.vectors["stores"].items) {
            // The device is drawn from the secret; a file sealed for another one opens nowhere.
            val name = store["name"].text
            if (store["label"] != "store" || name == "another device") continue
            opened += 1
            val options = scene.on(Machine(store["machine_secret"].text), NOW)
            File(options.path).writeBytes(Base64.getDecoder().decode(store["sealed"].text))
            same(store["error"] ?: "NOT_ACTIVATED", scene.look(options, store["product"].text).code, name)
        }
        that(opened > 4, "stores: $opened")
    }
}
