// The way through a proxy: a tunnel, and TLS inside of it that the proxy cannot read. R-SDK-01
import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { transportBy } from "../src/transport.js";

const listening = (server) => new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server.address().port)));

test("a platform is reached through the proxy of the environment", async (context) => {
  const folder = mkdtempSync(join(tmpdir(), "alvara-"));
  context.after(() => rmSync(folder, { recursive: true }));
  const [key, certificate] = ["key.pem", "certificate.pem"].map((name) => join(folder, name));
  execFileSync("openssl", [
    "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-out", certificate,
    "-days", "2", "-subj", "/CN=licenses.test", "-addext", "subjectAltName=DNS:licenses.test",
  ], { stdio: "ignore" });

  const platform = createTlsServer({ key: readFileSync(key), cert: readFileSync(certificate) }, (asked, answer) => {
    answer.end(JSON.stringify({ code: "SEEN", host: asked.headers.host }));
  });
  const port = await listening(platform);
  const asked = [];
  const proxy = createServer().on("connect", (request, socket) => {
    asked.push([request.url, request.headers["proxy-authorization"]]);
    const through = connect(port, "127.0.0.1", () => {
      socket.write("HTTP/1.1 200 OK\r\n\r\n");
      socket.pipe(through).pipe(socket);
    });
    for (const side of [socket, through]) side.on("error", () => undefined);
  });
  const proxyPort = await listening(proxy);
  context.after(() => [platform, proxy].forEach((server) => server.close()));

  // The name is known to nobody but the proxy. Authorities are read when a process starts, hence another.
  const program = `
    import { transportBy } from ${JSON.stringify(new URL("../src/transport.js", import.meta.url).href)};
    const answer = await transportBy()("GET", "https://licenses.test/x", {}, null);
    console.log(answer.status, answer.body.toString());`;
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", program], {
    env: { ...process.env, NODE_EXTRA_CA_CERTS: certificate, https_proxy: `http://ana:p%40ss@127.0.0.1:${proxyPort}`, no_proxy: "" },
  });
  assert.equal(stdout.trim(), '200 {"code":"SEEN","host":"licenses.test"}');
  assert.deepEqual(asked, [["licenses.test:443", `Basic ${Buffer.from("ana:p@ss").toString("base64")}`]]);
});

// R-SDK-01
test("who opens a tunnel or takes a call and then says nothing is given up", async (context) => {
  const open = new Set();
  const quiet = createServer().on("connect", (_, socket) => {
    open.add(socket.on("error", () => undefined));
    socket.write("HTTP/1.1 200\r\n\r\n");
  }).on("connection", (socket) => open.add(socket));
  const port = await listening(quiet);
  const dripping = createServer((_, answer) => {
    answer.writeHead(200);
    const drip = setInterval(() => answer.write(" "), 20);
    answer.on("close", () => clearInterval(drip));
  });
  const local = await listening(dripping);
  context.after(() => {
    for (const socket of open) socket.destroy();
    dripping.closeAllConnections();
    for (const server of [quiet, dripping]) server.close();
  });
  const waits = { phase: 300, total: 900 };
  const begun = performance.now();
  const through = transportBy(() => `http://127.0.0.1:${port}`, waits)("GET", "https://licenses.test/x", {}, null);
  await assert.rejects(through, { message: "nobody answers through the proxy" });
  await assert.rejects(transportBy(() => null, waits)("GET", `http://127.0.0.1:${local}/x`, {}, null), { message: "no answer in time" });
  await assert.rejects(transportBy(() => new Promise(() => undefined), waits)("GET", "https://licenses.test/x", {}, null), { message: "nobody says which proxy" });
  assert.ok(performance.now() - begun < 5000);
});
