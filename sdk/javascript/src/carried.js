// What was brought to the program: texts by hand, and word of a newer build.
import * as offline from "./offline.js";
import { TokenError, readComputerKey, readLease, readRevocationList } from "./tokens.js";
import { compareVersions } from "./verdict.js";

/** A text is not taken; `code` says why. */
export class Refused extends Error {
  constructor(code) {
    super(code);
    this.code = code;
  }
}

/** Reads a block, or the bare form that a QR code holds: `{response}`, `{newer}` or `{list}`. What was used is
 * remembered by the watermark too, so that an old file put back does not make it count again. */
export function read(text, kept, watermark, keys) {
  const { label, body } = unpack(text);
  if (label === offline.RESPONSE) {
    const said = JSON.parse(body.toString("utf8"));
    if (said.v !== 1) throw new Refused("UNKNOWN_FORMAT_VERSION");
    if (kept.pending == null || kept.pending !== watermark.pending || said.nonce !== kept.pending) throw new Refused("NOT_MY_REQUEST");
    const { id, token } = said.machine;
    return { response: { machine: id, token, computerKey: said.computer_key, lease: said.lease, nonce: said.nonce } };
  }
  if (!kept.token) throw new Refused("NOT_ACTIVATED");
  const lines = body.toString("latin1").trim().split(/\s+/);
  if (label === offline.COMPUTER_KEY) {
    if (lines.length !== 2) throw new offline.BlockError("a computer key and a lease are expected");
    if (readLease(lines[1], keys).exp <= readLease(kept.lease, keys).exp) throw new Refused("OLDER_THAN_HELD");
    return { newer: { computerKey: lines[0], lease: lines[1] } };
  }
  if (label === offline.REVOCATION_LIST) {
    const newest = Math.max(kept.list_seq ?? 0, watermark.machines[kept.machine_id]?.list_seq ?? 0);
    return { list: listed(lines.join(""), kept, newest, keys) };
  }
  throw new Refused("WRONG_BLOCK");
}

function unpack(text) {
  const bare = text.replace(/^\ufeff/, "").trim();
  if (bare.startsWith("-")) return offline.read(bare);
  const label = bare.split(/\s+/).length === 2 ? offline.COMPUTER_KEY : offline.REVOCATION_LIST;
  return { label, body: Buffer.from(bare, "latin1") };
}

function listed(text, kept, newest, keys) {
  const held = readComputerKey(kept.computer_key, keys);
  const found = readRevocationList(text, keys);
  if (found.iss !== held.iss || found.prd !== held.prd) throw new TokenError("claims");
  if (found.seq < newest) throw new Refused("OLDER_THAN_HELD");
  if (found.names(held.sub)) return { seq: found.seq, code: "REVOKED" };
  return { seq: found.seq, code: found.names(kept.machine_id) ? "MACHINE_BLOCKED" : null };
}

/** A newer build out of the platform's answer, where the product's key signed its digest; else null. */
export function update(said, keys, have) {
  try {
    if (have != null && compareVersions(said.version, have) <= 0) return null;
    if (!keys.anyVerifies(Buffer.from(said.sha256), Buffer.from(said.signature, "base64"))) return null;
  } catch {
    return null;
  }
  const { version, url, notes, sha256 } = said;
  return { version, url, notes, mandatory: said.mandatory === true, sha256 };
}

/** Seconds since 1970 of an instant in UTC as the platform writes it; null when it is none. */
export function instant(text) {
  if (typeof text !== "string" || !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(text)) return null;
  const at = Date.parse(text);
  return Number.isNaN(at) ? null : Math.floor(at / 1000);
}
