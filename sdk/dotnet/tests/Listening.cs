using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using System.Runtime.CompilerServices;
using System.Threading;

namespace Alvara.Tests
{
    /// <summary>Beside a small platform: what goes well, and what the program's own functions are called
    /// with. R-SDK-01</summary>
    internal static class Listening
    {
        private const long Now = 1800000000;
        private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

        internal static void AnActivatedMachineIsTheOneOfTheVectors(Scene scene)
        {
            using (var platform = new Platform(scene))
            using (var client = Open(scene, platform, scene.On(scene.Machine(), Now)))
            {
                var state = client.Activate("ACME-1", "Caixa 2 – loja Centro");
                Expect.That(state.Valid && state.Error == null, state + " " + state.Error);
                Expect.Same(Status.Ok, state.Status, "status");
                Expect.Same(Access.Full, state.Access, "access");
                Expect.Same("subscription", state.Kind, "kind");
                Expect.Same(scene.Vectors["machine"].Text, state.Machine, "machine");
                Expect.Same("REPORTS= SYNC= TILLS=5", string.Join(" ",
                    state.Modules.OrderBy(module => module.Key).Select(module => module.Key + "=" + module.Value)), "modules");
                Expect.Same(Now + 365 * 86400, state.ExpiresAt.Value.ToUnixTimeSeconds(), "expiry");
                Expect.That(state.NextCheckAt > DateTimeOffset.FromUnixTimeSeconds(Now), "next check");

                var asked = platform.Asked.Take();
                var machine = asked.Value["machine"];
                var identity = scene.Vectors["identity"];
                Expect.Same("POST /api/v1/activations HTTP/1.1", asked.Key, "the call");
                Expect.Same("Caixa 2 – loja Centro", machine["name"].Text, "its name");
                Expect.Same(identity["fingerprint"].Text, machine["fingerprint"].Text, "fingerprint");
                foreach (var part in identity["components"].Members)
                {
                    Expect.Same((string)part.Value, machine["components"][part.Key].Text, part.Key);
                }

                Expect.That(client.HasModule("TILLS") && !client.HasModule("EXPORT"), "modules");
                Expect.Same("5", client.ModuleValue("TILLS"), "what comes with it");
                Expect.Same(365L, client.DaysLeft(), "days");
                var receipt = client.DeactivateOffline();
                Expect.That(receipt.StartsWith("-----BEGIN ALVARA DEACTIVATION RECEIPT-----", StringComparison.Ordinal), receipt);
                Expect.Same(receipt, client.LastReceipt(), "the receipt again");
                Expect.Same(Status.NotActivated, client.State.Status, "given back");
            }
        }

        internal static void ListenersClocksAndMetricsAreCalled(Scene scene)
        {
            var time = Now;
            var options = scene.On(scene.Machine(), Now);
            options.Locale = "pt-BR";
            options.Clock = () => DateTimeOffset.FromUnixTimeSeconds(Interlocked.Read(ref time));
            options.Metrics = () => new Metrics { CpuPercent = 12.5, DiskPercent = 0 };
            var heard = new ConcurrentQueue<string>();
            var once = new ConcurrentQueue<string>();
            using (var platform = new Platform(scene))
            using (var client = Open(scene, platform, options))
            {
                client.OnChange(state => heard.Enqueue(state.StatusText + " " + state.Message("es")));
                var listening = client.OnChange(state => once.Enqueue(state.StatusText));
                // Nothing of ours holds what the library calls.
                options = null;
                GC.Collect();
                GC.WaitForPendingFinalizers();
                var full = client.Activate("FULL");
                Expect.Same("MACHINE_LIMIT", full.Error, "error");
                Expect.Same("Todos os lugares estão ocupados.", full.ErrorDetail, "its sentence");
                Expect.That(client.Activate("ACME-1").Valid, "activated");
                listening.Dispose();
                listening.Dispose();
                Interlocked.Exchange(ref time, Now + 90 * 86400);
                Expect.That(!client.State.Valid, "ninety days without contact");
                Expect.Same("HTTP_503", client.ValidateOnline().Error, "out of order");
                Expect.Same("HTTP_503", client.LastError(), "the same");
                var heartbeat = platform.Asked.ToArray().Last();
                Expect.Same("POST /api/v1/heartbeats HTTP/1.1", heartbeat.Key, "the call");
                Expect.Same("{\"cpu_percent\":12.5,\"disk_percent\":0", Figures(heartbeat.Value), "figures");
            }
            const string Overdue = "La licencia lleva demasiado tiempo sin verificarse. Conéctese a internet.";
            Expect.Same("OK La licencia es válida.|CHECK_OVERDUE " + Overdue, string.Join("|", heard.ToArray()), "heard");
            Expect.Same("OK", string.Join("|", once.ToArray()), "heard until it no longer listened");
        }

        internal static void AListenerMayFailDisposeAndNotCall(Scene scene)
        {
            using (var platform = new Platform(scene))
            using (var told = new Telling())
            {
                var client = Open(scene, platform, scene.On(scene.Machine(), Now));
                var heard = new BlockingCollection<string>();
                client.OnChange(state => { throw new InvalidOperationException("of the program"); });
                client.OnChange(state => Expect.Misused("INSIDE_LISTENER", () => client.ValidateOnline()));
                client.OnChange(state => heard.Add(client.State.StatusText));
                client.OnChange(state => client.Dispose());
                Expect.That(client.Activate("ACME-1").Valid, "a listener that fails ends nothing");
                Expect.Same("OK", Next(heard), "the others are told, and may ask");
                Expect.That(told.Said.Contains("of the program"), "nobody was told: " + told.Said);
                Expect.That(!told.Said.Contains("INSIDE_LISTENER was expected"), told.Said);
                var until = DateTime.UtcNow + Patience;
                while (!IsDisposed(client))
                {
                    Expect.That(DateTime.UtcNow < until, "it was never disposed");
                    Thread.Yield();
                }
            }
        }

        internal static void AClientThatWasStartedIsKeptWhoeverForgetsIt(Scene scene)
        {
            using (var platform = new Platform(scene))
            {
                var asked = new BlockingCollection<long>();
                var kept = StartAndForget(scene, platform, asked);
                // The loop comes back to the clock, from a thread of the library.
                for (var turn = 0; turn < 3; turn++)
                {
                    GC.Collect();
                    GC.WaitForPendingFinalizers();
                    while (asked.Count > 0) Next(asked);
                    Next(asked);
                }
                Expect.That(kept.IsAlive, "it was collected");
            }
        }

        // A method of its own, so that no register and no local variable holds the client.
        [MethodImpl(MethodImplOptions.NoInlining)]
        private static WeakReference StartAndForget(Scene scene, Platform platform, BlockingCollection<long> asked)
        {
            var time = Now;
            var options = scene.On(scene.Machine(), Now);
            options.Clock = () =>
            {
                var now = Interlocked.Read(ref time);
                asked.Add(now);
                return DateTimeOffset.FromUnixTimeSeconds(now);
            };
            var client = Open(scene, platform, options);
            var next = client.Activate("ACME-1").NextCheckAt.Value.ToUnixTimeSeconds();
            // A second before the next call the loop looks again in a second or two, however often.
            Interlocked.Exchange(ref time, next - 1);
            client.Start();
            return new WeakReference(options.Clock);
        }

        private static Client Open(Scene scene, Platform platform, Options options)
        {
            return Client.Init(scene.Product, scene.Keys, platform.Base, options);
        }

        private static T Next<T>(BlockingCollection<T> from)
        {
            T found;
            Expect.That(from.TryTake(out found, Patience), "nothing came");
            return found;
        }

        private static bool IsDisposed(Client client)
        {
            try
            {
                client.RenewUrl();
                return false;
            }
            catch (ObjectDisposedException)
            {
                return true;
            }
        }

        private static string Figures(Json heartbeat)
        {
            return heartbeat["metrics"].ToString().Replace(".0", "").TrimEnd('}');
        }

        /// <summary>Hears what is told to Trace.</summary>
        private sealed class Telling : TraceListener
        {
            private readonly List<string> _said = new List<string>();

            internal Telling()
            {
                Trace.Listeners.Add(this);
            }

            internal string Said
            {
                get { lock (_said) return string.Join("\n", _said); }
            }

            public override void Write(string message)
            {
                lock (_said) _said.Add(message);
            }

            public override void WriteLine(string message)
            {
                Write(message);
            }

            protected override void Dispose(bool disposing)
            {
                Trace.Listeners.Remove(this);
            }
        }
    }
}
