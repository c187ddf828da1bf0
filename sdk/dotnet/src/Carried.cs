namespace Alvara
{
    // Machines without network: texts that people carry.
    public sealed partial class Client
    {
        /// <summary>The text to carry to the platform. Its answer goes to
        /// <see cref="OfflineActivate"/>.</summary>
        /// <param name="key">The activation key.</param>
        /// <param name="name">What people call the machine; null: nothing.</param>
        /// <exception cref="AlvaraException"><c>FOLDER</c>: what the answer is told by could not be
        /// kept.</exception>
        public string OfflineRequest(string key, string name = null)
        {
            return Asked(Native.alvara_offline_request(Outside(), Text.Given(key), Text.Given(name)));
        }

        /// <summary>Takes what was carried back: an activation response, a newer computer key, or a
        /// revocation list.</summary>
        /// <param name="text">The text, as a file or a QR code holds it.</param>
        public State OfflineActivate(string text)
        {
            return Asked(Native.alvara_offline_activate(Outside(), Text.Given(text)));
        }

        /// <summary>Forgets the license and answers the receipt that proves it, to carry to the
        /// platform.</summary>
        /// <exception cref="AlvaraException"><c>NOT_ACTIVATED</c>: there is no license; <c>FOLDER</c>: it
        /// cannot be forgotten.</exception>
        public string DeactivateOffline()
        {
            return Asked(Native.alvara_deactivate_offline(Outside()));
        }

        /// <summary>The receipt of the last <see cref="DeactivateOffline"/>; null where there is
        /// none.</summary>
        public string LastReceipt()
        {
            return Text.Taken(Native.alvara_last_receipt(_handle));
        }
    }
}
