using System;
using System.Runtime.InteropServices;
using System.Text;

namespace Alvara
{
    /// <summary>Texts and instants between .NET and the library.</summary>
    internal static class Text
    {
        // What is no text is refused rather than replaced: a key with a question mark is another key.
        private static readonly UTF8Encoding Utf8 = new UTF8Encoding(false, true);

        // The first and the last second that a DateTimeOffset can say.
        private static readonly long Earliest = DateTimeOffset.MinValue.ToUnixTimeSeconds();
        private static readonly long Latest = DateTimeOffset.MaxValue.ToUnixTimeSeconds();

        /// <summary>A text as the library reads it: UTF-8 that ends in a zero. Null stays null.</summary>
        /// <exception cref="AlvaraException"><c>NOT_UTF8</c>: half a character, or a zero inside, which
        /// would end the text early.</exception>
        internal static byte[] Given(string text)
        {
            if (text == null) return null;
            if (text.IndexOf('\0') >= 0) throw AlvaraException.Of(Native.NotUtf8);
            try
            {
                var bytes = new byte[Utf8.GetByteCount(text) + 1];
                Utf8.GetBytes(text, 0, text.Length, bytes, 0);
                return bytes;
            }
            catch (EncoderFallbackException)
            {
                throw AlvaraException.Of(Native.NotUtf8);
            }
        }

        /// <summary>A text that stays the library's. Null for NULL.</summary>
        internal static string Lent(IntPtr text)
        {
            if (text == IntPtr.Zero) return null;
            var length = 0;
            while (Marshal.ReadByte(text, length) != 0) length++;
            var bytes = new byte[length];
            Marshal.Copy(text, bytes, 0, length);
            return Encoding.UTF8.GetString(bytes);
        }

        /// <summary>A text that is ours: read, and given back to the library.</summary>
        internal static string Taken(IntPtr text)
        {
            try
            {
                return Lent(text);
            }
            finally
            {
                Native.alvara_string_free(text);
            }
        }

        /// <summary>An instant of the library, which counts seconds since 1970. What lies beyond the
        /// calendar of .NET is its first or last second.</summary>
        internal static DateTimeOffset Instant(long seconds)
        {
            return DateTimeOffset.FromUnixTimeSeconds(Math.Max(Earliest, Math.Min(Latest, seconds)));
        }
    }
}
