namespace Alvara
{
    /// <summary>A newer build that the vendor signed.</summary>
    public sealed class Update
    {
        private Update(UpdateHandle from)
        {
            Version = Text.Lent(Native.alvara_update_version(from));
            Url = Text.Lent(Native.alvara_update_url(from));
            Notes = Text.Lent(Native.alvara_update_notes(from));
            Sha256 = Text.Lent(Native.alvara_update_sha256(from));
            Mandatory = Native.alvara_update_mandatory(from);
        }

        /// <summary>Its version.</summary>
        public string Version { get; }

        /// <summary>Where it is.</summary>
        public string Url { get; }

        /// <summary>What is new.</summary>
        public string Notes { get; }

        /// <summary>Of the file, in hexadecimal digits: compare it with the file before you run
        /// it.</summary>
        public string Sha256 { get; }

        /// <summary>Whether older builds must not run.</summary>
        public bool Mandatory { get; }

        /// <summary>Null where there is none.</summary>
        internal static Update Read(UpdateHandle from)
        {
            using (from)
            {
                return from.IsInvalid ? null : new Update(from);
            }
        }
    }
}
