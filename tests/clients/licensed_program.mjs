// A program that is licensed, driven by the suite: one call of the library for each verb, one JSON object
// on standard output for each.
//
//   node licensed_program.mjs VERB --base URL --product CODE --pem FILE --dir FOLDER [--key KEY] [--now SECONDS] …
//
// `--now` is the program's own clock, which tests move. `seat` takes a floating seat and holds it until its
// standard input ends; then it leaves as any program does.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { ALWAYS_ONLINE, HYBRID, init } from "../../sdk/javascript/src/index.js";
import { identityOf } from "../../sdk/javascript/src/fingerprint.js";
import { Seal, Store } from "../../sdk/javascript/src/store.js";

const words = ["base", "product", "pem", "dir", "key", "machine", "file", "member", "version", "user", "preset", "now", "seconds", "times"];
const { values: asked, positionals: [verb] } = parseArgs({
  allowPositionals: true,
  options: {
    ...Object.fromEntries(words.map((word) => [word, { type: "string" }])),
    part: { type: "string", multiple: true, default: [] }, floating: { type: "boolean", default: false },
  },
});
const machine = {
  secret: asked.machine ?? "desk-1",
  parts: Object.fromEntries(asked.part.map((part) => [part.slice(0, part.indexOf("=")), part.slice(part.indexOf("=") + 1)])),
};
const path = join(asked.dir, "license");
const watermark = join(asked.dir, "elsewhere", "seen");
const client = init({
  product: asked.product, publicKey: readFileSync(asked.pem, "utf8"), apiUrl: asked.base, version: asked.version ?? null,
  user: asked.user ?? null, preset: asked.preset === "always-online" ? ALWAYS_ONLINE : HYBRID, floating: asked.floating,
  path, watermark, machine, clock: asked.now === undefined ? undefined : () => Number(asked.now),
  renewUrl: "https://shop.example/renew?license={license}",
});
// The store as somebody opens it who controls the machine and knows this library.
const opened = () => {
  const { fingerprint } = identityOf(machine, asked.product);
  return new Store(path, watermark, new Seal(machine.secret, asked.product, fingerprint));
};

const shown = (state) => ({
  status: state.status, code: state.code, valid: state.valid, access: state.access, days_left: state.daysLeft,
  grace_ends_at: state.graceEndsAt, next_check_at: state.nextCheckAt, license: state.license, machine: state.machine,
  expires_at: state.expiresAt, error: state.error, retry_at: state.retryAt, modules: state.modules,
  seat: state.seat && { id: state.seat.id, until: state.seat.until, borrowed_until: state.seat.borrowedUntil },
  message: state.message("pt-BR"),
});
const say = (said) => console.log(JSON.stringify(said));
const untilInputEnds = () => new Promise((resolve) => process.stdin.on("end", resolve).resume());

const verbs = {
  activate: async () => say(shown(await client.activate(asked.key, { name: "Desk" }))),
  check: () => {
    // More than once where somebody measures what one costs.
    for (let turn = 1; turn < Number(asked.times ?? 1); turn += 1) void client.state;
    say(shown(client.state));
  },
  contact: async () => say(shown(await client.validateOnline())),
  deactivate: async () => say(shown(await client.deactivate())),
  "offline-request": () => say({ text: client.offlineRequest(asked.key) }),
  "offline-activate": () => say(shown(client.offlineActivate(readFileSync(asked.file, "utf8")))),
  "offline-deactivate": () => say({ text: client.deactivateOffline() }),
  update: async () => {
    const found = await client.checkUpdate();
    say({ update: found && { version: found.version, url: found.url } });
  },
  ask: () => say({
    has: client.hasModule(asked.member), value: client.moduleValue(asked.member), days_left: client.daysLeft(),
    renew_url: client.renewUrl(),
  }),
  seat: async () => {
    say(shown(await client.takeSeat({ borrowFor: asked.seconds === undefined ? undefined : Number(asked.seconds) })));
    await untilInputEnds();
  },
  // Runs as a program does: each change of the state is a line, until standard input ends.
  loop: async () => {
    client.onChange((state) => say(shown(state)));
    say(shown(client.check()));
    client.start();
    await untilInputEnds();
  },
  // Puts another text in place of a signed one. The seal does not keep them out; the signature does.
  plant: () => {
    opened().update((kept) => ({ ...kept, [asked.member]: readFileSync(asked.file, "utf8").trim() }));
    say(shown(client.state));
  },
  show: () => {
    const { computer_key, lease, machine_id, token, seq } = opened().load();
    say({ computer_key, lease, machine_id, token, seq });
  },
};
if (!verbs[verb]) throw new Error(`unknown verb ${verb}; one of ${Object.keys(verbs).join(", ")}`);
await verbs[verb]();
