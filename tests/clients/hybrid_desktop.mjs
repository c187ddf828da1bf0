// A desktop program that speaks dialect H, as one in the field would: it knows nothing of the
// platform but the dialect and the vendor's public key. It keeps what it was given in a file,
// starts without the network, and asks again when its computer key says so.
//
//   node hybrid_desktop.mjs activate --key XXXXX-…   --base URL --store FILE --machine ID --pem FILE
//   node hybrid_desktop.mjs start [--offline]        …   decide whether the program may run
//   node hybrid_desktop.mjs renew --key R-XXXXX-…    …
//   node hybrid_desktop.mjs update                   …
//
// --now takes the program's own clock (RFC 3339); tests move it. One JSON object goes to stdout.
import { createPublicKey, verify } from "node:crypto";
import { readFileSync, writeFileSync, existsSync, renameSync } from "node:fs";
import { request } from "node:http";
import { parseArgs } from "node:util";

const DAY = 86_400_000;
const { values: flag, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    base: { type: "string" }, store: { type: "string" }, machine: { type: "string" },
    pem: { type: "string" }, key: { type: "string" }, now: { type: "string" },
    host: { type: "string" }, language: { type: "string", default: "en" },
    offline: { type: "boolean", default: false },
  },
});
const now = flag.now ? Date.parse(flag.now) : Date.now();

/** Answers {status, body}; throws where the network does, as a real program's client would. */
async function call(method, path, body) {
  if (flag.offline) throw new Error("no network");
  const text = body ? JSON.stringify(body) : "";
  const headers = { "accept-language": flag.language };
  if (flag.host) headers.host = flag.host;
  if (body) Object.assign(headers, { "content-type": "application/json", "content-length": Buffer.byteLength(text) });
  return new Promise((resolve, reject) => {
    const sent = request(flag.base + path, { method, headers, timeout: 10_000 }, (answer) => {
      const chunks = [];
      answer.on("data", (chunk) => chunks.push(chunk));
      answer.on("end", () => resolve({ status: answer.statusCode, body: JSON.parse(Buffer.concat(chunks)) }));
    });
    sent.on("error", reject).on("timeout", () => sent.destroy(new Error("no answer"))).end(text);
  });
}

function load() {
  return existsSync(flag.store) ? JSON.parse(readFileSync(flag.store, "utf8")) : null;
}

/** Written beside and moved over, so that a power cut leaves the old file or the new one. */
function save(state) {
  writeFileSync(flag.store + ".new", JSON.stringify(state));
  renameSync(flag.store + ".new", flag.store);
}

/** The claims of a computer key, or null where the signature is not the vendor's. */
function claimsOf(computerKey) {
  const parts = computerKey.split(".");
  if (parts.length !== 3) return null;
  const header = JSON.parse(Buffer.from(parts[0], "base64url"));
  if (header.alg !== "RS256" || header.typ !== "alvara-computer-key+jwt") return null;
  const vendor = createPublicKey(readFileSync(flag.pem));
  const signed = Buffer.from(parts[0] + "." + parts[1]);
  if (!verify("sha256", signed, vendor, Buffer.from(parts[2], "base64url"))) return null;
  return JSON.parse(Buffer.from(parts[1], "base64url"));
}

/** Takes a newer computer key; a lower sequence number would be an old one played back. */
function accept(state, computerKey) {
  const fresh = claimsOf(computerKey);
  if (!fresh) throw new Error("the computer key's signature does not verify");
  const held = state.computerKey ? claimsOf(state.computerKey) : null;
  if (held && held.sub === fresh.sub && fresh.seq < held.seq) throw new Error("the computer key is older than the one held");
  return { ...state, computerKey, lastContact: now };
}

async function activate() {
  const { status, body } = await call("POST", "/license/activate", { machineId: flag.machine, licenseKey: flag.key });
  if (status !== 200) return { status: "refused", http: status, code: body.code, message: body.error };
  save(accept(load() ?? {}, body.computerKey));
  return { status: "activated", http: status, license: body.license, message: body.message };
}

async function start() {
  let state = load();
  if (!state?.computerKey) return { status: "stopped", reason: "NOT_ACTIVATED" };
  const claims = claimsOf(state.computerKey);
  if (!claims) return { status: "stopped", reason: "FORGED" };
  if (now + 5 * 60_000 < state.lastContact) return { status: "stopped", reason: "CLOCK_ROLLBACK" };

  const since = now - state.lastContact;
  if (since < claims.rv * 1000 && !(claims.exp && now >= claims.exp * 1000)) {
    return { status: "running", mode: "offline", modules: claims.mod };
  }
  let answer;
  try {
    answer = (await call("POST", "/check-license", { machineId: flag.machine })).body;
  } catch {
    if (claims.exp && now >= claims.exp * 1000) return { status: "stopped", reason: "LICENSE_EXPIRED", mode: "offline" };
    const left = (claims.rv + claims.gr) * 1000 - since;
    if (left <= 0) return { status: "stopped", reason: "CHECK_OVERDUE", mode: "offline" };
    return { status: "running", mode: "grace", graceDaysLeft: Math.ceil(left / DAY) };
  }
  if (!answer.valid) return { status: "stopped", reason: answer.reason, mode: "online", message: answer.message, expiresAt: answer.expiresAt };
  state = accept(state, answer.computerKey);
  save(state);
  return { status: "running", mode: "online", daysRemaining: answer.daysRemaining, expires: answer.expires, seq: claimsOf(answer.computerKey).seq };
}

async function renew() {
  const { status, body } = await call("POST", "/license/renew", { machineId: flag.machine, licenseKey: flag.key });
  return status === 200
    ? { status: "renewed", http: status, expiresAt: body.expiresAt, message: body.message }
    : { status: "refused", http: status, code: body.code, message: body.error };
}

async function update() {
  const { status, body } = await call("GET", "/update");
  return { status: status === 200 ? "found" : "none", http: status, ...body };
}

const verbs = { activate, start, renew, update };
const verb = verbs[positionals[0]];
if (!verb) {
  console.error(`unknown verb ${positionals[0]}; one of ${Object.keys(verbs).join(", ")}`);
  process.exit(2);
}
console.log(JSON.stringify(await verb()));
