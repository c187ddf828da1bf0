// May this program run, and if not, why not: the rules of the platform, for what a machine holds. Pure:
// the same facts at the same instant give the same verdict as on the server.
import { DAY } from "./ladder.js";
import { modulesOf } from "./tokens.js";

/** How far a machine's clock may be behind before it counts as turned back, in seconds. */
export const CLOCK_TOLERANCE = 300;

const VERSION = /^([0-9]+)(?:\.([0-9]+))?(?:\.([0-9]+))?(?:-([A-Za-z0-9.]{1,24}))?$/;

/** Major, minor, patch and tag of `2`, `2.1`, `2.1.14` or `2.2.0-rc1`; throws for anything else. */
export function parseVersion(text) {
  const found = VERSION.exec(text);
  const numbers = found?.slice(1, 4).map((part) => Number(part ?? 0));
  if (!found || numbers.some((number) => number > 0xffff_ffff)) throw new TypeError(`${JSON.stringify(text)} is no version like 2, 2.1 or 2.1.14`);
  return [...numbers, found[4] ?? ""];
}

/** Negative, zero or positive as one version comes before another; a pre-release before its release. */
export function compareVersions(one, other) {
  const [a, b] = [parseVersion(one), parseVersion(other)];
  for (const index of [0, 1, 2]) if (a[index] !== b[index]) return a[index] - b[index];
  if ((a[3] === "") !== (b[3] === "")) return a[3] === "" ? 1 : -1;
  return a[3] < b[3] ? -1 : a[3] > b[3] ? 1 : 0;
}

/** The ends of a range such as `*`, `1.0-2.9`, `1.0-` or `-2.9`; null where there is none. */
export function rangeEnds(text) {
  if (text === "*") return [null, null];
  const dash = text.indexOf("-");
  if (dash < 0 || text === "-") throw new TypeError("a range like 1.0-2.9, 1.0-, -2.9 or * is expected");
  return [text.slice(0, dash), text.slice(dash + 1)].map((part) => (part ? parseVersion(part).slice(0, 2) : null));
}

/** Whether a version comes before an end of a range. */
export function isBelow(version, end) {
  return version[0] !== end[0] ? version[0] < end[0] : version[1] < end[1];
}

/** Days of 24 hours, rounded up, never negative. */
export function daysUntil(now, later) {
  return Math.max(0, Math.ceil((later - now) / DAY));
}

function differs(bound, asked) {
  if (bound === null) return false;
  return asked == null || asked.trim().toLowerCase() !== bound.trim().toLowerCase();
}

function versionRefused(key, ladder, asks, now) {
  const asked = parseVersion(asks.version);
  let ends;
  try {
    ends = rangeEnds(key.ver);
  } catch {
    return ["VERSION_NOT_ENTITLED", { kind: "version", allowed: key.ver, asked: asks.version }];
  }
  const [first, last] = ends;
  if ((first && isBelow(asked, first)) || (last && isBelow(last, asked))) {
    return ["VERSION_NOT_ENTITLED", { kind: "version", allowed: key.ver, asked: asks.version }];
  }
  const released = asks.releasedAt ?? null;
  if (released === null) return null;
  if (key.mnt !== null && released > key.mnt) {
    return ["MAINTENANCE_ENDED", { kind: "release", released_at: released, entitled_until: key.mnt }];
  }
  const kept = ladder.strategy === "maintain" && key.exp !== null && ladder.stopsAt(key.exp) <= now;
  return kept && released > key.exp
    ? ["VERSION_NOT_ENTITLED", { kind: "release", released_at: released, entitled_until: key.exp }]
    : null;
}

function refusal(key, ladder, asks, machine, contact, now) {
  if (key.nbf !== null && now < key.nbf) return ["NOT_YET_EFFECTIVE", { kind: "start", starts_at: key.nbf }];
  if (asks.product != null && asks.product !== key.prd) {
    return ["PRODUCT_MISMATCH", { kind: "product", licensed: key.prd, asked: asks.product }];
  }
  const version = asks.version == null ? null : versionRefused(key, ladder, asks, now);
  if (version) return version;
  if (differs(key.usr, asks.user)) return ["USER_MISMATCH", { kind: "user", asked: asks.user ?? null }];
  if (differs(key.site, asks.site)) return ["SITE_MISMATCH", { kind: "site", asked: asks.site ?? null }];
  if (machine?.outcome === "mismatch") {
    const { changed, matched, threshold } = machine;
    return ["FINGERPRINT_MISMATCH", { kind: "fingerprint", changed, matched, threshold }];
  }
  if (now + CLOCK_TOLERANCE < contact.issuedAt) return ["CLOCK_ROLLBACK", { kind: "clock", last_contact: contact.issuedAt }];
  if (now > contact.expiresAt) return ["LEASE_EXPIRED", { kind: "contact", until: contact.expiresAt }];
  return null;
}

function expiry(key, ladder, now) {
  if (key.exp === null) return ["VALID", "full", null];
  const because = (until) => ({ kind: "expiry", expires_at: key.exp, until });
  const [fullUntil, stopsAt] = [ladder.fullUntil(key.exp), ladder.stopsAt(key.exp)];
  if (now < key.exp) return ["VALID", "full", now >= ladder.warnsAt(key.exp) ? because(null) : null];
  if (now < fullUntil) return ["EXPIRED_GRACE", "full", because(fullUntil)];
  if (now < stopsAt) return ["EXPIRED_GRACE", "read_only", because(stopsAt)];
  return ["EXPIRED", ladder.strategy === "restrict" ? "none" : "full", because(null)];
}

/** Decides by a computer key, the ladder of its lease, the machine and the last contact. */
export function decide(key, ladder, asks, machine, contact, now) {
  const daysLeft = key.exp === null ? null : daysUntil(now, key.exp);
  const refused = refusal(key, ladder, asks, machine, contact, now);
  if (refused) return { valid: false, code: refused[0], access: "none", daysLeft, because: refused[1] };
  let [code, access, because] = expiry(key, ladder, now);
  if (access === "none") return { valid: false, code, access, daysLeft, because };
  const unlocked = new Set(modulesOf(key, now).map((module) => module.code));
  const missing = (asks.modules ?? []).filter((module) => !unlocked.has(module));
  if (missing.length) return { valid: false, code: "MODULE_MISSING", access: "none", daysLeft, because: { kind: "modules", missing } };
  if (because === null && machine?.outcome === "drift") because = { kind: "drift", changed: machine.changed };
  return { valid: true, code, access, daysLeft, because };
}
