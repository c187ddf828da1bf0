using System;

namespace Alvara
{
    /// <summary>
    /// The program did something wrong, or something that it needs is not there, such as a folder. How a
    /// license stands is never an exception: that is a <see cref="State"/>.
    /// </summary>
    public sealed class AlvaraException : Exception
    {
        internal AlvaraException(string code, string message) : base(message)
        {
            Code = code;
        }

        /// <summary>
        /// What it was, as a text that stays the same: <c>NULL_ARGUMENT</c>, <c>NOT_UTF8</c>,
        /// <c>PUBLIC_KEY</c>, <c>ADDRESS</c>, <c>MACHINE</c>, <c>FOLDER</c>, <c>NOT_ACTIVATED</c>,
        /// <c>VERSION</c>, <c>VALUE</c>, <c>INTERNAL</c> of the library, and <c>INSIDE_LISTENER</c>
        /// for a call that a listener must not make.
        /// </summary>
        public string Code { get; }

        /// <summary>What the library said of a call.</summary>
        internal static AlvaraException Of(int result)
        {
            return new AlvaraException(
                Text.Lent(Native.alvara_result_code(result)),
                Text.Lent(Native.alvara_result_message(result, null)));
        }

        internal static void Demand(int result)
        {
            if (result != Native.Ok) throw Of(result);
        }
    }
}
