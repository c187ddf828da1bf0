using System.Collections.Generic;

namespace Alvara
{
    /// <summary>The machine, where the program knows it better than the library: an appliance with a
    /// serial number, for example. Nothing of it leaves the machine but hashed.</summary>
    public sealed class Machine
    {
        /// <summary>A machine that is known by a secret.</summary>
        /// <param name="secret">What tells it from all others and stays the same.</param>
        public Machine(string secret)
        {
            Secret = secret;
        }

        /// <summary>What tells it from all others.</summary>
        public string Secret { get; }

        /// <summary>Its parts by name, such as <c>board</c>, for terms that weigh them. A name is of
        /// lower-case letters, digits and underscores.</summary>
        public IDictionary<string, string> Parts { get; } = new Dictionary<string, string>();
    }
}
