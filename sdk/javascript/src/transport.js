// The way to the platform: HTTP with a time-out, through a proxy where there is one, and signed answers.
import { createHash } from "node:crypto";
import * as http from "node:http";
import * as https from "node:https";
import { connect as tlsConnect } from "node:tls";

export const VERSION = "0.1.0";
const TIMEOUT = 10_000;
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
  return isSpared ? null : process.env.https_proxy ?? process.env.HTTPS_PROXY ?? null;
}

/** Opens a tunnel through a proxy, and TLS inside of it. */
function tunnel(proxy, host, port) {
  const through = new URL(proxy.includes("://") ? proxy : `http://${proxy}`);
  const headers = { host: `${host}:${port}` };
  if (through.username) {
    const pair = `${decodeURIComponent(through.username)}:${decodeURIComponent(through.password)}`;
    headers["proxy-authorization"] = `Basic ${Buffer.from(pair).toString("base64")}`;
  }
  return new Promise((resolve, reject) => {
    const asked = http.request({
      host: through.hostname, port: through.port || 8080, method: "CONNECT", path: `${host}:${port}`, headers, timeout: TIMEOUT,
    });
    asked.on("connect", (answer, socket) => {
      if (answer.statusCode !== 200) {
        socket.destroy();
        reject(new NoConnection(`the proxy answered ${answer.statusCode}`));
        return;
      }
      const secured = tlsConnect({ socket, servername: host }, () => resolve(secured));
      secured.on("error", reject);
    });
    asked.on("timeout", () => asked.destroy(new Error("the proxy does not answer"))).on("error", reject).end();
  });
}

/** A transport: sends and answers `{status, headers, body}`, or throws NoConnection. `proxyOf` answers the
 * proxy of an address, or null; in Electron it may ask `session.resolveProxy`. */
export function transportBy(proxyOf = proxyOfEnvironment) {
  return async (method, url, headers, body) => {
    const place = new URL(url);
    // Names under `localhost` are this machine (RFC 6761), whether the system knows that or not.
    const host = place.hostname.endsWith(".localhost") ? "127.0.0.1" : place.hostname;
    const options = {
      method, host, port: place.port || undefined, path: place.pathname + place.search, timeout: TIMEOUT, agent: false,
      headers: { host: place.host, ...headers, ...(body === null ? {} : { "content-length": Buffer.byteLength(body) }) },
    };
    try {
      const proxy = place.protocol === "https:" ? await proxyOf(url) : null;
      if (proxy) {
        const socket = await tunnel(proxy, place.hostname, place.port || 443);
        // With an agent, even one of its own, a request would connect by itself.
        Object.assign(options, { agent: undefined, createConnection: () => socket });
      }
      const library = place.protocol === "https:" && !proxy ? https : http;
      return await exchange(library, { ...options, servername: place.hostname }, body);
    } catch (error) {
      throw error instanceof NoConnection ? error : new NoConnection(error.message || String(error.code ?? error));
    }
  };
}

function exchange(library, options, body) {
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
    asked.on("socket", (socket) => socket.setTimeout(TIMEOUT, () => asked.destroy(new Error("no answer in time"))));
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
