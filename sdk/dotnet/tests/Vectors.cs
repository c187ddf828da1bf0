using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;

namespace Alvara.Tests
{
    /// <summary>
    /// The answers that all SDKs share, as far as a program can ask for them: a sealed store lies on its
    /// machine, and its clock says a time. R-SDK-01
    /// </summary>
    internal static class Vectors
    {
        internal static void IdentityIsThatOfTheVectors(Scene scene)
        {
            var identity = scene.Vectors["identity"];
            Expect.Same(
                identity["fingerprint"].Text, Seal.Hashed(scene.Product, "machine", scene.Secret), "fingerprint");
            Expect.Same(identity["components"].Members.Count, Scene.Parts.Count, "components");
            foreach (var part in Scene.Parts)
            {
                var hash = Seal.Hashed(scene.Product, part.Key, part.Value);
                Expect.Same(identity["components"][part.Key].Text, hash, part.Key);
            }
        }

        internal static void TheSealOfTheTestsIsThatOfTheVectors(Scene scene)
        {
            var closed = 0;
            foreach (var store in scene.Vectors["stores"].Items.Where(store => store["error"].IsNull))
            {
                var seal = new Seal(store["machine_secret"].Text, store["product"].Text, store["device"].Text);
                var digits = store["nonce"].Text;
                var nonce = Enumerable.Range(0, 12)
                    .Select(at => Convert.ToByte(digits.Substring(2 * at, 2), 16)).ToArray();
                var made = seal.Close(store["label"].Text, store["plain"].Text, nonce);
                Expect.Same(store["sealed"].Text, Convert.ToBase64String(made), store["name"].Text);
                closed++;
            }
            Expect.That(closed > 1, "stores that open");
        }

        internal static void StatesAreThoseOfTheVectors(Scene scene)
        {
            var judged = 0;
            foreach (var vector in scene.Vectors["states"].Items)
            {
                var kept = vector["kept"].Copy();
                foreach (var name in new[] { "computer_key", "lease" })
                {
                    if (kept[name].IsText) kept.Members[name] = scene.Token(kept[name].Text);
                }
                foreach (var seat in kept["seats"].Members.Values)
                {
                    var members = (Dictionary<string, object>)seat;
                    members["lease"] = scene.Token((string)members["lease"]);
                }
                var options = scene.On(scene.Machine(), vector["now"].Number);
                options.Floating = vector["floating"].Truth;
                if (vector["preset"].Text == "always-online") options.Preset = Preset.AlwaysOnline;
                if (kept.Members.Count > 0) Write(scene, options.Path, "store", kept);
                Write(scene, options.Watermark, "watermark", vector["watermark"]);

                var state = scene.Look(scene.Product, options);
                var expected = vector["expected"];
                var which = vector["name"].Text;
                Expect.Same(expected["status"].Text, state.StatusText, which);
                Expect.Same(expected["code"].Text, state.Code, which);
                Expect.Same(Seconds(expected["grace_ends_at"]), Seconds(state.GraceEndsAt), which);
                judged++;
            }
            Expect.That(judged > 30, "states: " + judged);
        }

        internal static void VerdictsAreThoseOfTheVectors(Scene scene)
        {
            var identity = scene.Vectors["identity"];
            var judged = 0;
            foreach (var vector in scene.Vectors["verdicts"].Items)
            {
                var asks = vector["asks"];
                // A program is of one product, and its store is sealed for that.
                if (asks["product"].IsText && asks["product"].Text != scene.Product) continue;
                judged++;
                var machine = vector["machine"];
                var isOther = machine["fingerprint"].Text != identity["fingerprint"].Text;
                var parts = Scene.Parts.ToDictionary(
                    part => part.Key,
                    part => Same(machine["components"][part.Key], identity["components"][part.Key])
                        ? part.Value
                        : "another part");
                var secret = isOther ? "another machine" : scene.Secret;
                var options = scene.On(Scene.Machine(secret, parts), vector["now"].Number);
                options.Version = asks["version"].Text;
                options.User = asks["user"].Text;
                options.Site = asks["site"].Text;
                if (!asks["released_at"].IsNull)
                {
                    options.ReleasedAt = DateTimeOffset.FromUnixTimeSeconds(asks["released_at"].Number);
                }
                foreach (var module in asks["modules"].Items) options.RequiredModules.Add(module.Text);
                var seen = vector["seen"].IsNull ? 0 : vector["seen"].Number;
                var kept = scene.Kept(vector["computer_key"].Text, vector["lease"].Text, seen);
                File.WriteAllBytes(options.Path, scene.Sealed(scene.Product, secret, "store", kept));

                var state = scene.Look(scene.Product, options);
                var expected = vector["expected"];
                var which = vector["name"].Text;
                Expect.Same(expected["valid"].Truth, state.Valid, which);
                Expect.Same(expected["code"].Text, state.Code, which);
                Expect.Same(expected["access"].Text, AccessText(state.Access), which);
                Expect.Same(Seconds(expected["days_left"]), state.DaysLeft, which);
            }
            Expect.That(judged > 40, "verdicts: " + judged);
        }

        internal static void TokensThatNobodySignedAreNotBelieved(Scene scene)
        {
            // Another machine's lease and one of a seat are signed, and are not what a store may hold.
            var stray = new[] { "lease-other-machine", "lease-of-seat" };
            foreach (var token in scene.Vectors["tokens"].Items)
            {
                var name = token["name"].Text;
                var type = token["type"].Text;
                if (type != "computer_key" && type != "lease") continue;
                var options = scene.On(scene.Machine(), 1800000000);
                var kept = scene.Kept(
                    type == "computer_key" ? name : "key", type == "lease" ? name : "lease", 0);
                Write(scene, options.Path, "store", kept);
                var state = scene.Look(scene.Product, options);
                var isGood = token["outcome"].Text == "valid" && !stray.Contains(name);
                Expect.Same(isGood, state.Code != "TOKEN_FORGED", name);
            }
        }

        internal static void StoresOpenAsTheVectorsSay(Scene scene)
        {
            foreach (var store in scene.Vectors["stores"].Items)
            {
                // The device is drawn from the secret; a file sealed for another one opens nowhere.
                var name = store["name"].Text;
                if (store["label"].Text != "store" || name == "another device") continue;
                var options = scene.On(new Machine(store["machine_secret"].Text), 1800000000);
                File.WriteAllBytes(options.Path, Convert.FromBase64String(store["sealed"].Text));
                var state = scene.Look(store["product"].Text, options);
                Expect.Same(store["error"].Text ?? "NOT_ACTIVATED", state.Code, name);
            }
        }

        private static void Write(Scene scene, string file, string label, Json said)
        {
            File.WriteAllBytes(file, scene.Sealed(scene.Product, scene.Secret, label, said));
        }

        private static bool Same(Json one, Json other)
        {
            return one.Text == other.Text;
        }

        private static string AccessText(Access access)
        {
            return access == Access.Full ? "full" : access == Access.ReadOnly ? "read_only" : "none";
        }

        private static long? Seconds(Json number)
        {
            return number.IsNull ? (long?)null : number.Number;
        }

        private static long? Seconds(DateTimeOffset? at)
        {
            return at.HasValue ? at.Value.ToUnixTimeSeconds() : (long?)null;
        }
    }
}
