/** How a license stands; the texts are stable. */
export type Status =
  | "OK" | "EXPIRING" | "GRACE" | "EXPIRED" | "CHECK_OVERDUE" | "SUSPENDED" | "REVOKED" | "BLOCKED"
  | "DEVICE_MISMATCH" | "NOT_ACTIVATED" | "CLOCK_TAMPERED" | "TAMPERED" | "UNREADABLE" | "NEEDS_UPDATE" | "NO_SEAT" | "REFUSED";
export const Status: { readonly [name in Status]: name };

/** A floating seat: its id, until when it is held, and until when it is borrowed; in seconds since 1970. */
export interface Seat {
  readonly id: string;
  readonly until: number;
  readonly borrowedUntil: number | null;
}

/** How a license stands. Whether the program may go on says `valid` alone. Instants are seconds since 1970. */
export interface State {
  readonly status: Status;
  /** The code of the verdict behind it, such as `VALID` or `LEASE_EXPIRED`. */
  readonly code: string;
  readonly valid: boolean;
  readonly access: "full" | "read_only" | "none";
  readonly daysLeft: number | null;
  readonly graceEndsAt: number | null;
  readonly nextCheckAt: number | null;
  readonly license: string | null;
  readonly machine: string | null;
  readonly kind: string | null;
  readonly expiresAt: number | null;
  /** The unlocked modules with what comes with each. */
  readonly modules: Readonly<Record<string, string | null>>;
  readonly seat: Seat | null;
  /** What differed, as the platform says it. */
  readonly because: Readonly<Record<string, unknown>> | null;
  /** The code of what the last call could not do, such as `NO_CONNECTION` or `MACHINE_LIMIT`. */
  readonly error: string | null;
  readonly errorDetail: string | null;
  readonly retryAt: number | null;
  /** A sentence for the person at the screen, in `en`, `es`, `it` or `pt-BR`. */
  message(locale?: string): string;
}

/** How a program behaves around its checks. It can only make the signed windows narrower. */
export interface Preset {
  readonly name: string;
  /** Seconds to the next try while a check does not get through, and the most they grow to. */
  readonly retry: number;
  readonly retryMost: number;
  /** Longest time without contact in seconds, whatever the license allows; null: as the license says. */
  readonly window: number | null;
  /** From how many days before the expiry to warn where the license does not say. */
  readonly warnDays: number;
}
export const ALWAYS_ONLINE: Preset;
export const HYBRID: Preset;

/** The platform was not reached. A transport throws it; no method of the client does. */
export class NoConnection extends Error {}

export interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: Buffer;
}
export type Transport = (method: string, url: string, headers: Record<string, string>, body: string | null) => Promise<Answer>;

export interface Options {
  /** Code of the product. */
  product: string;
  /** PEM, JWK or key set of the product, as text or parsed, or a list of these. */
  publicKey: string | Buffer | object | readonly (string | object)[];
  /** The vendor's address, `https://…`. */
  apiUrl: string;
  /** The program's version, and when it came out in seconds since 1970. */
  version?: string | null;
  releasedAt?: number | null;
  preset?: Preset;
  user?: string | null;
  site?: string | null;
  /** Modules without which the program does not run at all. */
  modules?: readonly string[];
  /** Whether the program needs a floating seat to run, and which of several on the machine it is. */
  floating?: boolean;
  instance?: string;
  /** Where the store and its watermark lie; in the folders of the system when left out. */
  path?: string;
  watermark?: string;
  /** The machine, where the program knows it better than this library. */
  machine?: { secret: string; parts?: Record<string, string> };
  /** `PS256` where a PEM is of a product that signs so. */
  algorithm?: "RS256" | "PS256" | "EdDSA";
  /** `https://shop.example/renew?license={license}` */
  renewUrl?: string;
  locale?: string;
  /** What heartbeats report, in percent. */
  metrics?: () => { cpu_percent?: number; memory_percent?: number; disk_percent?: number };
  /** Seconds since 1970. */
  clock?: () => number;
  /** The proxy for an address, or null; that of the environment when left out. */
  proxy?: (url: string) => Promise<string | null> | string | null;
  transport?: Transport;
}

/** A newer build. `sha256` is signed by the vendor: compare it with the file before running it. */
export interface Update {
  version: string;
  url: string;
  notes: string;
  mandatory: boolean;
  sha256: string;
}

export class Client {
  constructor(options: Options);
  readonly product: string;
  check(): State;
  readonly state: State;
  hasModule(code: string): boolean;
  moduleValue(code: string): string | null;
  daysLeft(): number | null;
  /** What the listener throws is a warning of the process and stops nobody. */
  onChange(listener: (state: State) => void): void;
  renewUrl(): string | null;
  activate(key: string, more?: { name?: string }): Promise<State>;
  validateOnline(): Promise<State>;
  deactivate(): Promise<State>;
  checkUpdate(asked?: { channel?: string; platform?: string }): Promise<Update | null>;
  offlineRequest(key: string, more?: { name?: string }): string;
  offlineActivate(text: string): State;
  deactivateOffline(): string;
  lastReceipt(): string | null;
  takeSeat(asked?: { borrowFor?: number }): Promise<State>;
  keepSeat(): Promise<State>;
  borrowSeat(seconds: number): Promise<State>;
  returnSeat(): Promise<State>;
  start(): this;
  close(): Promise<void>;
}

/** The license of a program. */
export function init(options: Options): Client;

export const VERSION: string;
/** The proxy that the environment names for an address, or null. */
export function proxyOfEnvironment(url: string): string | null;
