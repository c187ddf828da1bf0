// By what a machine is known: a few of its parts, hashed under the product and never raw.
import { execFileSync } from "node:child_process";
import { createHash, createHmac, randomBytes } from "node:crypto";
import { existsSync, linkSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

// What makers write into a part that has no number of its own.
const NOTHING = new Set([
  "", "none", "default string", "to be filled by o.e.m.", "system serial number", "not specified",
  "not applicable", "unknown", "00:00:00:00:00:00", "uninitialized",
]);

/** A value as it is hashed: blanks trimmed and joined, ASCII letters lower case. */
export function plain(value) {
  return value.replace(/[ \t\r\n\f\v]+/g, " ").replace(/^ | $/g, "").replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

/** A part of the machine as the platform gets to see it: an HMAC under the product's code, so that two
 * products cannot compare notes. */
export function hashed(product, name, value) {
  const key = createHash("sha256").update(`alvara-fingerprint/1\n${product}`).digest();
  return createHmac("sha256", key).update(`${name}\n${plain(value)}`).digest("base64url");
}

/** Fingerprint and components of a machine, `{secret, parts}`, for a product. */
export function identityOf(machine, product) {
  const parts = Object.entries(machine.parts ?? {}).sort(([one], [other]) => (one < other ? -1 : 1));
  return {
    fingerprint: hashed(product, "machine", machine.secret),
    components: Object.fromEntries(parts.map(([name, value]) => [name, hashed(product, name, value)])),
  };
}

/** The first 6 bytes of SHA-256: what a computer key says of a fingerprint or a component. */
export function digest(value) {
  return createHash("sha256").update(value).digest().subarray(0, 6).toString("base64url");
}

/** Compares a machine with the `fp` of a computer key: `same`, `drift` or `mismatch`. A claim that cannot
 * be read fits nobody. */
export function compare(claim, fingerprint, components) {
  const isDigest = (text) => /^[A-Za-z0-9_-]{8}$/.test(text);
  const nobody = { outcome: "mismatch", changed: ["fingerprint"], matched: 0, threshold: 1 };
  const [first, ...rest] = claim.split(",");
  if (rest.length === 0) {
    return isDigest(claim) && claim === digest(fingerprint) ? { outcome: "same", changed: [], matched: 0, threshold: 0 } : nobody;
  }
  if (!/^\d+$/.test(first)) return nobody;
  const weighed = new Map();
  for (const part of rest) {
    const [name, weight, expected, more] = part.split(":");
    if (!name || more !== undefined || !/^\d+$/.test(weight ?? "") || !isDigest(expected ?? "")) return nobody;
    weighed.set(name, [Number(weight), expected]);
  }
  const threshold = Number(first);
  const changed = [];
  let matched = 0;
  for (const name of [...weighed.keys()].sort()) {
    const [weight, expected] = weighed.get(name);
    if (Object.hasOwn(components, name) && digest(components[name]) === expected) matched += weight;
    else changed.push(name);
  }
  const outcome = matched < threshold ? "mismatch" : changed.length ? "drift" : "same";
  return { outcome, changed, matched, threshold };
}

/** The machine that the program runs on. Where the system has no id of its own, a random one is kept in
 * `folder`. */
export function thisMachine(folder) {
  const found = { win32: windows, darwin: mac }[process.platform]?.() ?? linux();
  const parts = Object.fromEntries(Object.entries(found.parts).filter(([, value]) => tells(value)));
  return { secret: tells(found.secret) ? found.secret : keptSecret(folder), parts };
}

function tells(value) {
  const text = plain(value ?? "");
  return !NOTHING.has(text) && !/^[0\-:. ]*$/.test(text);
}

function read(path) {
  try {
    return readFileSync(path, "utf8").slice(0, 4096).trim();
  } catch {
    return "";
  }
}

function names(folder) {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}

function said(command, ...more) {
  try {
    return execFileSync(command, more, { encoding: "utf8", timeout: 10_000, windowsHide: true, stdio: ["ignore", "pipe", "ignore"] });
  } catch {
    return "";
  }
}

function linux() {
  const parts = { board: read("/sys/class/dmi/id/board_serial") || read("/sys/class/dmi/id/product_uuid") };
  parts.cpu = /^model name\s*:(.*)$/m.exec(read("/proc/cpuinfo"))?.[1] ?? "";
  for (const name of names("/sys/block")) {
    parts.disk = read(`/sys/block/${name}/device/serial`) || read(`/sys/block/${name}/serial`);
    if (parts.disk) break;
  }
  // Only cards that are really there; bridges and tunnels come and go.
  const card = names("/sys/class/net").find((name) => existsSync(`/sys/class/net/${name}/device`));
  if (card) parts.nic = read(`/sys/class/net/${card}/address`);
  return { secret: read("/etc/machine-id") || read("/var/lib/dbus/machine-id"), parts };
}

function windows() {
  const guid = said("reg", "query", "HKLM\\SOFTWARE\\Microsoft\\Cryptography", "/v", "MachineGuid", "/reg:64");
  const board = said("reg", "query", "HKLM\\HARDWARE\\DESCRIPTION\\System\\BIOS", "/v", "BaseBoardProduct");
  return {
    secret: /MachineGuid\s+REG_SZ\s+(\S+)/.exec(guid)?.[1] ?? "",
    parts: {
      cpu: process.env.PROCESSOR_IDENTIFIER ?? "",
      board: /REG_SZ\s+(.+)/.exec(board)?.[1] ?? "",
      disk: /([0-9A-F]{4}-[0-9A-F]{4})/.exec(said("cmd", "/c", "vol", "C:"))?.[1] ?? "",
    },
  };
}

function mac() {
  const expert = said("ioreg", "-rd1", "-c", "IOPlatformExpertDevice");
  const find = (name) => new RegExp(`"${name}" = "([^"]+)"`).exec(expert)?.[1] ?? "";
  return {
    secret: find("IOPlatformUUID"),
    parts: { board: find("IOPlatformSerialNumber"), cpu: said("sysctl", "-n", "machdep.cpu.brand_string") },
  };
}

function keptSecret(folder) {
  const file = join(folder, "machine");
  for (let tries = 0; tries < 3; tries += 1) {
    let kept = null;
    try {
      kept = readFileSync(file, "latin1").trim();
    } catch (error) {
      if (error.code !== "ENOENT") throw error;
    }
    if (kept?.length === 43) return kept;
    mkdirSync(folder, { recursive: true });
    const beside = join(folder, `.machine.${randomBytes(6).toString("hex")}`);
    writeFileSync(beside, randomBytes(32).toString("base64url"), { flag: "wx", mode: 0o600, flush: true });
    try {
      // Whole or not at all, and the first of two programs wins.
      if (kept === null) linkSync(beside, file);
      else renameSync(beside, file);
    } catch (error) {
      // Not every file system links.
      if (error.code !== "EEXIST") renameSync(beside, file);
    } finally {
      rmSync(beside, { force: true });
    }
  }
  throw new Error(`the id of this machine cannot be kept in ${folder}`);
}
