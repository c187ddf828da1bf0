// What happens around the expiry: a warning, full use, reading only, and what remains for ever.

export const DAY = 86_400;
const TEXT = /^(0|[1-9]\d{0,9})\.(0|[1-9]\d{0,9})\.(0|[1-9]\d{0,9})(?:\.(maintain|allow))?$/;

/** Days before and after the expiry, and what an expired license still allows. */
export class Ladder {
  constructor(warnDays = 0, fullDays = 0, readOnlyDays = 0, strategy = "restrict") {
    Object.assign(this, { warnDays, fullDays, readOnlyDays, strategy });
  }

  /** Reads the claim of a lease, `warn.full.read_only` and perhaps `.maintain` or `.allow`; null where
   * the text is none. The claim that is left out is the empty text. */
  static parse(text) {
    if (text === "") return new Ladder();
    const found = TEXT.exec(text);
    return found && new Ladder(+found[1], +found[2], +found[3], found[4] ?? "restrict");
  }

  /** From when the program warns. */
  warnsAt(expiresAt) {
    return expiresAt - this.warnDays * DAY;
  }

  /** Until when everything works. */
  fullUntil(expiresAt) {
    return expiresAt + this.fullDays * DAY;
  }

  /** Until when the program at least opens, to read and export. */
  stopsAt(expiresAt) {
    return this.fullUntil(expiresAt) + this.readOnlyDays * DAY;
  }
}
