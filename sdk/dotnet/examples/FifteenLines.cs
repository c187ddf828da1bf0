// A licensed program: what docs/sdk.md shows in Python. It reads the key set of the product and the
// activation key from files beside it, and takes the platform's address.
//
//     FifteenLines.exe https://licenses.example.com
using System;
using System.IO;
using Alvara;

internal static class FifteenLines
{
    private static int Main(string[] arguments)
    {
        var options = new Options { Version = "2.0", RenewUrl = "https://lumen.example/renew?license={license}" };
        using (var license = Client.Init("writer", File.ReadAllText("writer.jwks.json"), arguments[0], options))
        {
            var state = license.Check();
            if (!state.Valid) state = license.Activate(File.ReadAllText("key.txt"));
            Console.WriteLine(state.Valid ? state.Message("pt-BR") : state.ErrorDetail ?? state.Message("pt-BR"));
            if (!state.Valid) return 1;
            license.OnChange(now => Console.WriteLine(now.Message("pt-BR")));
            license.Start();
            if (license.HasModule("TILLS")) Console.WriteLine(license.ModuleValue("TILLS") + " cash desks");
            return 0;
        }
    }
}
