// What a program believes, and when it calls: a platform of a few lines answers. R-SDK-01
import assert from "node:assert/strict";
import { createHash, createPrivateKey, sign } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { digest } from "../src/fingerprint.js";
import { NoConnection, init, proxyOfEnvironment } from "../src/index.js";

const VECTORS = JSON.parse(readFileSync(new URL("../../vectors/vectors.json", import.meta.url), "utf8"));
const { kid } = VECTORS.jwks.keys.find((jwk) => jwk.alg === "EdDSA");
const SIGNER = createPrivateKey(VECTORS.signing_keys.EdDSA);
const NOW = 1_800_000_000;

function jws(kind, claims) {
  const head = { alg: "EdDSA", kid, typ: `alvara-${kind}+jwt` };
  const signed = [head, claims].map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".");
  return `${signed}.${sign(null, Buffer.from(signed), SIGNER).toString("base64url")}`;
}

/** Answers as the real one does; a test says otherwise by `otherwise(answer)` and `code`. */
class Platform {
  code = "VALID";
  calls = 0;
  signs = true;
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
    const said = JSON.parse(body);
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
async function program(context) {
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
  return { platform, client, here, opened, contact };
}

test("an old answer is not believed", async (context) => {
  const { platform, contact } = await program(context);
  platform.otherwise = (said) => ({ ...said, lease: platform.lease({ nonce: "another" }) });
  assert.deepEqual(await contact(), ["OK", "ANSWER_NOT_BELIEVED"]);
  platform.otherwise = (said) => said;
  assert.deepEqual(await contact(), ["OK", null]);
});

test("a refusal counts where it is signed", async (context) => {
  const { platform, contact, opened } = await program(context);
  Object.assign(platform, { code: "REVOKED", signs: false });
  assert.deepEqual(await contact(), ["OK", "ANSWER_NOT_BELIEVED"]);
  Object.assign(platform, { signs: true, otherwise: (said) => ({ ...said, nonce: "another" }) });
  assert.deepEqual(await contact(), ["OK", "ANSWER_NOT_BELIEVED"]);
  platform.otherwise = (said) => said;
  assert.deepEqual(await contact(), ["REVOKED", null]);
  assert.equal(opened().state.status, "REVOKED");
});

test("an older computer key is not taken", async (context) => {
  const { platform, contact } = await program(context);
  const older = { type: "computer_key", computer_key: platform.key(2) };
  platform.otherwise = (said) => ({ ...said, commands: [older] });
  assert.deepEqual(await contact(), ["OK", "ANSWER_NOT_BELIEVED"]);
});

test("another machine's activation is not taken", async (context) => {
  const { platform, client } = await program(context);
  platform.otherwise = (said) => {
    platform.fingerprint = "another";
    return { ...said, computer_key: platform.key(9) };
  };
  assert.equal((await client.activate("KEY")).error, "ANSWER_NOT_BELIEVED");
  assert.equal(client.state.status, "OK");
});

test("a clock that is off is said", async (context) => {
  const { here, contact } = await program(context);
  here.now = NOW + 301;
  assert.deepEqual(await contact(), ["OK", "CLOCK_WRONG"]);
  here.now = NOW - 301;
  assert.deepEqual(await contact(), ["CLOCK_TAMPERED", "CLOCK_WRONG"]);
});

test("nobody is called before it is time", async (context) => {
  const { platform, client, here, contact } = await program(context);
  const before = platform.calls;
  client.check();
  assert.equal(platform.calls, before, "nothing is due");
  Object.assign(platform, { isThere: false });
  here.now = NOW + 604800;
  assert.deepEqual(await contact(), ["OK", "NO_CONNECTION"]);
  const after = platform.calls;
  for (let turn = 0; turn < 5; turn += 1) client.check();
  await client.close();
  assert.equal(platform.calls, after, "it waits after a failure");
});

test("changes are told once", async (context) => {
  const { platform, client, contact } = await program(context);
  const told = [];
  client.onChange((state) => told.push(state.status));
  client.check();
  platform.code = "SUSPENDED";
  await contact();
  client.check();
  platform.code = "VALID";
  await contact();
  assert.deepEqual(told, ["SUSPENDED", "OK"]);
});

test("misuse is thrown", async (context) => {
  const { opened } = await program(context);
  for (const more of [{ apiUrl: "http://acme.example" }, { publicKey: "no key" }, { version: "two" }]) assert.throws(() => opened(more));
});

test("the proxy is that of the environment, but never for this machine", () => {
  const { https_proxy: was, no_proxy: spared } = process.env;
  Object.assign(process.env, { https_proxy: "http://proxy.example:3128", no_proxy: "internal.example" });
  try {
    assert.equal(proxyOfEnvironment("https://licenses.example/x"), "http://proxy.example:3128");
    assert.equal(proxyOfEnvironment("https://licenses.internal.example/x"), null);
    assert.equal(proxyOfEnvironment("http://acme.localhost:8080/x"), null);
  } finally {
    for (const [name, value] of Object.entries({ https_proxy: was, no_proxy: spared })) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
});
