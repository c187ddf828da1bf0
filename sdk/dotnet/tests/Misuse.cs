using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;

namespace Alvara.Tests
{
    /// <summary>What a program does wrong, and what is wrong with a license. R-SDK-01</summary>
    internal static class Misuse
    {
        private const long Now = 1800000000;

        private static Client Open(Scene scene, Options options)
        {
            return Client.Init(scene.Product, scene.Keys, Scene.Nobody, options);
        }

        internal static void MisuseHasACodeAndStatesHaveNone(Scene scene)
        {
            Func<Options> options = () => scene.On(scene.Machine(), Now);
            Expect.Misused("NULL_ARGUMENT", () => Client.Init(null, scene.Keys, Scene.Nobody));
            Expect.Misused("NULL_ARGUMENT", () => Client.Init("A", null, Scene.Nobody));
            Expect.Misused("PUBLIC_KEY", () => Client.Init("A", "{}", Scene.Nobody, options()));
            Expect.Misused("ADDRESS", () => Client.Init("A", scene.Keys, "http://a.example", options()));
            Action<string, Action<Options>> refused = (code, say) =>
            {
                var said = options();
                say(said);
                Expect.Misused(code, () => Open(scene, said));
            };
            refused("VERSION", said => said.Version = "one");
            refused("VALUE", said => said.Preset = (Preset)17);
            refused("NULL_ARGUMENT", said => said.RequiredModules.Add(null));
            refused("NULL_ARGUMENT", said => said.Machine = new Machine(null));
            refused("MACHINE", said => said.Machine.Parts["A board!"] = "B-1");

            var floating = options();
            floating.Floating = true;
            floating.Locale = "es";
            floating.RenewUrl = "https://s.example/{product}";
            using (var client = Open(scene, floating))
            {
                Expect.Misused("NULL_ARGUMENT", () => client.Activate(null));
                Expect.Same("NULL_ARGUMENT", client.LastError(), "the last error");
                Expect.Same("Falta algo que es necesario.", client.LastErrorMessage(), "its sentence");
                Expect.Misused("NULL_ARGUMENT", () => client.OnChange(null));
                Expect.Misused("NOT_ACTIVATED", () => client.DeactivateOffline());
                Expect.Misused("VALUE", () => client.TakeSeat(TimeSpan.FromSeconds(-1)));
                Expect.Misused("VALUE", () => client.BorrowSeat(TimeSpan.FromDays(365 * 200)));

                // What a call could not do is beside the state.
                var state = client.Activate("ACME-1");
                Expect.Same(Status.NotActivated, state.Status, "status");
                Expect.Same("NOT_ACTIVATED", state.ToString(), "its text");
                Expect.Same("NO_CONNECTION", state.Error, "error");
                Expect.That(state.ErrorDetail != null && !state.Valid, "no word about it");
                Expect.Same(Access.None, state.Access, "access");
                Expect.Same(0, state.Modules.Count, "modules");
                Expect.That(state.Seat == null && state.DaysLeft == null && state.ExpiresAt == null, "from nothing");
                Expect.Same("Il programma non è attivato. Inserire la chiave.", state.Message("it"), "in Italian");
                Expect.Same("The program is not activated. Enter your key.", state.Message(), "in English");
                Expect.Same(state.Message("en"), state.Message("fr"), "in French");
                Expect.Same(4, new[] { "en", "es", "it", "pt-BR" }.Select(state.Message).Distinct().Count(), "sentences");
                Expect.Same("NO_SEAT", client.KeepSeat().Error, "no seat to keep");
                Expect.That(client.OfflineActivate("nonsense").Error != null, "nonsense was taken");
                var request = client.OfflineRequest("ACME-1", "Caixa 2 – loja Centro");
                Expect.That(request.StartsWith("-----BEGIN ALVARA", StringComparison.Ordinal), request);
                Expect.Same("https://s.example/VECTORS", client.RenewUrl(), "where to renew");
                Expect.That(client.CheckUpdate() == null && client.LastReceipt() == null, "from nothing");
                Expect.That(!client.HasModule("M") && client.ModuleValue("M") == null, "a module");
            }
            Expect.That(Client.LibraryVersion.Contains("."), Client.LibraryVersion);
        }

        internal static void TextsThatAreNoneAreRefused(Scene scene)
        {
            using (var client = Open(scene, scene.On(scene.Machine(), Now)))
            {
                Expect.Misused("NOT_UTF8", () => client.Activate("half a character: \ud83d"));
                Expect.Misused("NOT_UTF8", () => client.Activate("ACME-1\0-2"));
            }
        }

        internal static void ThreadsAndTheCollectorDoNoHarm(Scene scene)
        {
            var options = scene.On(scene.Machine(), Now);
            var asked = 0;
            options.Clock = () =>
            {
                Interlocked.Increment(ref asked);
                return DateTimeOffset.FromUnixTimeSeconds(Now);
            };
            var client = Open(scene, options);
            options = null;
            client.Start();
            var faults = new List<Exception>();
            var threads = Enumerable.Range(0, 4).Select(unused => new Thread(() =>
            {
                try
                {
                    for (var turn = 0; turn < 100; turn++)
                    {
                        Expect.Same(Status.NotActivated, client.Check().Status, "status");
                        client.HasModule("M");
                        client.LastErrorMessage("it");
                        // What the library calls must survive this.
                        if (turn % 10 == 0) GC.Collect();
                    }
                }
                catch (Exception fault)
                {
                    lock (faults) faults.Add(fault);
                }
            })).ToList();
            foreach (var thread in threads) thread.Start();
            foreach (var thread in threads) thread.Join();
            client.Dispose();
            if (faults.Count > 0) throw new AggregateException(faults);
            Expect.That(asked >= 400, "the clock was asked " + asked + " times");
        }

        internal static void AfterDisposeNothingGoes(Scene scene)
        {
            var client = Open(scene, scene.On(scene.Machine(), Now));
            client.Close();
            Expect.Same(Status.NotActivated, client.State.Status, "closed, it is still asked");
            client.Dispose();
            client.Dispose();
            foreach (var call in new Action[] { () => client.Check(), client.Start, () => client.RenewUrl() })
            {
                try
                {
                    call();
                }
                catch (ObjectDisposedException)
                {
                    continue;
                }
                throw new InvalidOperationException("a client that was disposed answered");
            }
        }
    }
}
