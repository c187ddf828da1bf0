// What the main process knows of the license. Nothing of Electron is in here: what it needs of the desk, it is
// given. So it runs under Node.js as it runs in the program.
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { HYBRID, init } from "alvara-sdk";

/** Longer than any activation key. */
const KEY_MOST = 200;
/** Longer than any text that is carried back: a revocation list of ten thousand has 110 kB. */
const ANSWER_MOST = 1024 * 1024;

/** The first proxy of what Chromium says of an address (`PROXY host:port; DIRECT`), or null. The library speaks
 * HTTP to proxies, so SOCKS counts as none. */
export function proxyOf(said) {
  const first = said.split(";").map((way) => way.trim()).find((way) => /^(DIRECT|PROXY )/.test(way));
  return first?.startsWith("PROXY ") ? `http://${first.slice("PROXY ".length).trim()}` : null;
}

/** An activation key as a window sent it. A window is asked for a text; whatever else comes is not from ours. */
function keyOf(said) {
  if (typeof said !== "string" || said.length > KEY_MOST) throw new TypeError("a key is a short text");
  return said.trim();
}

/** Only pages on the web are opened outside: another scheme would start a program. */
function isPage(url) {
  const { protocol, hostname } = new URL(url);
  return protocol === "https:" || (protocol === "http:" && hostname === "localhost");
}

/**
 * The license of the program, for its windows.
 *
 * `options` are those of the library's `init`. `desk` is what only Electron can do: `openOutside(url)`,
 * `saveAs(name)` and `choose()`, which answer a file or null. Every method answers a view: a plain object that
 * crosses to a window, with the sentence in the language of `options.locale`.
 */
export class Licensing {
  #license;
  #desk;
  #locale;
  #product;

  constructor(options, desk) {
    this.#license = init({ ...options, preset: HYBRID });
    this.#desk = desk;
    this.#locale = options.locale ?? "en";
    this.#product = options.product;
  }

  /** Decides by what the machine holds, and keeps the license alive from then on. `tell` gets each view that
   * differs. Nobody waits for the network here. */
  open(tell) {
    this.#license.onChange((state) => tell(this.#view(state)));
    // Started first: a call that is due is then one of its loop, and made once.
    this.#license.start();
    return this.view();
  }

  /** How the license stands now. */
  view() {
    return this.#view(this.#license.check());
  }

  /** Whether the license unlocks a module: asked where it matters, each time. */
  allows(module) {
    return this.#license.hasModule(module);
  }

  /** Activates this machine. */
  async activate(key) {
    return this.#view(await this.#license.activate(keyOf(key)));
  }

  /** Opens the page on which the license is renewed, in the browser of the person. */
  async renew() {
    const url = this.#license.renewUrl();
    if (url !== null && isPage(url)) await this.#desk.openOutside(url);
    return this.view();
  }

  /** Writes the request that somebody carries to the platform, where the person wants it. */
  async saveRequest(key) {
    const said = keyOf(key);
    const file = await this.#desk.saveAs(`${this.#product}-request.txt`);
    // The key is in it: it is nobody else's.
    return file === null ? this.view() : this.#withFile(() => writeFileSync(file, this.#license.offlineRequest(said), { mode: 0o600 }));
  }

  /** Takes what was carried back. */
  async takeAnswer() {
    const file = await this.#desk.choose();
    if (file === null) return this.view();
    return this.#withFile(() => (statSync(file).size > ANSWER_MOST ? tooLong() : this.#license.offlineActivate(readFileSync(file, "utf8"))));
  }

  /** The machine slept, and no timer ran meanwhile: what is due is done now. */
  wake() {
    return this.view();
  }

  /** Ends the loop and gives back what must not stay behind. */
  close() {
    return this.#license.close();
  }

  /** A file that the person chose may be anywhere: what goes wrong with it is shown and ends nothing. */
  #withFile(work) {
    try {
      const state = work();
      return state === undefined ? this.view() : this.#view(state);
    } catch (error) {
      if (error.syscall === undefined && error.code !== "FILE_TOO_LONG") throw error;
      return { ...this.view(), trouble: { code: "FILE", detail: error.message } };
    }
  }

  #view(state) {
    return {
      locale: this.#locale, status: state.status, valid: state.valid, access: state.access,
      message: state.message(this.#locale), daysLeft: state.daysLeft, expiresAt: state.expiresAt,
      graceEndsAt: state.graceEndsAt, canRenew: state.license !== null && this.#license.renewUrl() !== null,
      // What a call could not do is beside how the license stands, and never in its place.
      trouble: state.error === null ? null : { code: state.error, detail: state.errorDetail },
    };
  }
}

function tooLong() {
  throw Object.assign(new Error("the file is too long for what was carried back"), { code: "FILE_TOO_LONG" });
}
