// The licensing part of the Electron example, as its main process runs it: the shipped file, the library, and a
// store on disk. R-SDK-01
import assert from "node:assert/strict";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { createContext, runInContext } from "node:vm";
import * as offline from "../src/offline.js";
import { NOW, Platform, VECTORS } from "./scene.js";

const DAY = 86_400;
const EXAMPLE = fileURLToPath(new URL("../examples/electron", import.meta.url));

/** The example as it lies after `npm install`: the library is a link among its modules. */
async function installed(context) {
  const folder = mkdtempSync(join(tmpdir(), "alvara-electron-"));
  context.after(() => rmSync(folder, { recursive: true }));
  for (const name of ["package.json", "licensing.js"]) copyFileSync(join(EXAMPLE, name), join(folder, name));
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(fileURLToPath(new URL("..", import.meta.url)), join(folder, "node_modules", "alvara-sdk"), "junction");
  return { folder, ...(await import(pathToFileURL(join(folder, "licensing.js")).href)) };
}

/** The program on a desk: `begin` starts it, and what the person chose in a dialogue is in `chosen`. */
async function program(context) {
  const { folder, Licensing } = await installed(context);
  const [platform, here, chosen, outside, told] = [new Platform(), { now: NOW }, [], [], []];
  const desk = {
    openOutside: async (url) => { outside.push(url); },
    saveAs: async (name) => (chosen.push(name), chosen.file ?? null),
    choose: async () => chosen.file ?? null,
  };
  const begin = (more = {}) => {
    const licensing = new Licensing({
      product: "VECTORS", publicKey: VECTORS.jwks, apiUrl: "https://acme.example", transport: platform.transport, locale: "pt-BR",
      renewUrl: "https://lumen.example/renew?license={license}", machine: { secret: "m" },
      path: join(folder, "license"), watermark: join(folder, "elsewhere", "seen"), clock: () => here.now, ...more,
    }, desk);
    context.after(() => licensing.close());
    return { licensing, first: licensing.open((view) => told.push(view)) };
  };
  return { folder, platform, here, chosen, outside, told, begin };
}

/** Until something holds that the loop brings about by itself. */
async function until(holds) {
  while (!holds()) await new Promise((resolve) => { setImmediate(resolve); });
}

test("a program begins with what the machine holds, whether anybody is there or not", { timeout: 30_000 }, async (context) => {
  const { platform, here, told, begin } = await program(context);
  const { licensing, first } = begin();
  assert.deepEqual([first.status, first.valid, first.canRenew, platform.calls], ["NOT_ACTIVATED", false, false, 0]);
  assert.equal(first.message, "O programa não está ativado. Digite a sua chave.");

  const active = await licensing.activate("  KEY ");
  assert.deepEqual([active.status, active.valid, active.trouble, active.canRenew], ["OK", true, null, true]);
  assert.deepEqual(told.map((view) => view.status), ["OK"], "the window is told");
  await licensing.close();

  platform.isThere = false;
  const after = platform.calls;
  const again = begin();
  assert.deepEqual([again.first.status, again.first.valid], ["OK", true]);
  assert.equal(platform.calls, after, "nothing is due: nobody is called");
  await again.licensing.close();

  // A week later a check is due: it is tried once, in the background, and the program goes on meanwhile.
  here.now = NOW + 7 * DAY;
  const later = begin();
  assert.equal(later.first.valid, true);
  await until(() => platform.calls > after);
  for (let turn = 0; turn < 5; turn += 1) assert.equal(later.licensing.view().valid, true);
  assert.equal(platform.calls, after + 1, "and not again at once");
});

test("the hybrid preset lets a program run for as long as its terms say", { timeout: 30_000 }, async (context) => {
  const { platform, here, told, begin } = await program(context);
  const { licensing } = begin();
  await licensing.activate("KEY");
  platform.isThere = false;
  here.now = NOW + 7 * DAY + 1;
  const grace = licensing.view();
  assert.deepEqual([grace.status, grace.valid, grace.graceEndsAt], ["GRACE", true, NOW + 37 * DAY]);
  here.now = NOW + 37 * DAY + 1;
  assert.deepEqual([licensing.view().status, licensing.view().valid], ["CHECK_OVERDUE", false]);
  assert.deepEqual(told.map((view) => view.status), ["OK", "GRACE", "CHECK_OVERDUE"]);
});

test("what a call could not do is beside how the license stands", { timeout: 30_000 }, async (context) => {
  const { platform, begin } = await program(context);
  const { licensing } = begin();
  platform.isThere = false;
  const alone = await licensing.activate("KEY");
  assert.deepEqual([alone.status, alone.trouble.code], ["NOT_ACTIVATED", "NO_CONNECTION"]);
  assert.equal(licensing.view().trouble, null, "the next look says nothing of it");
  for (const nonsense of [undefined, { key: "KEY" }, "K".repeat(201)]) {
    await assert.rejects(licensing.activate(nonsense), TypeError);
    await assert.rejects(licensing.saveRequest(nonsense), TypeError);
  }
});

test("a license is renewed in the browser outside, and nothing but a page is opened", { timeout: 30_000 }, async (context) => {
  const { outside, begin } = await program(context);
  const { licensing } = begin();
  await licensing.activate("KEY");
  assert.equal((await licensing.renew()).status, "OK");
  assert.deepEqual(outside, [`https://lumen.example/renew?license=${VECTORS.license}`]);
  await licensing.close();
  for (const renewUrl of ["file:///etc/passwd", "javascript:alert(1)", "http://lumen.example/", undefined]) await begin({ renewUrl }).licensing.renew();
  assert.equal(outside.length, 1);
});

test("a computer without network is licensed by two files", { timeout: 30_000 }, async (context) => {
  const { folder, platform, chosen, begin } = await program(context);
  const { licensing } = begin();
  assert.equal((await licensing.saveRequest("KEY")).trouble, null, "a dialogue that was closed is no trouble");
  assert.deepEqual(readdirSync(folder).sort(), ["licensing.js", "node_modules", "package.json"]);

  chosen.file = join(folder, "request.txt");
  assert.equal((await licensing.saveRequest("KEY")).trouble, null);
  assert.equal(chosen.at(-1), "VECTORS-request.txt");
  if (process.platform !== "win32") assert.equal(statSync(chosen.file).mode & 0o077, 0, "the key in it is nobody else's");
  const request = readFileSync(chosen.file, "utf8");
  platform.isThere = false;

  chosen.file = join(folder, "answer.txt");
  assert.equal((await licensing.takeAnswer()).trouble.code, "FILE", "there is none");
  writeFileSync(chosen.file, "x".repeat(2 * 1024 * 1024));
  assert.equal((await licensing.takeAnswer()).trouble.code, "FILE", "it is too long");
  writeFileSync(chosen.file, request);
  assert.equal((await licensing.takeAnswer()).trouble.code, "NOT_ACTIVATED", "the request is no answer");

  platform.fingerprint = JSON.parse(offline.read(request).body.toString()).machine.fingerprint;
  writeFileSync(chosen.file, platform.response(request));
  const licensed = await licensing.takeAnswer();
  assert.deepEqual([licensed.status, licensed.trouble], ["OK", null]);
  assert.equal((await licensing.takeAnswer()).trouble.code, "NOT_MY_REQUEST", "once only");
  assert.equal(platform.calls, 0);

  chosen.file = join(folder, "no", "such", "folder", "request.txt");
  assert.equal((await licensing.saveRequest("KEY")).trouble.code, "FILE");
});

test("the proxy is the first of Chromium's that the library can speak to", async (context) => {
  const { proxyOf } = await installed(context);
  for (const [said, expected] of [
    ["DIRECT", null], ["PROXY proxy.example:3128", "http://proxy.example:3128"], ["PROXY a:1; PROXY b:2; DIRECT", "http://a:1"],
    ["SOCKS5 s:1080; PROXY b:2", "http://b:2"], ["SOCKS5 s:1080", null], ["DIRECT; PROXY b:2", null], ["", null],
  ]) assert.equal(proxyOf(said), expected, said);
});

test("the window has its words in four languages, and may load nothing from elsewhere", () => {
  const read = (name) => readFileSync(join(EXAMPLE, name), "utf8");
  const page = read("window/index.html");
  assert.match(page, /Content-Security-Policy" content="default-src 'none'; script-src 'self'; style-src 'self';/);
  assert.doesNotMatch(page, /https?:|<script>| on\w+=| style=/);
  const world = createContext({});
  runInContext(read("window/texts.js"), world);
  const wanted = [...page.matchAll(/data-text="(\w+)"/g)].map(([, name]) => name).concat("NO_CONNECTION", "NOT_ACTIVATED", "TEXT_NOT_BELIEVED", "OLDER_THAN_HELD", "NOT_MY_REQUEST", "FILE");
  const languages = ["en-GB", "es", "it-IT", "pt-BR"].map((locale) => runInContext(`textsOf(${JSON.stringify(locale)})`, world));
  for (const texts of languages) for (const name of wanted) assert.ok(texts[name], `${texts.name} ${name}`);
  assert.equal(new Set(languages.map((texts) => texts.activate + texts.offlineHow)).size, languages.length);
  assert.equal(runInContext('textsOf("pt").name', world), "pt-BR");
  assert.equal(runInContext('textsOf("fr").name', world), "en");
});

test("a window reaches no further than the calls it is given", () => {
  const read = (name) => readFileSync(join(EXAMPLE, name), "utf8");
  const [main, preload] = [read("main.js"), read("preload.cjs")];
  const asked = [...preload.matchAll(/invoke\("([\w:-]+)"/g)].map(([, channel]) => channel).sort();
  const answered = [...main.matchAll(/^ {2}answer\("([\w:-]+)"/gm)].map(([, channel]) => channel).sort();
  assert.deepEqual(asked, answered);
  for (const setting of ["contextIsolation: true", "sandbox: true", "nodeIntegration: false"]) assert.ok(main.includes(setting), setting);
  assert.doesNotMatch(read("licensing.js"), /electron"/, "the license is asked without Electron");
  const { devDependencies } = JSON.parse(read("package.json"));
  assert.match(devDependencies.electron, /^\d+\.\d+\.\d+$/, "one version, and no other");
});
