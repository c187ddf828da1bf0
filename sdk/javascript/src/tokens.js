// Signed tokens: computer keys, leases and revocation lists as JWS compact text. Reading is strict and
// bounded; the algorithm belongs to the key and never comes from the token.
import { constants, createHash, createPublicKey, verify } from "node:crypto";
import { Ladder } from "./ladder.js";

export const COMPUTER_KEY = "alvara-computer-key+jwt";
export const LEASE = "alvara-lease+jwt";
export const REVOCATION_LIST = "alvara-revocation-list+jwt";

const TEXT_MAX = 192 * 1024;
const HEADER_MAX = 256;
const SIGNATURE_MAX = 700;
// Tokens that a program holds at a time, and some.
const REMEMBERED = 16;
const CODE = /^[A-Za-z0-9_-]{1,32}$/;
const VALUE = /^[A-Za-z0-9._:/+-]{1,32}$/;
const SECONDS = /^(0|[1-9][0-9]{0,15})$/;

/** A text is no token of the vendor's; `reason` is malformed, type, key, signature or claims. */
export class TokenError extends Error {
  constructor(reason) {
    super(reason);
    this.reason = reason;
  }
}

/** Base64 for URLs, strictly: no padding, no other characters, no stray bits. */
export function b64urlDecode(text) {
  const data = Buffer.from(text, "base64url");
  if (data.toString("base64url") !== text) throw new TokenError("malformed");
  return data;
}

class VerifyingKey {
  constructor(publicKey, algorithm) {
    const jwk = publicKey.export({ format: "jwk" });
    let members;
    if (jwk.kty === "OKP" && jwk.crv === "Ed25519") {
      if (![undefined, "EdDSA", "Ed25519"].includes(algorithm)) throw new TypeError(`an Ed25519 key does not verify ${algorithm}`);
      members = { crv: jwk.crv, kty: jwk.kty, x: jwk.x };
      this.algorithm = "EdDSA";
    } else if (jwk.kty === "RSA") {
      if (![undefined, "RS256", "PS256"].includes(algorithm)) throw new TypeError(`an RSA key does not verify ${algorithm}`);
      if (![2048, 3072, 4096].includes(publicKey.asymmetricKeyDetails.modulusLength)) throw new TypeError("an RSA key has 2048, 3072 or 4096 bits");
      members = { e: jwk.e, kty: jwk.kty, n: jwk.n };
      this.algorithm = algorithm ?? "RS256";
    } else {
      throw new TypeError("the public key is neither RSA nor Ed25519");
    }
    this.kid = createHash("sha256").update(JSON.stringify(members)).digest("base64url");
    this.publicKey = publicKey;
  }

  verify(message, signature) {
    try {
      if (this.algorithm === "EdDSA") return verify(null, message, this.publicKey, signature);
      const key = this.algorithm === "PS256"
        ? { key: this.publicKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }
        : { key: this.publicKey, padding: constants.RSA_PKCS1_PADDING };
      return verify("sha256", message, key, signature);
    } catch {
      return false;
    }
  }
}

/** The public keys of a product, by `kid`. */
export class KeySet {
  #keys = new Map();
  #verified = new Map();

  constructor(keys) {
    for (const key of keys) this.#keys.set(key.kid, key);
    if (this.#keys.size === 0) throw new TypeError("a program needs at least one public key of its product");
  }

  /** Reads a PEM, a JWK, a key set (as text or parsed), or a list of these. `algorithm` is for PEMs of
   * products that sign by PS256. */
  static of(given, algorithm) {
    return given instanceof KeySet ? given : new KeySet(KeySet.#read(given, algorithm));
  }

  static #read(given, algorithm) {
    if (Buffer.isBuffer(given)) given = given.toString("utf8");
    if (typeof given === "string") {
      if (!given.trimStart().startsWith("{")) return [new VerifyingKey(createPublicKey(given), algorithm)];
      given = JSON.parse(given);
    }
    if (Array.isArray(given)) return given.flatMap((one) => KeySet.#read(one, algorithm));
    if (Array.isArray(given?.keys)) return KeySet.#read(given.keys, algorithm);
    if (typeof given?.alg !== "string") throw new TypeError("a JWK needs alg");
    return [new VerifyingKey(createPublicKey({ key: given, format: "jwk" }), given.alg)];
  }

  /** The key of a `kid`, if the program was built with it. */
  find(kid) {
    return this.#keys.get(kid);
  }

  /** The payload of a token; each text is verified once. Only what verified is remembered. */
  remembered(text, expected, verify) {
    const name = `${expected} ${text}`;
    let known = this.#verified.get(name);
    if (known === undefined) {
      known = verify(text, expected, this);
      if (this.#verified.size >= REMEMBERED) this.#verified.clear();
      this.#verified.set(name, known);
    }
    return known;
  }

  /** Whether a signature that names no key is that of one of them. */
  anyVerifies(message, signature) {
    return [...this.#keys.values()].some((key) => key.verify(message, signature));
  }
}

/** Reads `CODE`, `CODE=value`, `CODE@end` or `CODE=value@end`; null for anything else. */
export function parseModule(text) {
  const at = text.indexOf("@");
  const rest = at < 0 ? text : text.slice(0, at);
  const ends = at < 0 ? null : text.slice(at + 1);
  const equals = rest.indexOf("=");
  const code = equals < 0 ? rest : rest.slice(0, equals);
  const value = equals < 0 ? null : rest.slice(equals + 1);
  if ((ends !== null && !SECONDS.test(ends)) || !CODE.test(code) || (value !== null && !VALUE.test(value))) return null;
  return { code, value, ends: ends === null ? null : Number(ends) };
}

/** The modules that a computer key unlocks at an instant. */
export function modulesOf(key, now) {
  return key.mod.split(/[ \t\n\f\r]+/).filter(Boolean).map(parseModule)
    .filter((module) => module && (module.ends === null || now < module.ends));
}

/** The payload of a token whose signature is one of the keys'. */
export function verifiedPayload(text, expected, keys) {
  return keys.remembered(text, expected, verifyToken);
}

function verifyToken(text, expected, keys) {
  if (typeof text !== "string" || text.length > TEXT_MAX) throw new TokenError("malformed");
  const parts = text.split(".");
  if (parts.length !== 3 || parts[0].length > HEADER_MAX || parts[2].length > SIGNATURE_MAX) throw new TokenError("malformed");
  const header = parsed(b64urlDecode(parts[0]), "malformed");
  if (Object.keys(header).sort().join() !== "alg,kid,typ") throw new TokenError("malformed");
  if (typeof header.kid !== "string" || !/^[A-Za-z0-9_-]{43}$/.test(header.kid)) throw new TokenError("malformed");
  const [signature, payload] = [b64urlDecode(parts[2]), b64urlDecode(parts[1])];
  if (signature.length === 0) throw new TokenError("malformed");
  if (header.typ !== expected) throw new TokenError("type");
  const key = keys.find(header.kid);
  if (!key || key.algorithm !== header.alg) throw new TokenError("key");
  if (!key.verify(Buffer.from(`${parts[0]}.${parts[1]}`), signature)) throw new TokenError("signature");
  return payload;
}

function parsed(bytes, reason) {
  let said;
  try {
    said = JSON.parse(bytes.toString("utf8"));
  } catch {
    throw new TokenError(reason);
  }
  if (said === null || typeof said !== "object" || Array.isArray(said)) throw new TokenError(reason);
  return said;
}

/** Takes claims of a kind; a default makes one that may be left out. */
function taker(said) {
  const take = (name, fits, fallback) => {
    const value = said[name] ?? null;
    if (value === null && fallback !== undefined) return fallback;
    if (!fits(value)) throw new TokenError("claims");
    return value;
  };
  return {
    text: (name, fallback) => take(name, (value) => typeof value === "string", fallback),
    number: (name, fallback) => take(name, Number.isSafeInteger, fallback),
  };
}

/** A computer key, verified. */
export function readComputerKey(text, keys) {
  const { text: word, number } = taker(parsed(verifiedPayload(text, COMPUTER_KEY, keys), "claims"));
  return {
    iss: word("iss"), sub: word("sub"), iat: number("iat"), nbf: number("nbf", null), exp: number("exp", null),
    seq: number("seq"), prd: word("prd"), ver: word("ver", "*"), knd: word("knd"), mod: word("mod", ""),
    m32: number("m32", 0), fp: word("fp"), usr: word("usr", null), site: word("site", null),
    seats: number("seats", null), mnt: number("mnt", null), rv: number("rv"), gr: number("gr"),
  };
}

/** A lease, verified. */
export function readLease(text, keys) {
  const { text: word, number } = taker(parsed(verifiedPayload(text, LEASE, keys), "claims"));
  const lad = Ladder.parse(word("lad", ""));
  if (lad === null) throw new TokenError("claims");
  return {
    sub: word("sub"), mac: word("mac"), iat: number("iat"), exp: number("exp"), nxt: number("nxt"),
    seq: number("seq"), seat: word("seat", null), nonce: word("nonce", null), lad,
  };
}

/** A revocation list, verified. Entries must rise, so one list has one text. */
export function readRevocationList(text, keys) {
  const payload = verifiedPayload(text, REVOCATION_LIST, keys);
  const end = payload.indexOf(10);
  if (end < 0 || end > 1024) throw new TokenError("claims");
  const { text: word, number } = taker(parsed(payload.subarray(0, end), "claims"));
  const digests = payload.subarray(end + 1);
  const entries = [];
  for (let at = 0; at < digests.length; at += 8) entries.push(digests.subarray(at, at + 8));
  const rising = entries.every((entry, index) => index === 0 || Buffer.compare(entries[index - 1], entry) < 0);
  if (digests.length % 8 !== 0 || entries.length !== number("n") || !rising) throw new TokenError("claims");
  return {
    iss: word("iss"), prd: word("prd"), seq: number("seq"), iat: number("iat"), nextUpdate: number("next_update"),
    /** Whether the id of a license or a machine is listed. */
    names(id) {
      const wanted = createHash("sha256").update(`alvara-revocation/1 ${id}`).digest().subarray(0, 8);
      return entries.some((entry) => entry.equals(wanted));
    },
  };
}
