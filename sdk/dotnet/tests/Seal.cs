using System;
using System.Linq;
using System.Security.Cryptography;
using System.Text;

namespace Alvara.Tests
{
    /// <summary>
    /// Seals what machines keep, so that the vectors can lie where a program looks. AES-256-GCM is made
    /// of single blocks here, for neither Mono nor .NET Standard 2.0 has it; the vectors of sealed files
    /// say whether it is right.
    /// </summary>
    internal sealed class Seal
    {
        private readonly byte[] _key;
        private readonly byte[] _head;
        private readonly string _bound;

        internal Seal(string secret, string product, string device)
        {
            byte[] salt;
            using (var sha = SHA256.Create()) salt = sha.ComputeHash(Utf8("alvara-store/1\n" + product));
            // HKDF of RFC 5869, one block each.
            var drawn = Hmac(salt, Utf8(secret));
            _key = Hmac(drawn, Utf8("key\u0001"));
            _head = Utf8("ALVS\u0001").Concat(Hmac(drawn, Utf8("kid\u0001")).Take(8)).ToArray();
            _bound = "\n" + product + "\n" + device;
        }

        /// <summary>A part of the machine as the platform gets to see it.</summary>
        internal static string Hashed(string product, string name, string value)
        {
            byte[] key;
            using (var sha = SHA256.Create()) key = sha.ComputeHash(Utf8("alvara-fingerprint/1\n" + product));
            var words = value.Split(new[] { ' ', '\t', '\r', '\n' }, StringSplitOptions.RemoveEmptyEntries);
            var mac = Hmac(key, Utf8(name + "\n" + string.Join(" ", words).ToLowerInvariant()));
            return Convert.ToBase64String(mac).TrimEnd('=').Replace('+', '-').Replace('/', '_');
        }

        /// <summary>Seals a text; <paramref name="label"/> is <c>store</c> or <c>watermark</c>.</summary>
        internal byte[] Close(string label, string plain, byte[] nonce)
        {
            var data = _head.Concat(Utf8(label + _bound)).ToArray();
            using (var aes = Aes.Create())
            {
                aes.Key = _key;
                aes.Mode = CipherMode.ECB;
                aes.Padding = PaddingMode.None;
                using (var block = aes.CreateEncryptor())
                {
                    return _head.Concat(nonce).Concat(Gcm(block, nonce, Utf8(plain), data)).ToArray();
                }
            }
        }

        /// <summary>The text and its tag (NIST SP 800-38D), with a nonce of twelve bytes.</summary>
        private static byte[] Gcm(ICryptoTransform cipher, byte[] nonce, byte[] plain, byte[] data)
        {
            Func<uint, byte[]> stream = count =>
            {
                var block = nonce.Concat(BigEndian(count)).ToArray();
                return cipher.TransformFinalBlock(block, 0, block.Length);
            };
            var text = new byte[plain.Length];
            for (var at = 0; at < plain.Length; at += 16)
            {
                var mask = stream((uint)(at / 16 + 2));
                for (var i = at; i < Math.Min(at + 16, plain.Length); i++) text[i] = (byte)(plain[i] ^ mask[i - at]);
            }
            var zero = new byte[16];
            var hash = Ghash(cipher.TransformFinalBlock(zero, 0, 16), data, text);
            var first = stream(1);
            return text.Concat(hash.Select((octet, at) => (byte)(octet ^ first[at]))).ToArray();
        }

        private static byte[] Ghash(byte[] key, byte[] data, byte[] text)
        {
            ulong high = 0, low = 0;
            ulong keyHigh = Load(key, 0), keyLow = Load(key, 8);
            var lengths = BigEndian(0).Concat(BigEndian((uint)data.Length * 8))
                .Concat(BigEndian(0)).Concat(BigEndian((uint)text.Length * 8));
            var all = Padded(data).Concat(Padded(text)).Concat(lengths).ToArray();
            for (var at = 0; at < all.Length; at += 16)
            {
                high ^= Load(all, at);
                low ^= Load(all, at + 8);
                Multiply(ref high, ref low, keyHigh, keyLow);
            }
            return BigEndian((uint)(high >> 32)).Concat(BigEndian((uint)high))
                .Concat(BigEndian((uint)(low >> 32))).Concat(BigEndian((uint)low)).ToArray();
        }

        /// <summary>In the field of 2^128 elements, whose first bit is the highest.</summary>
        private static void Multiply(ref ulong high, ref ulong low, ulong byHigh, ulong byLow)
        {
            ulong sumHigh = 0, sumLow = 0;
            for (var bit = 0; bit < 128; bit++)
            {
                var has = bit < 64 ? high >> (63 - bit) : low >> (127 - bit);
                if ((has & 1) == 1)
                {
                    sumHigh ^= byHigh;
                    sumLow ^= byLow;
                }
                var carry = (byLow & 1) == 1;
                byLow = (byLow >> 1) | (byHigh << 63);
                byHigh >>= 1;
                if (carry) byHigh ^= 0xe1UL << 56;
            }
            high = sumHigh;
            low = sumLow;
        }

        private static ulong Load(byte[] bytes, int at)
        {
            return bytes.Skip(at).Take(8).Aggregate(0UL, (number, octet) => (number << 8) | octet);
        }

        private static byte[] Padded(byte[] bytes)
        {
            return bytes.Concat(new byte[(16 - bytes.Length % 16) % 16]).ToArray();
        }

        private static byte[] BigEndian(uint number)
        {
            return new[] { (byte)(number >> 24), (byte)(number >> 16), (byte)(number >> 8), (byte)number };
        }

        private static byte[] Hmac(byte[] key, byte[] message)
        {
            using (var mac = new HMACSHA256(key)) return mac.ComputeHash(message);
        }

        private static byte[] Utf8(string text)
        {
            return new UTF8Encoding(false).GetBytes(text);
        }
    }
}
