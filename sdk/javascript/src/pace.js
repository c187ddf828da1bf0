// When to ask again: waits that grow while nothing comes of it, and never fall below a floor. In seconds.

/** Longest pause of the loop, so that an expiry is noticed by itself, and the shortest. */
export const TICK = 60;
export const FLOOR = 1;
/** The first wait for a seat that is not to be had, and the most it grows to. */
export const SEAT_RETRY = 10;
export const SEAT_RETRY_MOST = 60;
/** The longest rest because of a clock that is ahead. */
export const REST_MOST = 3600;
/** The longest wait that anybody may ask for. */
const ASKED_MOST = 86_400;

const between = (least, most) => least + (most - least) * Math.random();
const steady = () => performance.now() / 1000;

/** A time until which nobody asks, by the machine's steady clock: setting the time does not move it. */
export class Wait {
  #failures = 0;
  #until = 0;

  /** Waits, twice as long each time, and at least as long as was asked for. A tenth more or less, so that a
   * thousand programs do not come back at once. */
  longer(first, most, asked = 0) {
    this.#failures += 1;
    const wait = Math.min(first * 2 ** Math.min(this.#failures - 1, 16), most) * between(0.9, 1.1);
    this.#until = steady() + Math.max(wait, Math.min(asked, ASKED_MOST) * between(1, 1.1), FLOOR);
  }

  /** Waits so long, and forgets what failed before. */
  once(seconds) {
    this.#failures = 0;
    this.#until = steady() + Math.max(seconds * between(0.9, 1), FLOOR);
  }

  /** Waits no longer; the next failure still counts on. */
  lift() {
    this.#until = 0;
  }

  /** Waits no longer, and forgets what failed before. */
  over() {
    [this.#failures, this.#until] = [0, 0];
  }

  /** Seconds that are left. */
  left() {
    return Math.max(0, this.#until - steady());
  }
}
