// An activated program and a platform of a few lines that answers it.
import assert from "node:assert/strict";
import { createHash, createPrivateKey, sign } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { digest } from "../src/fingerprint.js";
import { NoConnection, init } from "../src/index.js";
import * as offline from "../src/offline.js";

export const VECTORS = JSON.parse(readFileSync(new URL("../../vectors/vectors.json", import.meta.url), "utf8"));
const { kid } = VECTORS.jwks.keys.find((jwk) => jwk.alg === "EdDSA");
const SIGNER = createPrivateKey(VECTORS.signing_keys.EdDSA);
export const NOW = 1_800_000_000;

export function jws(kind, claims) {
  const head = { alg: "EdDSA", kid, typ: `alvara-${kind}+jwt` };
  const signed = [head, claims].map((part) => Buffer.from(Buffer.isBuffer(part) ? part : JSON.stringify(part)).toString("base64url")).join(".");
  return `${signed}.${sign(null, Buffer.from(signed), SIGNER).toString("base64url")}`;
}

/** Answers as the real one does; a test says otherwise by `otherwise(answer)` and `code`. */
export class Platform {
  code = "VALID";
  calls = 0;
  signs = true;
  isFull = false;
  freed = [];
  isThere = true;
  otherwise = (said) => said;

  key(seq = 3) {
    return jws("computer-key", {
      iss: "https://acme.example", sub: VECTORS.license, iat: NOW, seq, prd: "VECTORS", knd: "permanent", m32: 0,
      fp: digest(this.fingerprint), rv: 604800, gr: 2592000,
    });
  }

  lease(more = {}) {
    return jws("lease", { sub: VECTORS.license, mac: VECTORS.machine, iat: NOW, exp: NOW + 37 * 86400, nxt: NOW + 604800, seq: 3, ...more });
  }

  transport = async (method, url, headers, body) => {
    this.calls += 1;
    if (!this.isThere) throw new NoConnection("nobody there");
    if (method === "DELETE") {
      this.freed.push(url);
      return { status: 204, headers: {}, body: Buffer.alloc(0) };
    }
    const said = JSON.parse(body);
    if (url.includes("/seats")) return this.seat(said);
    if (url.endsWith("/activations")) {
      this.fingerprint = said.machine.fingerprint;
      const answer = { machine: { id: VECTORS.machine, token: "amt_x" }, computer_key: this.key(), lease: this.lease() };
      return { status: 201, headers: {}, body: Buffer.from(JSON.stringify(this.otherwise(answer))) };
    }
    return this.signed(Buffer.from(JSON.stringify(this.otherwise({
      valid: this.code === "VALID", code: this.code, because: null, days_left: null, nonce: said.nonce,
      date: "2027-01-15T08:00:00.5Z", next_check_not_before: "2027-01-15T09:00:00Z", commands: [],
      lease: this.code === "VALID" ? this.lease({ nonce: said.nonce }) : null,
    }))));
  };

  seat(said) {
    if (this.isFull) return { status: 409, headers: {}, body: Buffer.from('{"code": "SEAT_LIMIT"}') };
    const lease = this.lease({ seat: "sea_01K9ZQ4B7A2C4D6E8F0G1H3J6N", nonce: said.nonce, exp: NOW + 20, nxt: NOW + 10 });
    return { status: 201, headers: {}, body: Buffer.from(JSON.stringify({ lease, seat: { borrowed_until: null } })) };
  }

  /** What the platform answers to a request that was carried to it. */
  response(request) {
    const { nonce } = JSON.parse(offline.read(request).body.toString());
    return offline.document(offline.RESPONSE, {
      v: 1, machine: { id: VECTORS.machine, token: "amt_x" }, computer_key: this.key(), lease: this.lease({ nonce }), nonce,
    });
  }

  signed(body) {
    if (!this.signs) return { status: 200, headers: {}, body };
    const said = `sha-256=:${createHash("sha256").update(body).digest("base64")}:`;
    const parameters = `("@status" "content-digest");created=${NOW};keyid="${kid}";alg="ed25519"`;
    const base = `"@status": 200\n"content-digest": ${said}\n"@signature-params": ${parameters}`;
    const signature = sign(null, Buffer.from(base), SIGNER).toString("base64");
    return { status: 200, headers: { "content-digest": said, "signature-input": `alvara=${parameters}`, signature: `alvara=:${signature}:` }, body };
  }
}

/** An activated program; `opened` makes another one on the same machine. */
export async function program(context) {
  const folder = mkdtempSync(join(tmpdir(), "alvara-"));
  context.after(() => rmSync(folder, { recursive: true }));
  const platform = new Platform();
  const here = { now: NOW };
  const opened = (more = {}) => init({
    product: "VECTORS", publicKey: VECTORS.jwks, apiUrl: "https://acme.example", transport: platform.transport,
    machine: { secret: "m" }, path: join(folder, "license"), watermark: join(folder, "seen"), clock: () => here.now, ...more,
  });
  const client = opened();
  assert.equal((await client.activate("KEY")).status, "OK");
  const contact = async () => {
    const { status, error } = await client.validateOnline();
    return [status, error];
  };
  return { folder, platform, client, here, opened, contact };
}
