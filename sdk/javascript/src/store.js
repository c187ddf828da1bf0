// What the program keeps: one sealed file with a backup, and a watermark against old copies of it. The seal
// hides and binds to machine and product; it proves nothing to anybody who controls the machine: that is
// what the signatures inside are for.
import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from "node:crypto";
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeSync } from "node:fs";
import { basename, dirname, join } from "node:path";

const MAGIC = Buffer.from("ALVS\x01", "latin1");
const HEAD = MAGIC.length + 8;
const NONCE = 12;
const TAG = 16;
/** Milliseconds to wait for another writer. */
const PATIENCE = 2000;
/** Machines that the watermark remembers, and seats that each gave back. */
const REMEMBERED = 32;

/** A file cannot be opened; `reason` is STORE_COPIED or STORE_DAMAGED. */
export class SealError extends Error {
  constructor(reason) {
    super(reason);
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

/** One writer at a time, among processes too. What a writer that died left behind is waited for once. */
function exclusively(file, write) {
  mkdirSync(dirname(file), { recursive: true });
  const lock = `${file}.lock`;
  const end = performance.now() + PATIENCE;
  while (performance.now() < end) {
    try {
      closeSync(openSync(lock, "wx", 0o600));
      break;
    } catch (error) {
      // On Windows a file that is just being removed is there and may not be opened.
      if (error.code !== "EEXIST" && !(process.platform === "win32" && error.code === "EPERM")) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
  try {
    return write();
  } finally {
    rmSync(lock, { force: true });
  }
}

/** Writes beside and moves over, so that a power cut leaves the old file or the new one. */
function writeWhole(file, data) {
  mkdirSync(dirname(file), { recursive: true });
  const beside = join(dirname(file), `.${basename(file)}.${randomBytes(6).toString("hex")}`);
  const handle = openSync(beside, "wx", 0o600);
  try {
    writeSync(handle, data);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  try {
    renameSync(beside, file);
  } catch (error) {
    rmSync(beside, { force: true });
    throw error;
  }
}

function read(file) {
  try {
    return readFileSync(file);
  } catch {
    return null;
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
      const sealed = read(file);
      if (sealed === null) continue;
      try {
        const kept = JSON.parse(this.#seal.open("store", sealed).toString("utf8"));
        if (kept?.v === 1) return kept;
        worst ??= new SealError("STORE_DAMAGED");
      } catch (error) {
        worst ??= error instanceof SealError ? error : new SealError("STORE_DAMAGED");
      }
    }
    if (worst) throw worst;
    return {};
  }

  /** Changes what is kept, on top of what another process may have kept meanwhile: `change` answers the
   * new content. A file that cannot be opened is started anew. `clockIs` is what the platform just said it
   * is: only that may set the last-seen time back. `returned` is a seat that was given back just now. */
  update(change, { clockIs, returned } = {}) {
    return exclusively(this.file, () => this.#update(change, clockIs, returned));
  }

  #update(change, clockIs, returned) {
    let kept;
    try {
      kept = this.load();
    } catch (error) {
      if (!(error instanceof SealError)) throw error;
      kept = {};
    }
    kept = { ...change(kept), v: 1 };
    const sealed = this.#seal.close("store", JSON.stringify(kept));
    writeWhole(this.file, sealed);
    writeWhole(this.backup, sealed);
    this.#raiseWatermark(kept, clockIs, returned === undefined ? [] : [returned]);
    return kept;
  }

  /** What no honest store lies behind: `last_seen` of the clock, and for each machine its `seq`, its last
   * `contact` and the seats that it `returned`. A watermark that cannot be read says nothing. */
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

  #raiseWatermark(kept, clockIs, seats) {
    const before = this.watermarked();
    const machines = { ...before.machines };
    if (kept.machine_id !== undefined) {
      const was = machines[kept.machine_id] ?? {};
      delete machines[kept.machine_id];
      const highest = (name) => Math.max(was[name] ?? 0, kept[name] ?? 0);
      const returned = [...(was.returned ?? []), ...seats].slice(-REMEMBERED);
      machines[kept.machine_id] = { seq: highest("seq"), contact: highest("contact"), returned };
      for (const old of Object.keys(machines).slice(0, -REMEMBERED)) delete machines[old];
    }
    const last_seen = clockIs ?? Math.max(before.last_seen ?? 0, kept.last_seen ?? 0);
    const after = JSON.stringify({ v: 1, last_seen, machines });
    if (after !== JSON.stringify({ v: 1, last_seen: before.last_seen, machines: before.machines })) {
      writeWhole(this.watermark, this.#seal.close("watermark", after));
    }
  }
}
