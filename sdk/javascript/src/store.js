// What the program keeps: one sealed file with a backup, and a watermark against old copies of it. The seal
// hides and binds to machine and product; it proves nothing to anybody who controls the machine: that is
// what the signatures inside are for.
import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from "node:crypto";
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";

const MAGIC = Buffer.from("ALVS\x01", "latin1");
const HEAD = MAGIC.length + 8;
const NONCE = 12;
const TAG = 16;
/** Milliseconds that a lock may stand still before it is taken away. */
const PATIENCE = 2000;
/** Machines that the watermark remembers, and seats that each gave back. */
const REMEMBERED = 32;

/** A file cannot be opened; `reason` is STORE_COPIED or STORE_DAMAGED. Where it is STORE_UNREADABLE the system
 * does not let it be read: neither its content nor its absence is known, so nothing may be written over it;
 * `cause` is the system's error. */
export class SealError extends Error {
  constructor(reason, cause) {
    super(reason, { cause });
    this.reason = reason;
  }
}

/** AES-256-GCM under a key of machine and product: `ALVS`, version, key id, nonce, text and tag. */
export class Seal {
  #key;
  #head;
  #bound;

  constructor(machineSecret, product, device) {
    const salt = createHash("sha256").update(`alvara-store/1\n${product}`).digest();
    const derive = (info, length) => Buffer.from(hkdfSync("sha256", machineSecret, salt, info, length));
    this.#key = derive("key", 32);
    this.#head = Buffer.concat([MAGIC, derive("kid", 8)]);
    this.#bound = `\n${product}\n${device}`;
  }

  #data(label) {
    return Buffer.concat([this.#head, Buffer.from(label + this.#bound)]);
  }

  /** Seals a text. `nonce` is for test vectors; else it is drawn. */
  close(label, text, nonce = randomBytes(NONCE)) {
    const cipher = createCipheriv("aes-256-gcm", this.#key, nonce).setAAD(this.#data(label));
    return Buffer.concat([this.#head, nonce, cipher.update(text), cipher.final(), cipher.getAuthTag()]);
  }

  /** The text again. */
  open(label, sealed) {
    if (sealed.length < HEAD + NONCE + TAG || !sealed.subarray(0, MAGIC.length).equals(MAGIC)) throw new SealError("STORE_DAMAGED");
    if (!sealed.subarray(0, HEAD).equals(this.#head)) throw new SealError("STORE_COPIED");
    const nonce = sealed.subarray(HEAD, HEAD + NONCE);
    const decipher = createDecipheriv("aes-256-gcm", this.#key, nonce).setAAD(this.#data(label));
    decipher.setAuthTag(sealed.subarray(sealed.length - TAG));
    try {
      return Buffer.concat([decipher.update(sealed.subarray(HEAD + NONCE, sealed.length - TAG)), decipher.final()]);
    } catch {
      throw new SealError("STORE_DAMAGED");
    }
  }
}

function pause() {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
}

/** One writer at a time, among processes too. A lock that nobody gave back is taken away: each writer leaves a
 * mark of its own, so that one which stands still is told apart from a queue that moves. */
function exclusively(file, write) {
  mkdirSync(dirname(file), { recursive: true });
  const lock = `${file}.lock`;
  const mine = randomBytes(8).toString("hex");
  const begun = performance.now();
  let [since, seen] = [begun, null];
  for (;;) {
    try {
      const handle = openSync(lock, "wx", 0o600);
      writeFileSync(handle, mine);
      closeSync(handle);
      break;
    } catch (error) {
      // On Windows a file that is just being removed is there and may not be opened.
      if (error.code !== "EEXIST" && !(process.platform === "win32" && error.code === "EPERM")) throw error;
    }
    const [now, mark] = [performance.now(), markOf(lock)];
    if (mark !== seen) [seen, since] = [mark, now];
    else if (now - since > PATIENCE) {
      takeAway(lock, seen);
      since = now;
    }
    if (now - begun > 4 * PATIENCE) {
      throw Object.assign(new Error("other programs do not stop writing to the store"), { code: "ETIMEDOUT", syscall: "lock" });
    }
    pause();
  }
  try {
    return write();
  } finally {
    if (markOf(lock) === mine) rmSync(lock, { force: true });
  }
}

function markOf(lock) {
  try {
    return readFileSync(lock, "latin1");
  } catch {
    return null;
  }
}

/** Of several who wait only one gets it out of the way, and never a lock that was taken meanwhile. */
function takeAway(lock, seen) {
  const aside = `${lock}.${randomBytes(6).toString("hex")}`;
  try {
    if (markOf(lock) !== seen) return;
    renameSync(lock, aside);
    rmSync(aside, { force: true });
  } catch {
    // Another one was faster.
  }
}

/** Writes a file's next content beside it and answers its name; moved over, it leaves the old file or the new
 * one, even at a power cut. */
function beside(file, data) {
  mkdirSync(dirname(file), { recursive: true });
  const name = join(dirname(file), `.${basename(file)}.${randomBytes(6).toString("hex")}`);
  const handle = openSync(name, "wx", 0o600);
  try {
    // Writes all of it, which writeSync need not.
    writeFileSync(handle, data);
    fsyncSync(handle);
  } catch (error) {
    rmSync(name, { force: true });
    throw error;
  } finally {
    closeSync(handle);
  }
  return name;
}

/** Writes one content to several files. `before` runs when all of it is on the disk and nothing is in its place
 * yet; where it fails nothing changes. */
function writeWhole(files, data, before = () => undefined) {
  const ready = [];
  try {
    for (const file of files) ready.push([beside(file, data), file]);
    before();
    for (const [name, file] of ready) renameSync(name, file);
  } catch (error) {
    for (const [name] of ready) rmSync(name, { force: true });
    throw error;
  }
}

/** The content; null where there is no such file. Windows says no for a moment while one is replaced. */
function read(file) {
  for (let tries = 2; ; tries -= 1) {
    try {
      return readFileSync(file);
    } catch (error) {
      if (error.code === "ENOENT") return null;
      if (tries === 0) throw new SealError("STORE_UNREADABLE", error);
      pause();
    }
  }
}

/** Runs what reads; where that is not let the system's own error is thrown. */
function readable(work) {
  try {
    return work();
  } catch (error) {
    throw error instanceof SealError && error.reason === "STORE_UNREADABLE" ? error.cause : error;
  }
}

/** The sealed file, its backup, and the watermark that lies elsewhere. */
export class Store {
  #seal;

  constructor(file, watermark, seal) {
    this.file = file;
    this.backup = `${file}.bak`;
    this.watermark = watermark;
    this.#seal = seal;
  }

  /** What was kept; empty when nothing ever was. Throws SealError when neither the file nor its backup can
   * be opened. */
  load() {
    let worst = null;
    for (const file of [this.file, this.backup]) {
      try {
        const sealed = read(file);
        if (sealed === null) continue;
        const kept = JSON.parse(this.#seal.open("store", sealed).toString("utf8"));
        if (isKept(kept)) return kept;
        worst ??= new SealError("STORE_DAMAGED");
      } catch (error) {
        const found = error instanceof SealError ? error : new SealError("STORE_DAMAGED");
        if (worst === null || found.reason === "STORE_UNREADABLE") worst = found;
      }
    }
    if (worst) throw worst;
    return {};
  }

  /** Changes what is kept, on top of what another process may have kept meanwhile: `change` answers the
   * new content. A file that cannot be opened is started anew; one that cannot be read throws the system's
   * error and stays as it is. The watermark is raised first: who keeps it from being written keeps nothing new.
   *
   * `told` is for the watermark. `clockIs`: what the platform just said the time is; only that may set the
   * last-seen time back. `returned`: a seat that was given back just now. `pending`: the nonce of the request
   * that now waits, null: none does any longer. `listed`: `[number, code]` of the revocation list that was just
   * read. `cleared`: a contact says that all is in order, and the lists' word is over. `paired`: the platform
   * has just vouched for what is kept; store and watermark belong together from here. */
  update(change, told = {}) {
    return exclusively(this.file, () => this.#update(change, told));
  }

  #update(change, told) {
    let kept;
    try {
      kept = readable(() => this.load());
    } catch (error) {
      if (!(error instanceof SealError)) throw error;
      kept = {};
    }
    kept = { ...change(kept), v: 1 };
    const before = readable(() => this.watermarked());
    if (told.paired && (!kept.twin || kept.twin !== before.twin)) kept.twin = randomBytes(8).toString("hex");
    const [after, was] = [raised(before, kept, told), { v: 1, ...before }].map((said) => JSON.stringify(said));
    const mark = () => after !== was && this.#mark(after);
    writeWhole([this.file, this.backup], this.#seal.close("store", JSON.stringify(kept)), mark);
    return kept;
  }

  /** What no honest store lies behind: `last_seen` of the clock; the nonce of the request that is `pending`;
   * the `twin` that the store names too; and for each machine its `seq`, its last `contact`, the seats that it
   * `returned`, and what revocation lists said. A watermark that is not there or cannot be opened says nothing,
   * and is nobody's twin. */
  watermarked() {
    const sealed = read(this.watermark);
    try {
      const said = sealed && JSON.parse(this.#seal.open("watermark", sealed).toString("utf8"));
      if (said && typeof said.machines === "object" && said.machines !== null) return said;
    } catch {
      // Damaged, or another machine's: as good as none.
    }
    return { last_seen: 0, machines: {} };
  }

  #mark(after) {
    writeWhole([this.watermark], this.#seal.close("watermark", after));
  }
}

/** Whether it has the shape of a store; whoever opens the seal can write anything. */
function isKept(kept) {
  const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
  if (!isObject(kept) || kept.v !== 1) return false;
  const all = (names, type) => names.every((name) => kept[name] == null || typeof kept[name] === type);
  const { seats = {}, refusal = null } = kept;
  return all(["machine_id", "token", "computer_key", "lease", "listed", "pending", "receipt", "twin"], "string")
    && all(["seq", "contact", "last_seen", "next_check", "list_seq"], "number")
    && isObject(seats) && Object.values(seats).every((seat) => isObject(seat) && typeof seat.lease === "string")
    && (refusal === null || (isObject(refusal) && typeof refusal.code === "string"));
}

/** The watermark after a change. */
function raised(before, kept, { clockIs, returned, pending, listed, cleared = false, paired = false }) {
  const machines = { ...before.machines };
  if (kept.machine_id != null) {
    const was = machines[kept.machine_id] ?? {};
    delete machines[kept.machine_id];
    const highest = (name) => Math.max(was[name] ?? 0, kept[name] ?? 0);
    const seats = [...(was.returned ?? []), ...(returned === undefined ? [] : [returned])].slice(-REMEMBERED);
    const [list_seq, code] = listed ?? [was.list_seq, cleared ? null : was.listed];
    machines[kept.machine_id] = {
      seq: highest("seq"), contact: highest("contact"), returned: seats,
      ...(list_seq == null ? {} : { list_seq }), ...(code == null ? {} : { listed: code }),
    };
    for (const old of Object.keys(machines).slice(0, -REMEMBERED)) delete machines[old];
  }
  const last_seen = clockIs ?? Math.max(before.last_seen ?? 0, kept.last_seen ?? 0);
  const waits = pending === undefined ? before.pending : pending;
  const twin = paired ? kept.twin : before.twin;
  return { v: 1, last_seen, machines, ...(waits == null ? {} : { pending: waits }), ...(twin == null ? {} : { twin }) };
}
