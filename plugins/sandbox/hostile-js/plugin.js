// A plugin in JavaScript that misbehaves as the setting "do" says. The host must contain it, and
// charge nobody else for it.

import clock from "alvara:payment/clock@1.0.0";

let calls = 0;

/** What it does; what comes back is reported as the charge's raw status. */
const deeds = {
  spin() {
    for (;;);
  },
  grow() {
    const kept = [];
    for (;;) kept.push(new Uint8Array(1 << 20));
  },
  recurse() {
    return 1 + deeds.recurse();
  },
  throw() {
    throw new Error("on purpose");
  },
  wait() {
    return new Promise(() => {});
  },
  /** Of no use to anybody: it is gone with the call. */
  remember() {
    calls += 1;
    return String(calls);
  },
  /** A clock of the engine's own, where the contract's is the only one. */
  engineClock() {
    return String(Date.now());
  },
  engineRandom() {
    return String(Math.random());
  },
  contractClock() {
    return String(clock.nowMs());
  },
  /** Ways out that other hosts of JavaScript have. */
  ambient() {
    const names = ["fetch", "process", "require", "WebAssembly", "XMLHttpRequest", "console", "setTimeout", "crypto"];
    return names.filter((name) => name in globalThis).join(" ");
  },
  /** Long enough for others to begin meanwhile. */
  dawdle() {
    const end = clock.nowMs() + 50;
    while (clock.nowMs() < end);
    return "honest";
  },
  honest() {
    return "honest";
  },
};

function state(status, rawStatus) {
  const nothing = { minor: 0, currency: "BRL" };
  return {
    status,
    refs: [],
    authorized: nothing,
    captured: nothing,
    refunded: nothing,
    action: null,
    decline: null,
    paidAt: null,
    settlesOn: null,
    expiresAt: null,
    fees: [],
    storedMethod: null,
    pollAt: null,
    rawStatus,
  };
}

function create(ctx, _request) {
  const deed = ctx.config.find((one) => one.key === "do")?.value ?? "honest";
  if (deed === "nonsense") return { status: "paid in full" };
  return state("created", deeds[deed]());
}

export const charges = {
  describe: () => ({
    pluginId: "hostile-js",
    version: "1.0.0",
    displayName: "Hostile, in JavaScript",
    methods: ["pix"],
    currencies: ["BRL"],
    countries: [],
    features: { lateSettlement: false, installments: false },
    finality: "immediate",
    limits: {
      min: null,
      max: null,
      maxInstallments: 1,
      refundWindowDays: null,
      defaultExpirySeconds: null,
    },
    configFields: [],
    requiredCustomerFields: [],
  }),
  validateConfig() {},
  healthCheck() {},
  create,
  complete: (ctx, _refs, _query) => create(ctx),
  cancel: (ctx, _refs) => create(ctx),
  sync: (ctx, _refs) => create(ctx),
  findByKey: create,
};

export const webhooks = {
  handle: (ctx, _request) => {
    create(ctx);
    return { events: [], reply: { status: 200, headers: [], body: new Uint8Array() } };
  },
  register: (_ctx, _url) => [],
};
