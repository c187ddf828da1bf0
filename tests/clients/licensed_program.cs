// A program that is licensed, driven by the suite: one call of the library for each verb, one JSON
// object on standard output for each. Its sibling in Python says what it is asked. It disposes nothing:
// what it holds goes back at its end, as with any program that forgot.
using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using Alvara;

internal static class LicensedProgram
{
    // What came after the verb: `--name value`, or a name alone.
    private static readonly List<KeyValuePair<string, string>> Asked = new List<KeyValuePair<string, string>>();

    private static readonly TextWriter Out =
        TextWriter.Synchronized(new StreamWriter(Console.OpenStandardOutput(), new UTF8Encoding(false)));

    private static IEnumerable<string> All(string name)
    {
        return Asked.Where(asked => asked.Key == name).Select(asked => asked.Value);
    }

    private static string Find(string name)
    {
        return All(name).FirstOrDefault();
    }

    private static string Needed(string name)
    {
        var found = Find(name);
        if (found == null) throw new ArgumentException("--" + name + " is missing");
        return found;
    }

    private static DateTimeOffset Instant(string seconds)
    {
        return DateTimeOffset.FromUnixTimeSeconds(long.Parse(seconds, CultureInfo.InvariantCulture));
    }

    private static string Json(object value)
    {
        if (value == null) return "null";
        if (value is bool) return (bool)value ? "true" : "false";
        if (value is DateTimeOffset) return Json(((DateTimeOffset)value).ToUnixTimeSeconds());
        var text = value as string;
        if (text == null) return Convert.ToString(value, CultureInfo.InvariantCulture);
        var said = new StringBuilder("\"");
        foreach (var character in text)
        {
            if (character < 0x20 || character == '"' || character == '\\')
            {
                said.Append("\\u").Append(((int)character).ToString("x4", CultureInfo.InvariantCulture));
            }
            else
            {
                said.Append(character);
            }
        }
        return said.Append('"').ToString();
    }

    // Names and values by turns; what is JSON already comes as an Already.
    private static string Json(params object[] members)
    {
        var pairs = new List<string>();
        for (var at = 0; at < members.Length; at += 2)
        {
            var value = members[at + 1] as Already;
            pairs.Add(Json(members[at]) + ":" + (value != null ? value.Text : Json(members[at + 1])));
        }
        return "{" + string.Join(",", pairs) + "}";
    }

    private sealed class Already
    {
        internal string Text;
    }

    private static void Say(string line)
    {
        Out.WriteLine(line);
        Out.Flush();
    }

    private static void Show(State state)
    {
        var access = state.Access == Access.Full ? "full" : state.Access == Access.ReadOnly ? "read_only" : "none";
        var modules = state.Modules.SelectMany(module => new object[] { module.Key, module.Value }).ToArray();
        var seat = state.Seat == null
            ? "null"
            : Json("id", state.Seat.Id, "until", state.Seat.Until, "borrowed_until", state.Seat.BorrowedUntil);
        Say(Json(
            "status", state.StatusText, "code", state.Code, "valid", state.Valid, "access", access,
            "days_left", state.DaysLeft, "grace_ends_at", state.GraceEndsAt,
            "next_check_at", state.NextCheckAt, "expires_at", state.ExpiresAt, "retry_at", state.RetryAt,
            "license", state.License, "machine", state.Machine, "error", state.Error,
            "message", state.Message("pt-BR"),
            "modules", new Already { Text = Json(modules) }, "seat", new Already { Text = seat }));
    }

    private static void Text(string text)
    {
        Say(Json("text", text));
    }

    private static void UntilInputEnds()
    {
        Console.In.ReadToEnd();
    }

    private static Options Said()
    {
        var folder = Needed("dir");
        var machine = new Machine(Find("machine") ?? "desk-1");
        foreach (var part in All("part"))
        {
            var equals = part.IndexOf('=');
            machine.Parts[part.Substring(0, equals)] = part.Substring(equals + 1);
        }
        var options = new Options
        {
            Version = Find("version"),
            User = Find("user"),
            Site = Find("site"),
            Preset = Find("preset") == "always-online" ? Preset.AlwaysOnline : Preset.Hybrid,
            Floating = Find("floating") != null,
            Path = folder + "/license",
            Watermark = folder + "/elsewhere/seen",
            Machine = machine,
            RenewUrl = "https://shop.example/renew?license={license}"
        };
        if (Find("released-at") != null) options.ReleasedAt = Instant(Find("released-at"));
        foreach (var module in All("module")) options.RequiredModules.Add(module);
        if (Find("now") != null)
        {
            var now = Instant(Find("now"));
            options.Clock = () => now;
        }
        return options;
    }

    private static void Run(string verb)
    {
        var client = Client.Init(Needed("product"), File.ReadAllText(Needed("pem")), Needed("base"), Said());
        switch (verb)
        {
            case "activate":
                Show(client.Activate(Needed("key"), "Desk"));
                break;
            case "check":
                // More than once where somebody measures what one costs.
                for (var turn = long.Parse(Find("times") ?? "1", CultureInfo.InvariantCulture); turn > 1; turn--)
                {
                    GC.KeepAlive(client.State);
                }
                Show(client.State);
                break;
            case "contact":
                Show(client.ValidateOnline());
                break;
            case "deactivate":
                Show(client.Deactivate());
                break;
            case "offline-request":
                Text(client.OfflineRequest(Needed("key")));
                break;
            case "offline-activate":
                Show(client.OfflineActivate(File.ReadAllText(Needed("file"))));
                break;
            case "offline-deactivate":
                Text(client.DeactivateOffline());
                break;
            case "update":
                var found = client.CheckUpdate();
                var update = found == null ? "null" : Json("version", found.Version, "url", found.Url);
                Say(Json("update", new Already { Text = update }));
                break;
            case "ask":
                var member = Needed("member");
                Say(Json(
                    "has", client.HasModule(member), "value", client.ModuleValue(member),
                    "days_left", client.DaysLeft(), "renew_url", client.RenewUrl()));
                break;
            case "seat":
                var seconds = Find("seconds");
                Show(seconds == null
                    ? client.TakeSeat()
                    : client.TakeSeat(TimeSpan.FromSeconds(long.Parse(seconds, CultureInfo.InvariantCulture))));
                UntilInputEnds();
                break;
            case "loop":
                // Runs as a program does: each change of the state is a line, until standard input ends.
                client.OnChange(Show);
                Show(client.Check());
                client.Start();
                UntilInputEnds();
                break;
            default:
                throw new ArgumentException("unknown verb " + verb);
        }
    }

    private static int Main(string[] arguments)
    {
        for (var at = 1; at < arguments.Length; at++)
        {
            var name = arguments[at].Substring(2);
            var alone = name == "floating";
            Asked.Add(new KeyValuePair<string, string>(name, alone ? "" : arguments[++at]));
        }
        try
        {
            Run(arguments.FirstOrDefault() ?? "");
            return 0;
        }
        catch (Exception error)
        {
            Console.Error.WriteLine(error);
            return 1;
        }
    }
}
