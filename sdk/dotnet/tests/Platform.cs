using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.IO;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Threading;

namespace Alvara.Tests
{
    /// <summary>A platform of a few lines: it activates the machine of the vectors, finds no room for the
    /// key FULL, and is out of order for all else.</summary>
    internal sealed class Platform : IDisposable
    {
        private readonly TcpListener _listener = new TcpListener(IPAddress.Loopback, 0);
        private readonly string _activated;
        private volatile bool _isOver;

        internal Platform(Scene scene)
        {
            _activated = new Json(new Dictionary<string, object>
            {
                {
                    "machine", new Dictionary<string, object>
                    {
                        { "id", scene.Vectors["machine"].Text }, { "token", "amt_x" }
                    }
                },
                { "computer_key", scene.Token("key") }, { "lease", scene.Token("lease") }
            }).ToString();
            _listener.Start();
            Base = "http://" + _listener.LocalEndpoint;
            new Thread(Serve) { IsBackground = true }.Start();
        }

        internal string Base { get; }

        /// <summary>What was asked: the first line, and the body.</summary>
        internal BlockingCollection<KeyValuePair<string, Json>> Asked { get; } =
            new BlockingCollection<KeyValuePair<string, Json>>();

        public void Dispose()
        {
            _isOver = true;
            _listener.Stop();
        }

        private void Serve()
        {
            try
            {
                while (true)
                {
                    using (var one = _listener.AcceptTcpClient())
                    {
                        try
                        {
                            Answer(one.GetStream());
                        }
                        catch (IOException)
                        {
                            // Whoever asked is gone.
                        }
                    }
                }
            }
            catch (SocketException) when (_isOver)
            {
                // The test has ended.
            }
            catch (InvalidOperationException) when (_isOver)
            {
                // The same, between two calls.
            }
        }

        private void Answer(Stream stream)
        {
            var first = Line(stream);
            var length = 0;
            for (var header = Line(stream); header.Length > 0; header = Line(stream))
            {
                const string Name = "Content-Length: ";
                if (header.StartsWith(Name, StringComparison.OrdinalIgnoreCase))
                {
                    length = int.Parse(header.Substring(Name.Length));
                }
            }
            var bytes = new byte[length];
            for (var at = 0; at < length; at += stream.Read(bytes, at, length - at)) { }
            var body = length == 0 ? new Json(null) : Json.Parse(Encoding.UTF8.GetString(bytes));
            var status = "503 Service Unavailable";
            var told = "{}";
            if (first.Contains("/activations "))
            {
                var isFull = body["key"].Text == "FULL";
                status = isFull ? "409 Conflict" : "201 Created";
                told = isFull
                    ? "{\"code\":\"MACHINE_LIMIT\",\"detail\":\"Todos os lugares estão ocupados.\"}"
                    : _activated;
            }
            var text = Encoding.UTF8.GetBytes(told);
            var head = "HTTP/1.1 " + status + "\r\nContent-Length: " + text.Length + "\r\n\r\n";
            Asked.Add(new KeyValuePair<string, Json>(first, body));
            stream.Write(Encoding.ASCII.GetBytes(head), 0, head.Length);
            stream.Write(text, 0, text.Length);
        }

        private static string Line(Stream stream)
        {
            var said = new StringBuilder();
            for (var octet = stream.ReadByte(); octet >= 0 && octet != '\n'; octet = stream.ReadByte())
            {
                if (octet != '\r') said.Append((char)octet);
            }
            return said.ToString();
        }
    }
}
