// The answers that all SDKs share; `node --test`. R-SDK-01
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { compare, hashed } from "../src/fingerprint.js";
import { ALWAYS_ONLINE, HYBRID, judge } from "../src/held.js";
import * as offline from "../src/offline.js";
import { Seal, SealError } from "../src/store.js";
import { KeySet, TokenError, readComputerKey, readLease, readRevocationList } from "../src/tokens.js";
import { decide } from "../src/verdict.js";

const VECTORS = JSON.parse(readFileSync(new URL("../../vectors/vectors.json", import.meta.url), "utf8"));
const KEYS = KeySet.of(VECTORS.jwks);
const READ = { computer_key: readComputerKey, lease: readLease, revocation_list: readRevocationList };
const TEXTS = Object.fromEntries(VECTORS.tokens.map((token) => [token.name, token.text]));

test("tokens", () => {
  for (const token of VECTORS.tokens) {
    let outcome = "valid";
    try {
      READ[token.type](token.text, KEYS);
    } catch (error) {
      if (!(error instanceof TokenError)) throw error;
      outcome = error.reason;
    }
    if (token.outcome === "refused") assert.notEqual(outcome, "valid", token.name);
    else assert.equal(outcome, token.outcome, token.name);
  }
});

test("lists", () => {
  const found = readRevocationList(TEXTS.list, KEYS);
  for (const { id, listed } of VECTORS.listed) assert.equal(found.names(id), listed, id);
});

test("fingerprints", () => {
  for (const { product, name, value, hash } of VECTORS.fingerprints.hashed) assert.equal(hashed(product, name, value), hash, name);
  for (const { claim, fingerprint, components, ...expected } of VECTORS.fingerprints.compared) {
    const found = compare(claim, fingerprint, components);
    for (const [name, value] of Object.entries(expected)) assert.deepEqual(found[name], value, `${claim}: ${name}`);
  }
});

test("verdicts", () => {
  for (const said of VECTORS.verdicts) {
    const key = readComputerKey(TEXTS[said.computer_key], KEYS);
    const lease = readLease(TEXTS[said.lease], KEYS);
    const machine = compare(key.fp, said.machine.fingerprint, said.machine.components);
    const { released_at: releasedAt = null, ...asks } = said.asks;
    const contact = { issuedAt: Math.max(lease.iat, said.seen ?? 0), expiresAt: lease.exp };
    const { valid, code, access, daysLeft } = decide(key, lease.lad, { ...asks, releasedAt }, machine, contact, said.now);
    assert.deepEqual({ valid, code, access, days_left: daysLeft }, said.expected, said.name);
  }
});

test("states", () => {
  for (const said of VECTORS.states) {
    const kept = { ...said.kept };
    for (const name of ["computer_key", "lease"]) if (name in kept) kept[name] = TEXTS[kept[name]];
    kept.seats = Object.fromEntries(Object.entries(kept.seats ?? {}).map(([name, seat]) => [name, { ...seat, lease: TEXTS[seat.lease] }]));
    const rules = {
      keys: KEYS, identity: VECTORS.identity, asks: { product: VECTORS.product, version: null, user: null, site: null, modules: [] },
      preset: said.preset === "always-online" ? ALWAYS_ONLINE : HYBRID, floating: said.floating, instance: "",
    };
    const { status, code, graceEndsAt } = judge(kept, said.watermark, rules, said.now);
    assert.deepEqual({ status, code, grace_ends_at: graceEndsAt }, said.expected, said.name);
  }
});

test("stores", () => {
  for (const said of VECTORS.stores) {
    const seal = new Seal(said.machine_secret, said.product, said.device);
    const sealed = Buffer.from(said.sealed, "base64");
    let [plain, error] = [null, null];
    try {
      plain = seal.open(said.label, sealed).toString("utf8");
      assert.deepEqual(seal.close(said.label, plain, Buffer.from(said.nonce, "hex")), sealed, said.name);
    } catch (refused) {
      if (!(refused instanceof SealError)) throw refused;
      error = refused.reason;
    }
    assert.deepEqual({ plain, error }, { plain: said.plain, error: said.error }, said.name);
  }
});

test("receipts", () => {
  for (const { token, fields, text } of VECTORS.receipts) assert.equal(offline.receipt(token, fields), text);
});
