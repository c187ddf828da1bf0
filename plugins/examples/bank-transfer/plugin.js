// Bank transfer without a provider: the customer pays to the house's bank account and writes a
// reference into the transfer; a program of the house that reads the bank's statement tells, signed,
// which reference was paid.
//
// The contract is plugins/wit/payment.wit; its names are written in camel case here. Amounts and
// instants are numbers, exact up to 2^53. What is thrown is the fault that the house is answered.

import log from "alvara:payment/log@1.0.0";
import secrets from "alvara:payment/secrets@1.0.0";

/** All of them have two decimals. */
const CURRENCIES = ["BRL", "EUR", "USD"];
/** A telling has some hundred bytes. */
const LARGEST_BODY = 16 * 1024;
/** What the host takes at most, far below 2^53. */
const MOST_MINOR = 1_000_000_000_000;
/** The host's last instant, at the end of the year 9999. */
const LAST_INSTANT = 253_402_300_799_999;

// ---------------------------------------------------------------- faults

/** A `plugin-error` of the contract. */
class Fault {
  constructor(kind, message, violations = []) {
    this.kind = kind;
    this.message = message;
    this.pspCode = null;
    this.httpStatus = null;
    this.retryAfterMs = null;
    this.violations = violations;
  }
}

/** Lets a fault through; a mistake of this program becomes `internal`, with its trace in the log. */
function answering(call) {
  return (...given) => {
    try {
      return call(...given);
    } catch (thrown) {
      if (thrown instanceof Fault) throw thrown;
      log.write("error", `${thrown}\n${thrown?.stack ?? ""}`);
      throw new Fault("internal", "a mistake in the plugin; its log says where");
    }
  };
}

// ---------------------------------------------------------------- settings

function setting(config, key) {
  return config.find((one) => one.key === key)?.value ?? "";
}

/** An https address that can be given a query. */
const PAGE = /^https:\/\/[a-z0-9-]+(\.[a-z0-9-]+)+(:[0-9]{1,5})?(\/[A-Za-z0-9._~/-]*)?$/;

function violationsOf(config) {
  const found = [];
  const page = setting(config, "page");
  if (page.length > 1024 || !PAGE.test(page)) {
    found.push({ property: "page", reason: "is not an https address without a query" });
  }
  if (!CURRENCIES.includes(setting(config, "currency"))) {
    found.push({ property: "currency", reason: `is none of ${CURRENCIES.join(", ")}` });
  }
  return found;
}

function settingsOf(ctx) {
  const violations = violationsOf(ctx.config);
  if (violations.length > 0) {
    throw new Fault("invalid-config", "the settings of the payment account", violations);
  }
  return { page: setting(ctx.config, "page"), currency: setting(ctx.config, "currency") };
}

// ---------------------------------------------------------------- references (ISO 11649)

/** The remainder by 97 of letters and digits, where A is 10 and Z is 35 (ISO 7064, MOD 97-10). */
function mod97(text) {
  let rest = 0;
  for (const sign of text) {
    const value = parseInt(sign, 36);
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97;
  }
  return rest;
}

/**
 * "RF", two check digits and the random part of the charge's id: every try of a charge has the same
 * reference, and a mistyped one is nobody's.
 */
function referenceFor(chargeId) {
  const random = /[0-9A-Z]{16}$/.exec(chargeId)?.[0];
  if (random === undefined) throw new Fault("invalid-request", "the charge's id does not end in a ULID");
  const check = String(98 - mod97(`${random}RF00`)).padStart(2, "0");
  return `RF${check}${random}`;
}

function isReference(text) {
  return /^RF[0-9]{2}[0-9A-Z]{1,21}$/.test(text) && mod97(text.slice(4) + text.slice(0, 4)) === 1;
}

function referenceAmong(refs) {
  const found = refs.find((one) => one.kind === "transfer-reference")?.value;
  if (found === undefined) throw new Fault("not-found", "the charge has no transfer-reference");
  return found;
}

// ---------------------------------------------------------------- charges

function stateOf(status, reference, currency, more = {}) {
  const nothing = { minor: 0, currency };
  return {
    status,
    refs: [{ kind: "transfer-reference", value: reference }],
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
    rawStatus: status,
    ...more,
  };
}

/** 1990 is "19.90". */
function decimal(minor) {
  const digits = String(minor).padStart(3, "0");
  return `${digits.slice(0, -2)}.${digits.slice(-2)}`;
}

/** Sends the customer to the house's page, which shows the bank account and what the query says. */
function create(ctx, request) {
  const { page, currency } = settingsOf(ctx);
  if (request.amount.currency !== currency) {
    throw new Fault("invalid-request", `this account takes ${currency}, not ${request.amount.currency}`);
  }
  const reference = referenceFor(request.chargeId);
  const amount = decimal(request.amount.minor);
  return stateOf("requires-action", reference, currency, {
    action: {
      tag: "redirect",
      val: { url: `${page}?reference=${reference}&amount=${amount}&currency=${currency}` },
    },
    expiresAt: request.expiresAt,
  });
}

/** Nobody can be asked: whoever reads the statement tells by himself. */
function sync(ctx, refs) {
  return stateOf("requires-action", referenceAmong(refs), settingsOf(ctx).currency);
}

/** No transfer can be forbidden; one that comes nevertheless settles late. */
function cancel(ctx, refs) {
  return stateOf("canceled", referenceAmong(refs), settingsOf(ctx).currency);
}

function describe() {
  return {
    pluginId: "bank-transfer",
    version: "1.0.0",
    displayName: "Bank transfer",
    methods: ["bank-transfer"],
    currencies: CURRENCIES,
    countries: ["BR", "DE", "IT", "PT", "US"],
    features: { lateSettlement: true, installments: false },
    finality: "delayed",
    limits: {
      min: null,
      max: null,
      maxInstallments: 1,
      refundWindowDays: null,
      defaultExpirySeconds: null,
    },
    configFields: [
      {
        key: "page",
        label: "Page with the bank account",
        kind: "text",
        required: true,
        choices: [],
        help: "https address of your page that shows your bank account; reference, amount and currency are added as its query.",
      },
      {
        key: "currency",
        label: "Currency",
        kind: "choice",
        required: true,
        choices: CURRENCIES,
        help: "Of that bank account.",
      },
    ],
    requiredCustomerFields: [],
  };
}

function healthCheck(ctx) {
  settingsOf(ctx);
  if (!secrets.exists("webhook_key")) {
    throw new Fault("unauthenticated", "without webhook_key no payment can be told");
  }
}

export const charges = {
  describe,
  validateConfig(config) {
    const violations = violationsOf(config);
    if (violations.length > 0) throw violations;
  },
  healthCheck: answering(healthCheck),
  create: answering(create),
  complete: answering((ctx, refs, _query) => sync(ctx, refs)),
  cancel: answering(cancel),
  sync: answering(sync),
  // Nothing is kept anywhere, so what would be created is what was created.
  findByKey: answering(create),
};

// ---------------------------------------------------------------- webhooks

/** The bytes of "sha256=<64 hex digits>"; none when it is something else. */
function tagOf(header) {
  const hex = /^sha256=([0-9a-f]{64})$/i.exec(header ?? "")?.[1];
  return hex && Uint8Array.from(hex.match(/../g), (pair) => parseInt(pair, 16));
}

/** Strict UTF-8, then JSON. */
function parsed(body) {
  try {
    const escaped = Array.from(body, (byte) => `%${byte.toString(16).padStart(2, "0")}`);
    return JSON.parse(decodeURIComponent(escaped.join("")));
  } catch {
    throw new Fault("malformed", "the body is not JSON");
  }
}

/** {"id", "reference", "amount_minor", "currency", "paid_at"}; the last in milliseconds. */
function transferOf(body) {
  const told = parsed(body) ?? {};
  const need = (field, holds) => {
    if (!holds(told[field])) throw new Fault("malformed", `${field} is missing or odd`);
    return told[field];
  };
  const upTo = (most) => (value) => Number.isSafeInteger(value) && value > 0 && value <= most;
  return {
    id: need("id", (value) => typeof value === "string" && /^[\x21-\x7e]{1,100}$/.test(value)),
    reference: need("reference", (value) => typeof value === "string" && isReference(value)),
    minor: need("amount_minor", upTo(MOST_MINOR)),
    currency: need("currency", (value) => CURRENCIES.includes(value)),
    paidAt: need("paid_at", upTo(LAST_INSTANT)),
  };
}

function handle(_ctx, request) {
  if (request.body.length > LARGEST_BODY) throw new Fault("malformed", "the body is too long");
  const signature = request.headers.find((one) => one.name.toLowerCase() === "x-signature");
  const tag = tagOf(signature?.value);
  // The key stays with the host, which compares in constant time.
  if (!tag || !secrets.macVerify("webhook_key", "hmac-sha256", request.body, tag)) {
    throw new Fault("bad-signature", "X-Signature is not sha256=<HMAC-SHA-256 of the body>");
  }
  const { id, reference, minor, currency, paidAt } = transferOf(request.body);
  const captured = { minor, currency };
  return {
    events: [
      {
        // The same telling has the same id, and counts once.
        eventId: `transfer-${id}`,
        occurredAt: paidAt,
        trust: "signed",
        refs: [{ kind: "transfer-reference", value: reference }],
        body: {
          tag: "charge",
          val: stateOf("paid", reference, currency, { authorized: captured, captured, paidAt }),
        },
      },
    ],
    reply: { status: 200, headers: [], body: new Uint8Array() },
  };
}

/** There is nobody to tell; whoever sets the reader up is shown what it needs. */
function register(_ctx, url) {
  return [
    { key: "POST to", value: url },
    { key: "X-Signature", value: "sha256=<hex of HMAC-SHA-256 of the body, by webhook_key>" },
  ];
}

export const webhooks = { handle: answering(handle), register: answering(register) };
