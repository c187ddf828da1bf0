// What a machine holds, judged: from the kept file to the state of the license. Nothing here calls anybody
// or writes anything.
import { compare } from "./fingerprint.js";
import { DAY } from "./ladder.js";
import { State, Status, statusOf } from "./state.js";
import { TokenError, modulesOf, readComputerKey, readLease } from "./tokens.js";
import { decide, isBelow, parseVersion, rangeEnds } from "./verdict.js";

/** Lives from contact to contact: 300 seconds without one and the program stops; tries each 10 seconds. */
export const ALWAYS_ONLINE = Object.freeze({ name: "always-online", retry: 10, retryMost: 10, window: 300, warnDays: 0 });
/** Checks as the license says (7 days and 30 of grace by the platform's preset), and warns 15 days ahead. */
export const HYBRID = Object.freeze({ name: "hybrid", retry: 60, retryMost: 3600, window: null, warnDays: 15 });

/** The state where there is nothing to judge. */
export function noLicense(code) {
  return new State({ status: statusOf(code), code, valid: false, access: "none" });
}

/** Whether a lease is one of this key's license and machine. */
export function belongs(key, lease, machine) {
  return lease.sub === key.sub && lease.mac === machine;
}

/** How the license stands at an instant, by what was kept and what the watermark remembers. `rules` are
 * `{keys, identity, asks, preset, floating, instance}`. */
export function judge(kept, watermark, rules, now) {
  if (!kept.computer_key || !kept.lease) return noLicense("NOT_ACTIVATED");
  const key = readOr(readComputerKey, kept.computer_key, rules.keys);
  const lease = readOr(readLease, kept.lease, rules.keys);
  if (!key || !lease || !belongs(key, lease, kept.machine_id) || lease.seat !== null) {
    return noLicense("TOKEN_FORGED").with({ machine: kept.machine_id ?? null });
  }
  const state = new State({
    license: key.sub, machine: lease.mac, kind: key.knd, expiresAt: key.exp,
    nextCheckAt: Math.max(lease.nxt, kept.next_check ?? 0),
    modules: Object.fromEntries(modulesOf(key, now).map((module) => [module.code, module.value])),
  });
  const refusal = kept.refusal ?? null;
  if (isRolledBack(kept, watermark, key, lease, refusal)) return stopped(state, "STORE_ROLLBACK");
  const listed = kept.listed || watermark.machines[lease.mac]?.listed;
  if (listed) return stopped(state, listed);
  if (refusal) return stopped(state, refusal.code, refusal.because ?? null).with({ daysLeft: refusal.days_left ?? null });
  const seat = seatOf(kept, watermark, rules, key, lease);
  const contact = contactOf(kept, watermark, rules, lease, seat);
  const machine = compare(key.fp, rules.identity.fingerprint, rules.identity.components);
  const verdict = decide(key, lease.lad, rules.asks, machine, contact, now);
  const judged = ofVerdict(state, verdict, key, lease, contact, rules, now);
  if (!rules.floating || !judged.valid) return judged;
  if (seat === null || now > seat.exp) return stopped(judged, "NO_SEAT");
  const borrowedUntil = kept.seats[rules.instance].borrowed_until ?? null;
  return judged.with({ seat: Object.freeze({ id: seat.seat, until: seat.exp, borrowedUntil }) });
}

/** What a reader makes of a text; null where it refuses it. */
export function readOr(reader, text, keys) {
  try {
    return reader(text, keys);
  } catch (error) {
    if (error instanceof TokenError) return null;
    throw error;
  }
}

function stopped(state, code, because = null) {
  return state.with({ status: statusOf(code), code, valid: false, access: "none", because });
}

function isRolledBack(kept, watermark, key, lease, refusal) {
  const seen = watermark.machines[lease.mac] ?? {};
  // Its watermark is gone, or is that of another store.
  if (kept.twin != null && kept.twin !== watermark.twin) return true;
  const contact = Math.max(lease.iat, refusal?.at ?? 0);
  return key.seq < Math.max(kept.seq ?? 0, seen.seq ?? 0) || contact < (seen.contact ?? 0);
}

function seatOf(kept, watermark, rules, key, lease) {
  const held = kept.seats?.[rules.instance];
  const seat = held ? readOr(readLease, held.lease, rules.keys) : null;
  const givenBack = watermark.machines[lease.mac]?.returned ?? [];
  return seat && seat.seat !== null && belongs(key, seat, lease.mac) && !givenBack.includes(seat.seat) ? seat : null;
}

/** The later end of the two proofs counts; the clock may lie behind none of what was seen. */
function contactOf(kept, watermark, rules, lease, seat) {
  const { window } = rules.preset;
  const until = window === null ? lease.exp : Math.min(lease.exp, lease.iat + window);
  const seen = Math.max(lease.iat, kept.last_seen ?? 0, watermark.last_seen ?? 0);
  return { issuedAt: Math.max(seen, seat?.iat ?? 0), expiresAt: Math.max(until, seat?.exp ?? 0) };
}

function ofVerdict(state, verdict, key, lease, contact, rules, now) {
  const { code, access, because, daysLeft } = verdict;
  if (!verdict.valid) {
    const ended = stopped(state, code, because).with({ daysLeft });
    return isTooOld(code, key, rules) ? ended.with({ status: Status.NEEDS_UPDATE }) : ended;
  }
  let [status, graceEndsAt] = [Status.OK, null];
  if (code === "EXPIRED") status = Status.EXPIRED;
  else if (code === "EXPIRED_GRACE") [status, graceEndsAt] = [Status.GRACE, because?.until ?? null];
  else if (now > lease.iat + key.rv) [status, graceEndsAt] = [Status.GRACE, contact.expiresAt];
  else if (key.exp !== null && now >= key.exp - (lease.lad.warnDays || rules.preset.warnDays) * DAY) status = Status.EXPIRING;
  return state.with({ status, code, access, because, daysLeft, graceEndsAt });
}

/** Whether an update would help: the license is for later versions only. */
function isTooOld(code, key, rules) {
  if (code !== "VERSION_NOT_ENTITLED" || rules.asks.version == null) return false;
  try {
    const [first] = rangeEnds(key.ver);
    return first !== null && isBelow(parseVersion(rules.asks.version), first);
  } catch {
    return false;
  }
}
