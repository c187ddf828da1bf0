using System;
using System.Collections.Generic;

namespace Alvara.Tests
{
    /// <summary>Runs every test: <c>alvara-tests.exe PATH/vectors.json</c>. Ends with 0 where all
    /// held.</summary>
    internal static class Program
    {
        private static readonly List<Action<Scene>> Tests = new List<Action<Scene>>
        {
            Vectors.IdentityIsThatOfTheVectors,
            Vectors.TheSealOfTheTestsIsThatOfTheVectors,
            Vectors.StatesAreThoseOfTheVectors,
            Vectors.VerdictsAreThoseOfTheVectors,
            Vectors.TokensThatNobodySignedAreNotBelieved,
            Vectors.StoresOpenAsTheVectorsSay,
            Misuse.MisuseHasACodeAndStatesHaveNone,
            Misuse.TextsThatAreNoneAreRefused,
            Misuse.ThreadsAndTheCollectorDoNoHarm,
            Misuse.AfterDisposeNothingGoes,
            Listening.AnActivatedMachineIsTheOneOfTheVectors,
            Listening.ListenersClocksAndMetricsAreCalled,
            Listening.AListenerMayFailDisposeAndNotCall,
            Listening.AClientThatWasStartedIsKeptWhoeverForgetsIt
        };

        private static int Main(string[] arguments)
        {
            var failed = 0;
            foreach (var test in Tests)
            {
                var name = test.Method.DeclaringType.Name + "." + test.Method.Name;
                try
                {
                    using (var scene = new Scene(arguments[0])) test(scene);
                    Console.WriteLine("held    " + name);
                }
                catch (Exception error)
                {
                    failed++;
                    Console.WriteLine("FAILED  " + name + ": " + error);
                }
            }
            Console.WriteLine("{0} held, {1} failed", Tests.Count - failed, failed);
            return failed == 0 ? 0 : 1;
        }
    }

    /// <summary>What a test insists on.</summary>
    internal static class Expect
    {
        internal static void That(bool holds, string what)
        {
            if (!holds) throw new InvalidOperationException(what);
        }

        internal static void Same<T>(T expected, T found, string what)
        {
            That(
                EqualityComparer<T>.Default.Equals(expected, found),
                what + ": " + expected + " was expected, and it is " + found);
        }

        internal static void Misused(string code, Action call)
        {
            try
            {
                call();
            }
            catch (AlvaraException misuse)
            {
                Same(code, misuse.Code, misuse.Message);
                That(misuse.Message.Length > 0, code + " without a sentence");
                return;
            }
            throw new InvalidOperationException(code + " was expected, and it went well");
        }
    }
}
