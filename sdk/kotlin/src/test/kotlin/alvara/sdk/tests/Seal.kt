package alvara.sdk.tests

import java.security.MessageDigest
import java.util.Base64
import javax.crypto.Cipher
import javax.crypto.Mac
import javax.crypto.spec.GCMParameterSpec
import javax.crypto.spec.SecretKeySpec

private fun utf8(text: String): ByteArray = text.toByteArray(Charsets.UTF_8)

private fun sha256(bytes: ByteArray): ByteArray = MessageDigest.getInstance("SHA-256").digest(bytes)

private fun hmac(key: ByteArray, message: ByteArray): ByteArray {
    val mac = Mac.getInstance("HmacSHA256")
    mac.init(SecretKeySpec(key, "HmacSHA256"))
    return mac.doFinal(message)
}

/** A part of the machine as the platform gets to see it. */
internal fun hashed(product: String, name: String, value: String): String {
    val words = value.split(' ', '\t', '\r', '\n').filter { it.isNotEmpty() }.joinToString(" ")
    // Letter by letter: those of the vectors are ASCII.
    val lower = words.map { Character.toLowerCase(it) }.joinToString("")
    val mac = hmac(sha256(utf8("alvara-fingerprint/1\n$product")), utf8("$name\n$lower"))
    return Base64.getUrlEncoder().withoutPadding().encodeToString(mac)
}

/** Seals what machines keep, so that the vectors can lie where a program looks. */
internal class Seal(secret: String, private val product: String, private val device: String) {
    // HKDF of RFC 5869, one block each.
    private val drawn = hmac(sha256(utf8("alvara-store/1\n$product")), utf8(secret))
    private val key = hmac(drawn, utf8("key\u0001"))
    private val head = utf8("ALVS\u0001") + hmac(drawn, utf8("kid\u0001")).copyOf(8)

    /** `label` is `store` or `watermark`. */
    fun close(label: String, plain: String, nonce: ByteArray): ByteArray {
        val cipher = Cipher.getInstance("AES/GCM/NoPadding")
        cipher.init(Cipher.ENCRYPT_MODE, SecretKeySpec(key, "AES"), GCMParameterSpec(128, nonce))
        cipher.updateAAD(head + utf8("$label\n$product\n$device"))
        return head + nonce + cipher.doFinal(utf8(plain))
    }
}
