// What a program believes, and when it calls. R-SDK-01
import assert from "node:assert/strict";
import { test } from "node:test";
import { proxyOfEnvironment } from "../src/index.js";
import { NOW, program } from "./scene.js";

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
