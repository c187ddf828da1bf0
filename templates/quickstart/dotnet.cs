using System;
using Alvara;

internal static class Quickstart
{
    private const string Keys = @"KEY-SET";

    private static int Main()
    {
        using (var license = Client.Init("PRODUCT-CODE", Keys, "https://licenses.example.com", new Options()))
        {
            var state = license.Check();
            if (!state.Valid) state = license.Activate(Console.ReadLine());
            Console.WriteLine(state.Message("en"));
            if (state.Valid) license.Start();
            return state.Valid ? 0 : 1;
        }
    }
}
