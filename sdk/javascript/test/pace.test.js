// How often a program asks, and what does not stop it from asking. R-SDK-01
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as after } from "node:timers/promises";
import { Wait } from "../src/pace.js";
import { NOW, program } from "./scene.js";

async function callsWithin(platform, client, milliseconds) {
  platform.calls = 0;
  client.start();
  await after(milliseconds);
  for (let turn = 0; turn < 5; turn += 1) client.check();
  await client.close();
  return platform.calls - platform.freed.length;
}

/** Warnings of the process, which tests would print. */
function warned(context) {
  const told = [];
  const listener = (warning) => told.push(warning.message);
  process.on("warning", listener);
  context.after(() => process.off("warning", listener));
  return told;
}

test("a clock that is ahead is no reason to ask at once", async (context) => {
  const { platform, client, here, contact } = await program(context);
  here.now = NOW + 604_801;
  assert.deepEqual(await contact(), ["GRACE", "CLOCK_WRONG"]);
  assert.equal(await callsWithin(platform, client, 1500), 0);
});

test("waits grow, with a floor and a most", () => {
  const wait = new Wait();
  const waits = Array.from({ length: 9 }, () => {
    wait.longer(60, 3600);
    return wait.left();
  });
  for (let at = 1; at < 6; at += 1) assert.ok(waits[at] > waits[at - 1] * 1.5);
  assert.ok(waits[8] < 3600 * 1.1);
  wait.over();
  wait.longer(0, 0);
  assert.ok(wait.left() > 0.9);
  wait.longer(0, 0, 3600);
  assert.ok(wait.left() > 3599 && wait.left() < 3961);
});

test("a seat that is not to be had is asked for now and then", async (context) => {
  const { platform, here, opened } = await program(context);
  const client = opened({ floating: true });
  assert.equal((await client.takeSeat()).status, "OK");
  platform.isFull = true;
  here.now = NOW + 30;
  assert.equal(await callsWithin(platform, client, 2500), 1);
});

test("a listener that throws stops nobody", async (context) => {
  const { platform, client, contact } = await program(context);
  const warnings = warned(context);
  const told = [];
  client.onChange(() => { throw new Error("a listener of the program's"); });
  client.onChange(async () => { throw new Error("a promise of the program's"); });
  client.onChange((state) => told.push(state.status));
  client.check();
  platform.code = "SUSPENDED";
  assert.deepEqual(await contact(), ["SUSPENDED", null]);
  assert.deepEqual(told, ["SUSPENDED"]);
  await after(20);
  assert.deepEqual(warnings, ["a listener of the program's", "a promise of the program's"]);
});

test("what a program brings may fail, and the loop goes on", async (context) => {
  const { platform, here, opened } = await program(context);
  const warnings = warned(context);
  let fails = true;
  const client = opened({
    metrics: () => {
      if (fails) throw new Error("no figures");
      return {};
    },
    preset: { name: "quick", retry: 0, retryMost: 0, window: null, warnDays: 0 },
  });
  here.now = NOW + 604_800;
  client.start();
  await after(100);
  assert.deepEqual(warnings, ["no figures"]);
  fails = false;
  platform.calls = 0;
  await new Promise((resolve) => {
    const tick = setInterval(() => {
      if (platform.calls) resolve(clearInterval(tick));
    }, 20);
  });
  await client.close();
});
