// The way to the platform: HTTP with a time-out, through a proxy where there is one, and signed answers.
import { createHash } from "node:crypto";
import * as http from "node:http";
import * as https from "node:https";
import { isIP } from "node:net";
import { connect as tlsConnect } from "node:tls";

export const VERSION = "0.1.0";
/** Milliseconds that one of the phases may take (connection, tunnel, TLS), and that an answer may pause. */
const TIMEOUT = 10_000;
/** Milliseconds that all of it may take, however steadily it drips. */
const TOTAL = 30_000;
const BODY_MAX = 1024 * 1024;
const INPUT = /^alvara=(\("@status" "content-digest"\);created=(\d+);keyid="([A-Za-z0-9_-]{43})";alg="([a-z0-9_-]+)")$/;
const ALGORITHMS = { "rsa-v1_5-sha256": "RS256", "rsa-pss-sha256": "PS256", ed25519: "EdDSA" };

/** The platform was not reached, or what answered is not the platform. */
export class NoConnection extends Error {}

function isLocal(host) {
  return ["localhost", "127.0.0.1", "::1", "[::1]"].includes(host) || host.endsWith(".localhost");
}

/** The proxy that the environment names for an address, or null. */
export function proxyOfEnvironment(url) {
  const { hostname } = new URL(url);
  if (isLocal(hostname)) return null;
  const spared = process.env.no_proxy ?? process.env.NO_PROXY ?? "";
  const isSpared = spared.split(",").map((name) => name.trim().replace(/^\./, "")).filter(Boolean)
    .some((name) => name === "*" || hostname === name || hostname.endsWith(`.${name}`));
  return isSpared ? null : (process.env.https_proxy ?? process.env.HTTPS_PROXY) || null;
}

/** The parts of a proxy's address: `{host, port, authorization}`. Throws NoConnection where it is none that is
 * spoken to plainly. */
export function proxyParts(proxy) {
  const found = /^(?:http:\/\/)?(?:([^/?#]*)@)?(\[[0-9a-f:.]+\]|[^/?#@:[\]]+)(?::(\d{1,5}))?(?:[/?#].*)?$/i.exec(proxy);
  if (!found || proxy.replace(/^http:/i, "").includes("://")) throw new NoConnection("the proxy's address is not http://host:port");
  const [, credentials, host, port = "8080"] = found;
  if (credentials === undefined) return { host: bare(host), port: Number(port), authorization: null };
  const [user, ...password] = credentials.split(":").map(unescaped);
  const pair = Buffer.concat([user, Buffer.from(":"), ...password.flatMap((part, at) => (at ? [Buffer.from(":"), part] : [part]))]);
  return { host: bare(host), port: Number(port), authorization: `Basic ${pair.toString("base64")}` };
}

/** Percent signs of a URL undone; what stands for no byte stays. */
function unescaped(text) {
  const bytes = Buffer.from(text).toString("latin1").replace(/%([0-9a-f]{2})/gi, (_, hex) => String.fromCharCode(parseInt(hex, 16)));
  return Buffer.from(bytes, "latin1");
}

/** A host without the brackets of IPv6. */
function bare(host) {
  return host.replace(/^\[|\]$/g, "");
}

/** Opens a tunnel through a proxy, and TLS inside of it. Each phase has its time: a proxy that opens a tunnel
 * and says nothing more is given up like one that never answers. */
function tunnel(proxy, host, port, signal, timeout) {
  const through = proxyParts(proxy);
  const target = `${host}:${port}`;
  const headers = { host: target, ...(through.authorization === null ? {} : { "proxy-authorization": through.authorization }) };
  return new Promise((resolve, reject) => {
    const asked = http.request({
      host: through.host, port: through.port, method: "CONNECT", path: target, headers, timeout, agent: false, signal,
    });
    const phase = setTimeout(() => asked.destroy(new Error("the proxy does not answer")), timeout);
    asked.on("connect", (answer, socket) => {
      clearTimeout(phase);
      if (answer.statusCode < 200 || answer.statusCode > 299) {
        socket.destroy();
        reject(new NoConnection(`the proxy answered ${answer.statusCode}`));
        return;
      }
      socket.on("error", reject);
      const name = bare(host);
      const secured = tlsConnect({ socket, host: name, ...(isIP(name) ? {} : { servername: name }) });
      const fail = (error) => {
        clearTimeout(handshake);
        signal.removeEventListener("abort", over);
        secured.destroy();
        socket.destroy();
        reject(error);
      };
      const over = () => fail(new Error("no answer in time"));
      const handshake = setTimeout(() => fail(new Error("nobody answers through the proxy")), timeout);
      signal.addEventListener("abort", over, { once: true });
      secured.once("error", fail).once("close", () => fail(new Error("the proxy closed the tunnel")));
      secured.once("secureConnect", () => {
        clearTimeout(handshake);
        signal.removeEventListener("abort", over);
        resolve(secured);
      });
    });
    // What answers without a tunnel, such as a sign-in page.
    asked.on("response", (answer) => {
      asked.destroy();
      reject(new NoConnection(`the proxy answered ${answer.statusCode}`));
    });
    asked.on("error", (error) => {
      clearTimeout(phase);
      reject(error);
    }).end();
  });
}

/** A transport: sends and answers `{status, headers, body}`, or throws NoConnection. `proxyOf` answers the
 * proxy of an address, or null; in Electron it may ask `session.resolveProxy`. `waits` are the milliseconds of
 * a phase and of all of it. */
export function transportBy(proxyOf = proxyOfEnvironment, { phase = TIMEOUT, total = TOTAL } = {}) {
  return async (method, url, headers, body) => {
    const place = new URL(url);
    // Names under `localhost` are this machine (RFC 6761), whether the system knows that or not.
    const host = place.hostname.endsWith(".localhost") ? "127.0.0.1" : bare(place.hostname);
    const end = new AbortController();
    const options = {
      method, host, port: place.port || undefined, path: place.pathname + place.search, agent: false, signal: end.signal,
      headers: { host: place.host, ...headers, ...(body === null ? {} : { "content-length": Buffer.byteLength(body) }) },
    };
    const clock = setTimeout(() => end.abort(), total);
    try {
      const proxy = place.protocol === "https:" ? await within(proxyOf(url), phase) : null;
      if (proxy) {
        const socket = await tunnel(proxy, place.hostname, place.port || 443, end.signal, phase);
        // With an agent, even one of its own, a request would connect by itself.
        Object.assign(options, { agent: undefined, createConnection: () => socket });
      }
      const library = place.protocol === "https:" && !proxy ? https : http;
      const name = bare(place.hostname);
      return await exchange(library, { ...options, ...(isIP(name) ? {} : { servername: name }) }, body, phase);
    } catch (error) {
      if (end.signal.aborted) throw new NoConnection("no answer in time");
      throw error instanceof NoConnection ? error : new NoConnection(error.message || String(error.code ?? error));
    } finally {
      clearTimeout(clock);
    }
  };
}

/** What a promise of the program's brings, or nothing in time. */
async function within(promise, milliseconds) {
  let clock;
  const late = new Promise((_, reject) => {
    clock = setTimeout(() => reject(new NoConnection("nobody says which proxy")), milliseconds);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(clock));
}

function exchange(library, options, body, timeout) {
  return new Promise((resolve, reject) => {
    const asked = library.request(options, (answer) => {
      const chunks = [];
      let length = 0;
      answer.on("data", (chunk) => {
        chunks.push(chunk);
        length += chunk.length;
        if (length > BODY_MAX) asked.destroy(new Error("the answer is longer than any of the platform's"));
      });
      answer.on("error", reject);
      answer.on("end", () => resolve({ status: answer.statusCode, headers: answer.headers, body: Buffer.concat(chunks) }));
    });
    asked.on("socket", (socket) => socket.setTimeout(timeout, () => asked.destroy(new Error("no answer in time"))));
    asked.on("error", reject);
    asked.end(body ?? undefined);
  });
}

/** The calls of a program, below a vendor's address. */
export class Api {
  #base;
  #transport;
  #headers;

  constructor(url, transport, locale) {
    const place = new URL(url);
    if (place.protocol !== "https:" && !(place.protocol === "http:" && isLocal(place.hostname))) {
      throw new TypeError("apiUrl must be https; http is for this machine only");
    }
    this.#base = url.replace(/\/+$/, "");
    this.#transport = transport;
    this.#headers = {
      accept: "application/json", "accept-language": locale, "user-agent": `alvara-sdk-javascript/${VERSION} (${process.platform})`,
    };
  }

  /** Sends one request; throws NoConnection when nothing came back. */
  async call(method, path, said = null, token = null) {
    const headers = { ...this.#headers };
    if (said !== null) headers["content-type"] = "application/json";
    if (token !== null) headers.authorization = `Bearer ${token}`;
    const answer = await this.#transport(method, this.#base + path, headers, said === null ? null : JSON.stringify(said));
    return { ...answer, json: () => objectOf(answer.body) };
  }
}

function objectOf(body) {
  try {
    const said = JSON.parse(body.toString("utf8"));
    return said !== null && typeof said === "object" && !Array.isArray(said) ? said : {};
  } catch {
    return {};
  }
}

/** Whether an answer without a lease bears the product's signature over status and body (RFC 9421). */
export function isSigned(answer, keys) {
  const found = INPUT.exec(answer.headers["signature-input"] ?? "");
  const signature = /^alvara=:([A-Za-z0-9+/=]+):$/.exec(answer.headers.signature ?? "")?.[1];
  const digest = `sha-256=:${createHash("sha256").update(answer.body).digest("base64")}:`;
  if (!found || !signature || answer.headers["content-digest"] !== digest) return false;
  const key = keys.find(found[3]);
  if (!key || key.algorithm !== ALGORITHMS[found[4]]) return false;
  const base = `"@status": ${answer.status}\n"content-digest": ${digest}\n"@signature-params": ${found[1]}`;
  return key.verify(Buffer.from(base), Buffer.from(signature, "base64"));
}
