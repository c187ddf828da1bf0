// The license of one program on one machine.
import { dirname, join } from "node:path";
import * as carried from "./carried.js";
import { compare, identityOf, thisMachine } from "./fingerprint.js";
import { HYBRID, belongs, judge, noLicense, readOr } from "./held.js";
import * as offline from "./offline.js";
import { FLOOR, REST_MOST, SEAT_RETRY, SEAT_RETRY_MOST, TICK, Wait } from "./pace.js";
import * as places from "./places.js";
import { Seal, SealError, Store } from "./store.js";
import { KeySet, TokenError, readComputerKey, readLease } from "./tokens.js";
import { Api, NoConnection, isSigned, transportBy } from "./transport.js";
import { CLOCK_TOLERANCE, parseVersion } from "./verdict.js";

/** Seconds between two writes of the last-seen time while nothing else changes. */
const SEEN_STEP = 60;
/** An answer that took longer is not believed; in milliseconds. */
const ANSWER_WITHIN = 300_000;
const MISLED = [TypeError, SyntaxError, TokenError, offline.BlockError, carried.Refused];

const monotonic = () => performance.now();

/** The license of one program on one machine; made by `init`. Methods answer a State and throw only where
 * they are misused. */
export class Client {
  #keys;
  #api;
  #store;
  #rules;
  #options;
  #clock;
  #listeners = [];
  #told = null;
  // After a failure nobody is called; while the clock is off no heartbeat is due again at once; and a seat has
  // a pace of its own.
  #failing = new Wait();
  #resting = new Wait();
  #seating = new Wait();
  #queue = Promise.resolve();
  #timer = null;
  #beating = false;
  #running = false;
  #scheduled = null;
  #closed = false;
  #wantsSeat = false;
  #leaving = () => this.close();

  constructor(options) {
    const { product, publicKey, apiUrl, version = null } = options;
    if (typeof product !== "string" || !product) throw new TypeError("product is the code of the product");
    if (version !== null) parseVersion(version);
    const at = places.folders(product);
    const file = options.path ?? join(at.data, "license");
    const machine = options.machine ?? thisMachine(dirname(file));
    const identity = identityOf(machine, product);
    this.product = product;
    this.#options = options;
    this.#clock = options.clock ?? (() => Date.now() / 1000);
    this.#keys = KeySet.of(publicKey, options.algorithm);
    this.#api = new Api(apiUrl, options.transport ?? transportBy(options.proxy), options.locale ?? "en");
    this.#store = new Store(file, options.watermark ?? join(at.state, "seen"), new Seal(machine.secret, product, identity.fingerprint));
    const { user = null, site = null, modules = [], releasedAt = null } = options;
    this.#rules = {
      keys: this.#keys, identity, asks: { product, version, releasedAt, user, site, modules },
      preset: options.preset ?? HYBRID, floating: options.floating === true, instance: options.instance ?? "",
    };
  }

  // What is asked at any time, without the network.

  /** How the license stands now, from what the machine holds. A call at the platform that is due is made in
   * the background; its result shows at the next check and by `onChange`. */
  check() {
    const state = this.#look();
    if (this.#isDue(state)) this.#schedule();
    return state;
  }

  /** How the license stands now; calls nobody. */
  get state() {
    return this.#look();
  }

  /** Whether the program may run and the license unlocks a module. */
  hasModule(code) {
    const state = this.#look();
    return state.valid && Object.hasOwn(state.modules, code);
  }

  /** What comes with a module, such as a number of cash desks; null when nothing does. */
  moduleValue(code) {
    return this.hasModule(code) ? this.#look().modules[code] : null;
  }

  /** Days until the expiry, rounded up; null when it does not expire or there is no license. */
  daysLeft() {
    return this.#look().daysLeft;
  }

  /** Calls a function with each state that differs from the one before. */
  onChange(listener) {
    this.#listeners.push(listener);
  }

  /** Where the license is renewed: the address given to `init`, with `{license}` and `{product}` filled in. */
  renewUrl() {
    const named = { license: this.#look().license ?? "", product: this.product };
    return this.#options.renewUrl?.replace(/\{(license|product)\}/g, (_, name) => encodeURIComponent(named[name])) ?? null;
  }

  // What needs the platform.

  /** Activates this machine with an activation key. */
  activate(key, { name } = {}) {
    return this.#inTurn(async () => {
      const before = this.#look();
      // The platform would give a place that cannot be written down.
      if (before.code === "STORE_UNREADABLE") return before.with({ error: before.code });
      const [answer, failed] = await this.#ask("POST", "/api/v1/activations", this.#request(key, name));
      if (!answer) return failed;
      if (answer.status !== 200 && answer.status !== 201) return this.#refused(answer);
      const state = this.#believed(() => {
        const { machine, computer_key, lease } = answer.json();
        return this.#install(machine.id, machine.token, computer_key, lease, { fresh: true });
      });
      // Its answer bears no nonce and sets no clock back; a heartbeat's does.
      return state.code === "CLOCK_ROLLBACK" ? this.#contact() : state;
    });
  }

  /** Calls the platform now: a heartbeat. Where it does not get through the state is that of `check`, with
   * `error` set. */
  validateOnline() {
    return this.#inTurn(() => this.#contact());
  }

  /** Gives this machine's place back and forgets the license. */
  deactivate() {
    return this.#inTurn(async () => {
      const kept = this.#kept();
      if (!kept.token) return this.#look();
      const [answer, failed] = await this.#ask("DELETE", `/api/v1/activations/${encodeURIComponent(kept.machine_id)}`, null, kept.token);
      if (!answer) return failed;
      if (answer.status !== 204) return this.#refused(answer);
      return this.#believed(() => this.#wipe());
    });
  }

  /** The newest build where it is newer than this program and signed by the vendor; else null. */
  async checkUpdate({ channel = "stable", platform = "any" } = {}) {
    const { version } = this.#rules.asks;
    const asked = new URLSearchParams({ product: this.product, channel, platform, ...(version === null ? {} : { version }) });
    const [answer] = await this.#ask("GET", `/api/update?${asked}`);
    return answer?.status === 200 ? carried.update(answer.json(), this.#keys, version) : null;
  }

  // Machines without network.

  /** The text to carry to the platform. Its answer goes to `offlineActivate`. */
  offlineRequest(key, { name } = {}) {
    const nonce = offline.newNonce();
    const { site, ...said } = this.#request(key, name);
    if (site !== undefined) said.machine.site = site;
    this.#store.update((kept) => ({ ...kept, pending: nonce }), { pending: nonce });
    return offline.document(offline.REQUEST, { v: 1, ...said, nonce });
  }

  /** Takes what was carried back: an activation response, a newer computer key, or a revocation list. */
  offlineActivate(text) {
    return this.#believed(() => {
      const kept = this.#kept();
      const { response, newer, list } = carried.read(text, kept, this.#store.watermarked(), this.#keys);
      // The nonce proves that the lease is later than the request, and with it the clock.
      if (response) this.#install(response.machine, response.token, response.computerKey, response.lease, { nonce: response.nonce, fresh: true });
      else if (newer) this.#install(kept.machine_id, kept.token, newer.computerKey, newer.lease, { fresh: false });
      else this.#store.update((now) => ({ ...now, list_seq: list.seq, listed: list.code }), { listed: [list.seq, list.code] });
    }, "TEXT_NOT_BELIEVED");
  }

  /** Forgets the license and answers the receipt that proves it, to carry to the platform. The last receipt
   * stays to be had from `lastReceipt`. */
  deactivateOffline() {
    const kept = this.#kept({ strict: true });
    if (!kept.token) throw new Error("there is no license on this machine to give back");
    const key = readComputerKey(kept.computer_key, this.#keys);
    const wiped_at = `${new Date(this.#now() * 1000).toISOString().slice(0, 19)}Z`;
    const receipt = offline.receipt(kept.token, {
      iss: key.iss, license: key.sub, machine: kept.machine_id, seq: key.seq, nonce: offline.newNonce(), wiped_at,
    });
    this.#wipe({ receipt });
    return receipt;
  }

  /** The receipt of the last `deactivateOffline`, or null. */
  lastReceipt() {
    return this.#kept().receipt ?? null;
  }

  // Floating seats.

  /** Takes a floating seat, or the one that is held already. `borrowFor` seconds it needs no sign of life.
   * It goes back by `returnSeat`, by `close` and where the program ends by itself. */
  takeSeat({ borrowFor } = {}) {
    this.#wantsSeat = true;
    process.off("beforeExit", this.#leaving);
    process.once("beforeExit", this.#leaving);
    const { instance } = this.#rules;
    return this.#inTurn(() => this.#seat("POST", "/api/v1/seats", instance ? { instance } : {}, borrowFor));
  }

  /** A sign of life for the seat. The loop of `start` gives it by itself. */
  keepSeat() {
    return this.#keep();
  }

  /** Takes the seat along for so many seconds without a connection. */
  borrowSeat(seconds) {
    return this.#keep(seconds);
  }

  /** Gives the seat back. */
  returnSeat() {
    this.#wantsSeat = false;
    return this.#inTurn(() => this.#giveBack());
  }

  // The loop, and the end.

  /** Keeps license and seat alive in the background, when the platform says and no sooner. It does not keep
   * the program from ending. */
  start() {
    if (!this.#running && !this.#closed) {
      this.#running = true;
      void this.#beat();
    }
    return this;
  }

  /** Ends the loop and gives back a seat that is not borrowed. */
  async close() {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#timer);
    process.off("beforeExit", this.#leaving);
    // In turn: a call that is under way may be just taking the seat.
    await this.#inTurn(async () => {
      const held = this.#kept().seats?.[this.#rules.instance];
      if (this.#wantsSeat && held && (held.borrowed_until ?? null) === null) await this.#giveBack();
    });
  }

  // Below here is what nobody outside needs.

  #now() {
    return Math.floor(this.#clock());
  }

  #kept({ strict = false } = {}) {
    try {
      return this.#store.load();
    } catch (error) {
      if (!(error instanceof SealError)) throw error;
      if (strict && error.reason === "STORE_UNREADABLE") throw error.cause;
      return {};
    }
  }

  #look() {
    const now = this.#now();
    let state;
    try {
      const kept = this.#store.load();
      state = judge(kept, this.#store.watermarked(), this.#rules, now);
      if (kept.token && now >= (kept.last_seen ?? 0) + SEEN_STEP) {
        this.#noteTime(now);
      }
    } catch (error) {
      if (!(error instanceof SealError)) throw error;
      state = noLicense(error.reason);
    }
    const told = `${state.status} ${state.code} ${state.access}`;
    const changed = this.#told !== null && told !== this.#told;
    this.#told = told;
    if (changed) for (const listener of [...this.#listeners]) outlived(() => listener(state));
    return state;
  }

  #noteTime(now) {
    try {
      this.#store.update((kept) => ({ ...kept, last_seen: Math.max(now, kept.last_seen ?? 0) }));
    } catch (error) {
      // A folder that cannot be written stops nobody; the lease still ends when it ends.
      if (error.syscall === undefined && !(error instanceof SealError)) throw error;
    }
  }

  /** One call after the other, so that answers are taken in the order in which they were asked for. */
  #inTurn(work) {
    const turn = this.#queue.then(work);
    this.#queue = turn.then(() => undefined, () => undefined);
    return turn;
  }

  #failed(error, errorDetail = null, retryAt = null) {
    return this.#look().with({ error, errorDetail, retryAt });
  }

  /** The state once something was taken, or why it was not. `take` may answer what time it is at the
   * platform. */
  #believed(take, otherwise = "ANSWER_NOT_BELIEVED") {
    let at;
    try {
      at = take();
    } catch (error) {
      if (error instanceof SealError) return this.#failed("STORE_NOT_WRITTEN", error.cause?.message ?? error.reason);
      if (error.syscall !== undefined) return this.#failed("STORE_NOT_WRITTEN", error.message);
      if (!MISLED.some((kind) => error instanceof kind)) throw error;
      return this.#failed(error instanceof carried.Refused ? error.code : otherwise);
    }
    this.#failing.over();
    return typeof at === "number" && Math.abs(this.#now() - at) > CLOCK_TOLERANCE ? this.#failed("CLOCK_WRONG") : this.#look();
  }

  #refused(answer) {
    const said = answer.json();
    if (answer.status === 429 || answer.status >= 500) this.#backOff(Number(answer.headers["retry-after"]) || 0);
    const retryAt = carried.instant(said.next_lease_ends_at ?? said.next_possible_at);
    return this.#failed(String(said.code ?? `HTTP_${answer.status}`), said.detail ?? null, retryAt);
  }

  async #ask(method, path, said = null, token = null) {
    const begun = monotonic();
    let answer;
    try {
      answer = await this.#api.call(method, path, said, token);
    } catch (error) {
      if (!(error instanceof NoConnection)) throw error;
      this.#backOff();
      return [null, this.#failed("NO_CONNECTION", error.message)];
    }
    if (monotonic() - begun > ANSWER_WITHIN) return [null, this.#failed("ANSWER_NOT_BELIEVED")];
    if (answer.status < 429) this.#failing.lift();
    return [answer, null];
  }

  #backOff(asked = 0) {
    const { retry, retryMost } = this.#rules.preset;
    this.#failing.longer(retry, retryMost, asked);
  }

  async #contact() {
    const kept = this.#kept();
    if (!kept.token) return this.#look();
    const nonce = offline.newNonce();
    const [answer, failed] = await this.#ask("POST", "/api/v1/heartbeats", { ...this.#heartbeat(kept), nonce }, kept.token);
    if (!answer) return failed;
    if (answer.status !== 200) {
      this.#backOff();
      return this.#refused(answer);
    }
    const said = answer.json();
    const state = this.#believed(() => (said.valid === true ? this.#renewed(kept, said, nonce) : this.#stopped(answer, said, nonce)));
    if (["ANSWER_NOT_BELIEVED", "STORE_NOT_WRITTEN"].includes(state.error)) this.#backOff();
    else if (this.#isWanted(state)) {
      // The machine's clock is off, or the answer settled nothing: asked again at the platform's own pace and
      // not at once.
      const { retry, retryMost } = this.#rules.preset;
      const interval = (state.nextCheckAt ?? 0) - (this.#kept().contact ?? 0);
      this.#resting.longer(retry, retryMost, Math.min(Math.max(interval, 0), REST_MOST));
    } else this.#resting.over();
    return state;
  }

  #request(key, name) {
    const { asks, identity } = this.#rules;
    const machine = { fingerprint: identity.fingerprint, platform: places.platform() };
    if (Object.keys(identity.components).length) machine.components = identity.components;
    if (name) machine.name = name;
    if (asks.version) machine.app_version = asks.version;
    const said = { key, machine };
    if (asks.user !== null) said.user = asks.user;
    if (asks.site !== null) said.site = asks.site;
    return said;
  }

  #heartbeat(kept) {
    const { asks, identity } = this.#rules;
    const said = {
      machine: { fingerprint: identity.fingerprint, components: identity.components },
      computer_key_seq: readOr(readComputerKey, kept.computer_key, this.#keys)?.seq ?? 0,
    };
    if (asks.version !== null) said.app_version = asks.version;
    if (this.#options.metrics) said.metrics = this.#options.metrics();
    return said;
  }

  /** Takes a computer key with its lease, or throws TokenError and keeps what was there. `fresh` is a lease
   * that says what time it is now. */
  #install(machine, token, computerKey, leaseText, { nonce = null, fresh }) {
    const key = readComputerKey(computerKey, this.#keys);
    const lease = readLease(leaseText, this.#keys);
    this.#believe(key, lease, machine);
    if (nonce !== null && lease.nonce !== nonce) throw new TokenError("nonce");
    // Without a nonce only what is later than the last contact: an answer that was given before might come again.
    const contact = this.#store.watermarked().machines[machine]?.contact ?? -1;
    const isFresh = fresh && (nonce !== null || lease.iat > contact);
    this.#store.update((kept) => {
      const same = kept.machine_id === machine;
      const { list_seq, listed, twin } = kept;
      return {
        machine_id: machine, token, computer_key: computerKey, lease: leaseText, seq: key.seq, contact: lease.iat,
        last_seen: Math.max(isFresh ? 0 : kept.last_seen ?? 0, lease.iat), seats: same ? kept.seats ?? {} : {}, twin,
        ...(same && list_seq !== undefined ? { list_seq, listed } : {}),
      };
    }, { pending: null, ...(isFresh ? { clockIs: lease.iat, paired: true } : {}) });
    return lease.iat;
  }

  /** Whether both are about this product and machine, and not older than what was seen. */
  #believe(key, lease, machine) {
    const { fingerprint, components } = this.#rules.identity;
    const seen = this.#store.watermarked().machines[machine] ?? {};
    const isOurs = compare(key.fp, fingerprint, components).outcome !== "mismatch";
    if (key.prd !== this.product || !isOurs || !belongs(key, lease, machine) || lease.seat !== null) throw new TokenError("claims");
    if (key.seq < (seen.seq ?? 0) || lease.iat < (seen.contact ?? 0)) throw new TokenError("older");
  }

  #renewed(kept, said, nonce) {
    const brought = said.commands.filter((command) => command.type === "computer_key").at(-1);
    const computerKey = brought?.computer_key ?? kept.computer_key;
    const key = readComputerKey(computerKey, this.#keys);
    const lease = readLease(said.lease, this.#keys);
    if (lease.nonce !== nonce) throw new TokenError("nonce");
    this.#believe(key, lease, kept.machine_id);
    this.#store.update(({ refusal, next_check, listed, ...rest }) => ({
      ...rest, computer_key: computerKey, lease: said.lease, seq: key.seq, contact: lease.iat, last_seen: lease.iat,
    }), { clockIs: lease.iat, cleared: true, paired: true });
    return lease.iat;
  }

  #stopped(answer, said, nonce) {
    if (!isSigned(answer, this.#keys) || said.nonce !== nonce) throw new TokenError("signature");
    const [at, again] = [carried.instant(said.date), carried.instant(said.next_check_not_before)];
    if (at === null || again === null) throw new TokenError("claims");
    const refusal = { code: String(said.code), because: said.because ?? null, days_left: said.days_left ?? null, at };
    this.#store.update((kept) => ({ ...kept, refusal, contact: at, last_seen: at, next_check: again }), { clockIs: at, paired: true });
    return at;
  }

  /** Forgets everything but what an old copy of the file is recognised by. */
  #wipe(more = {}) {
    const left = ({ machine_id, seq = 0, contact = 0, last_seen = 0, twin }) => ({ machine_id, seq: seq + 1, contact, last_seen, twin, ...more });
    this.#store.update(left, { pending: null });
  }

  async #giveBack() {
    this.#wantsSeat = false;
    const kept = this.#kept();
    const held = kept.seats?.[this.#rules.instance];
    if (!held) return this.#look();
    const [answer, failed] = await this.#ask("DELETE", `/api/v1/seats/${encodeURIComponent(held.id)}`, null, kept.token ?? null);
    if (!answer) return failed;
    if (answer.status !== 204) return this.#refused(answer);
    return this.#believed(() => this.#forgetSeat());
  }

  #keep(borrowFor) {
    return this.#inTurn(() => {
      const held = this.#kept().seats?.[this.#rules.instance];
      if (!held) return this.#failed("NO_SEAT");
      return this.#seat("PUT", `/api/v1/seats/${encodeURIComponent(held.id)}`, {}, borrowFor);
    });
  }

  async #seat(method, path, asked, borrowFor) {
    const kept = this.#kept();
    if (!kept.token) return this.#look();
    const nonce = offline.newNonce();
    const said = { ...asked, nonce, ...(borrowFor === undefined ? {} : { borrow_for: borrowFor }) };
    const [answer, failed] = await this.#ask(method, path, said, kept.token);
    if (!answer) return failed;
    const told = answer.json();
    if (answer.status !== 200 && answer.status !== 201) {
      if (told.code === "SEAT_LOST") this.#believed(() => this.#forgetSeat());
      return this.#refused(answer);
    }
    return this.#believed(() => {
      const seat = readLease(told.lease, this.#keys);
      const key = readComputerKey(kept.computer_key, this.#keys);
      if (seat.seat === null || seat.nonce !== nonce || !belongs(key, seat, kept.machine_id)) throw new TokenError("claims");
      const held = { id: seat.seat, lease: told.lease, borrowed_until: carried.instant(told.seat.borrowed_until) };
      this.#store.update((now) => ({ ...now, seats: { ...now.seats, [this.#rules.instance]: held } }));
    });
  }

  #seatLease(kept) {
    const held = kept.seats?.[this.#rules.instance];
    return held ? readOr(readLease, held.lease, this.#keys) : null;
  }

  #forgetSeat() {
    const { [this.#rules.instance]: held, ...seats } = this.#kept().seats ?? {};
    this.#store.update((kept) => ({ ...kept, seats }), { returned: held?.id });
  }

  #isDue(state) {
    return !this.#failing.left() && !this.#resting.left() && this.#isWanted(state);
  }

  /** Whether a heartbeat is due by the machine's own clock. */
  #isWanted(state) {
    if (state.machine === null) return false;
    return this.#now() >= state.nextCheckAt || ["CLOCK_ROLLBACK", "STORE_ROLLBACK", "TOKEN_FORGED"].includes(state.code);
  }

  #schedule() {
    if (this.#closed) return;
    if (this.#running) void this.#beat();
    else this.#scheduled ??= this.validateOnline().catch(warn).finally(() => { this.#scheduled = null; });
  }

  /** A turn of the loop, and the next one's time. It outlives what a program brings: clock, transport, figures. */
  async #beat() {
    if (this.#beating || this.#closed) return;
    this.#beating = true;
    clearTimeout(this.#timer);
    let pause = TICK;
    try {
      let state = this.#look();
      if (this.#isDue(state)) state = await this.validateOnline();
      await this.#inTurn(() => this.#tendSeat());
      pause = this.#pause(state);
    } catch (error) {
      warn(error);
      this.#backOff();
      pause = Math.max(FLOOR, Math.min(TICK, this.#failing.left()));
    }
    this.#beating = false;
    if (this.#closed) return;
    this.#timer = setTimeout(() => void this.#beat(), 1000 * pause);
    this.#timer.unref();
  }

  async #tendSeat() {
    if (!this.#wantsSeat || this.#closed || this.#failing.left() || this.#seating.left()) return;
    const held = this.#kept().seats?.[this.#rules.instance];
    const lease = this.#seatLease(this.#kept());
    if (lease && this.#now() < lease.nxt) return;
    const { instance } = this.#rules;
    const state = !lease || this.#now() > lease.exp
      ? await this.#seat("POST", "/api/v1/seats", instance ? { instance } : {})
      : await this.#seat("PUT", `/api/v1/seats/${encodeURIComponent(held.id)}`, {});
    const now = this.#seatLease(this.#kept());
    if (state.error === null && now) this.#seating.once(Math.min(now.nxt - now.iat, TICK));
    else this.#seating.longer(SEAT_RETRY, SEAT_RETRY_MOST);
  }

  #pause(state) {
    const ends = [TICK];
    const waits = Math.max(this.#failing.left(), this.#resting.left());
    if (waits) ends.push(waits);
    else if (state.nextCheckAt !== null) ends.push(state.nextCheckAt - this.#now() + Math.random());
    if (this.#wantsSeat) {
      const lease = this.#seatLease(this.#kept());
      ends.push(Math.max(lease ? lease.nxt - this.#now() : 0, this.#seating.left(), this.#failing.left()));
    }
    return Math.max(FLOOR, Math.min(...ends));
  }
}

/** What a program's own part did wrong is told as a warning of the process. */
function warn(error) {
  process.emitWarning(error instanceof Error ? error : String(error), { type: "AlvaraWarning" });
}

/** Runs a listener; what it throws, or its promise rejects with, ends nothing. */
function outlived(listener) {
  try {
    const told = listener();
    if (typeof told?.then === "function") told.then(undefined, warn);
  } catch (error) {
    warn(error);
  }
}

/** The license of a program: `{product, publicKey, apiUrl, …}`. */
export function init(options) {
  return new Client(options);
}
