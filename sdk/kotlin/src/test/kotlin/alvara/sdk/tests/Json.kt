package alvara.sdk.tests

/** Reads JSON into maps, lists, texts, numbers (Long or Double), truths and nulls, and writes it. */
internal class Json private constructor(private val text: String) {
    private var at = 0

    private fun peek(): Char {
        while (text[at] in " \t\r\n") at += 1
        return text[at]
    }

    private fun take(wanted: String): Boolean {
        peek()
        val isThere = text.startsWith(wanted, at)
        if (isThere) at += wanted.length
        return isThere
    }

    private fun demand(wanted: String) {
        if (!take(wanted)) throw IllegalArgumentException("$wanted was expected at $at")
    }

    private fun value(): Any? = when (peek()) {
        '{' -> members()
        '[' -> items()
        '"' -> string()
        else -> if (take("true")) true else if (take("false")) false else if (take("null")) null else number()
    }

    private fun members(): Map<String, Any?> {
        val found = LinkedHashMap<String, Any?>()
        demand("{")
        if (take("}")) return found
        do {
            peek()
            val name = string()
            demand(":")
            found[name] = value()
        } while (take(","))
        demand("}")
        return found
    }

    private fun items(): List<Any?> {
        val found = ArrayList<Any?>()
        demand("[")
        if (take("]")) return found
        do found.add(value()) while (take(","))
        demand("]")
        return found
    }

    private fun string(): String {
        val said = StringBuilder()
        demand("\"")
        while (text[at] != '"') {
            val character = text[at++]
            if (character != '\\') {
                said.append(character)
                continue
            }
            val named = text[at++]
            if (named == 'u') {
                said.appendCodePoint(text.substring(at, at + 4).toInt(16))
                at += 4
            } else {
                val known = "bfnrt".indexOf(named)
                said.append(if (known < 0) named else "\b\u000c\n\r\t"[known])
            }
        }
        at += 1
        return said.toString()
    }

    private fun number(): Any {
        val from = at
        while (at < text.length && text[at] in "+-.eE0123456789") at += 1
        val said = text.substring(from, at)
        return said.toLongOrNull() ?: said.toDouble()
    }

    companion object {
        fun parse(text: String): Any? = Json(text).value()

        fun write(value: Any?): String = when (value) {
            is Map<*, *> -> value.entries.joinToString(",", "{", "}") { (name, member) -> write(name) + ":" + write(member) }
            is List<*> -> value.joinToString(",", "[", "]") { write(it) }
            is String -> quoted(value)
            else -> value.toString()
        }

        private fun quoted(text: String): String {
            val said = StringBuilder("\"")
            for (character in text) {
                if (character < ' ' || character == '"' || character == '\\') said.append(String.format("\\u%04x", character.hashCode()))
                else said.append(character)
            }
            return said.append('"').toString()
        }
    }
}

/** A member of what was read; null where there is none. */
internal operator fun Any?.get(name: String): Any? = members[name]

internal val Any?.items: List<Any?> get() = this as? List<Any?> ?: emptyList()

@Suppress("UNCHECKED_CAST")
internal val Any?.members: Map<String, Any?> get() = this as? Map<String, Any?> ?: emptyMap()

internal val Any?.text: String get() = this as String
