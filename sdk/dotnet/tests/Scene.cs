using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;

namespace Alvara.Tests
{
    /// <summary>The vectors, and folders for what lies on machines.</summary>
    internal sealed class Scene : IDisposable
    {
        /// <summary>An address of this machine at which nobody listens.</summary>
        internal const string Nobody = "http://127.0.0.1:9";

        /// <summary>The parts of the machine of the vectors; a test holds them to it.</summary>
        internal static readonly Dictionary<string, string> Parts = new Dictionary<string, string>
        {
            { "board", "B-7731" }, { "disk", "WD-99102" }, { "nic", "52:54:00:12:34:56" }
        };

        private readonly Dictionary<string, string> _tokens = new Dictionary<string, string>();
        private int _folders;

        internal Scene(string file)
        {
            Vectors = Json.Parse(File.ReadAllText(file));
            foreach (var token in Vectors["tokens"].Items) _tokens[token["name"].Text] = token["text"].Text;
            Root = Path.Combine(Path.GetTempPath(), "alvara-" + Guid.NewGuid().ToString("N"));
            Directory.CreateDirectory(Root);
        }

        internal Json Vectors { get; }

        internal string Root { get; }

        internal string Keys { get { return Vectors["jwks"].ToString(); } }

        internal string Product { get { return Vectors["product"].Text; } }

        internal string Secret { get { return Vectors["identity"]["secret"].Text; } }

        /// <summary>The text of a token by its name.</summary>
        internal string Token(string name)
        {
            return _tokens[name];
        }

        /// <summary>The machine of the vectors.</summary>
        internal Machine Machine()
        {
            return Machine(Secret, Parts);
        }

        internal static Machine Machine(string secret, IEnumerable<KeyValuePair<string, string>> parts)
        {
            var machine = new Machine(secret);
            foreach (var part in parts) machine.Parts[part.Key] = part.Value;
            return machine;
        }

        /// <summary>Options of a program on a machine with an empty folder, whose clock stands
        /// still.</summary>
        internal Options On(Machine machine, long now)
        {
            var folder = Path.Combine(Root, (++_folders).ToString());
            Directory.CreateDirectory(Path.Combine(folder, "elsewhere"));
            return new Options
            {
                Machine = machine,
                Path = Path.Combine(folder, "license"),
                Watermark = Path.Combine(folder, "elsewhere", "seen"),
                Clock = () => DateTimeOffset.FromUnixTimeSeconds(now)
            };
        }

        /// <summary>A file of the machine, sealed by hand.</summary>
        internal byte[] Sealed(string product, string secret, string label, Json said)
        {
            var seal = new Seal(secret, product, Seal.Hashed(product, "machine", secret));
            var nonce = Enumerable.Range(1, 12).Select(number => (byte)number).ToArray();
            return seal.Close(label, said.ToString(), nonce);
        }

        /// <summary>A store that holds a computer key and a lease.</summary>
        internal Json Kept(string key, string lease, long seen)
        {
            return new Json(new Dictionary<string, object>
            {
                { "v", 1L }, { "machine_id", Vectors["machine"].Text }, { "token", "amt_x" },
                { "computer_key", Token(key) }, { "lease", Token(lease) }, { "last_seen", seen }
            });
        }

        /// <summary>How a program with these options stands where nobody can be called.</summary>
        internal State Look(string product, Options options)
        {
            using (var client = Client.Init(product, Keys, "https://licenses.example", options))
            {
                return client.State;
            }
        }

        public void Dispose()
        {
            Directory.Delete(Root, true);
        }
    }
}
