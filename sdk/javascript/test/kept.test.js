// What an old file, a lost one and one that nobody may read amount to. R-SDK-01
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, renameSync, rmSync, rmdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Seal, Store } from "../src/store.js";
import { NOW, VECTORS, jws, program } from "./scene.js";

const DAY = 86_400;

/** The store as it is now; called, it puts that back and leaves the watermark as it is. */
function saved(folder) {
  const before = ["license", "license.bak"].map((name) => [join(folder, name), readFileSync(join(folder, name))]);
  return () => before.forEach(([file, data]) => writeFileSync(file, data));
}

test("a response counts once, whatever is put back", async (context) => {
  const { folder, platform, client, here, opened } = await program(context);
  const request = client.offlineRequest("KEY");
  const putBack = saved(folder);
  const response = platform.response(request);
  assert.equal(client.offlineActivate(response).error, null);
  here.now = NOW + 60 * DAY;
  assert.equal(client.state.code, "LEASE_EXPIRED");
  putBack();
  here.now = NOW;
  assert.equal(client.offlineActivate(response).error, "NOT_MY_REQUEST");
  assert.equal(opened().state.code, "CLOCK_ROLLBACK");
});

test("a response to an earlier request is not hoarded", async (context) => {
  const { folder, platform, client } = await program(context);
  const response = platform.response(client.offlineRequest("KEY"));
  const putBack = saved(folder);
  client.offlineRequest("KEY");
  putBack();
  assert.equal(client.offlineActivate(response).error, "NOT_MY_REQUEST");
});

test("a lost watermark is made good by a contact alone", async (context) => {
  const { folder, platform, client, here, contact, opened } = await program(context);
  const response = platform.response(client.offlineRequest("KEY"));
  rmSync(join(folder, "seen"));
  here.now = NOW + 120;
  assert.equal(client.state.code, "STORE_ROLLBACK");
  assert.equal(opened().state.code, "STORE_ROLLBACK", "the note of the time did not pair them again");
  assert.equal(client.offlineActivate(response).error, "NOT_MY_REQUEST");
  assert.deepEqual(await contact(), ["OK", null]);
  assert.equal(opened().state.code, "VALID");
});

test("a block that was carried outlives the old file", async (context) => {
  const { folder, client, contact, opened } = await program(context);
  const entry = createHash("sha256").update(`alvara-revocation/1 ${VECTORS.machine}`).digest().subarray(0, 8);
  const head = { iss: "https://acme.example", prd: "VECTORS", seq: 4, iat: NOW, next_update: NOW + DAY, n: 1 };
  const list = jws("revocation-list", Buffer.concat([Buffer.from(`${JSON.stringify(head)}\n`), entry]));
  const putBack = saved(folder);
  assert.equal(client.offlineActivate(list).status, "BLOCKED");
  putBack();
  assert.equal(opened().state.code, "MACHINE_BLOCKED");
  assert.deepEqual(await contact(), ["OK", null]);
  assert.equal(opened().state.code, "VALID", "a contact says that all is well again");
});

test("an activation answered before sets no clock back", async (context) => {
  const { platform, client, here } = await program(context);
  here.now = NOW + 10 * DAY;
  platform.isThere = false;
  client.check();
  await client.close();
  Object.assign(platform, { isThere: true, calls: 0 });
  here.now = NOW;
  assert.equal((await client.activate("KEY")).status, "OK");
  assert.equal(platform.calls, 2, "by the heartbeat that followed");
});

test("what cannot be read is not taken for nothing", async (context) => {
  const { folder, platform, client, opened } = await program(context);
  await client.close();
  const inPlaceOf = (name) => {
    const [file, aside] = [join(folder, name), join(folder, "aside")];
    renameSync(file, aside);
    mkdirSync(file);
    return () => {
      assert.ok(statSync(file).isDirectory(), "nothing was overwritten");
      rmdirSync(file);
      renameSync(aside, file);
    };
  };
  const undo = inPlaceOf("license");
  assert.equal(opened().state.code, "VALID", "the backup serves");
  undo();
  for (const name of ["license.bak", "seen"]) {
    const again = inPlaceOf(name);
    if (name === "license.bak") renameSync(join(folder, "license"), join(folder, "away"));
    const { code, status } = opened().check();
    assert.deepEqual([code, status], ["STORE_UNREADABLE", "UNREADABLE"], name);
    platform.calls = 0;
    assert.equal((await opened().activate("KEY")).error, "STORE_UNREADABLE");
    assert.equal(platform.calls, 0, "no place is taken that cannot be kept");
    assert.throws(() => opened().offlineRequest("KEY"), { syscall: /./ });
    again();
    if (name === "license.bak") renameSync(join(folder, "away"), join(folder, "license"));
    assert.equal(opened().state.code, "VALID");
  }
});

test("a writer that died stops nobody", async (context) => {
  const { folder } = await program(context);
  const store = new Store(join(folder, "s"), join(folder, "w"), new Seal("m", "P", "d"));
  writeFileSync(join(folder, "s.lock"), "of a writer that died");
  for (let turn = 0; turn < 5; turn += 1) store.update((kept) => ({ ...kept, seq: (kept.seq ?? 0) + 1 }));
  assert.equal(store.load().seq, 5);
  assert.deepEqual(readdirSync(folder).filter((name) => /^\.?s\./.test(name)), ["s.bak"]);
});
