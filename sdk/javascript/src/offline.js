// Texts that people carry for a machine without network.
import { createHmac, randomBytes } from "node:crypto";

export const REQUEST = "ALVARA ACTIVATION REQUEST";
export const RESPONSE = "ALVARA ACTIVATION RESPONSE";
export const RECEIPT = "ALVARA DEACTIVATION RECEIPT";
export const COMPUTER_KEY = "ALVARA COMPUTER KEY";
export const REVOCATION_LIST = "ALVARA REVOCATION LIST";

const TEXT_MAX = 256 * 1024;

/** A text is no block of Alvará, or was cut or changed on its way. */
export class BlockError extends Error {}

/** What ties an answer to its question. */
export function newNonce() {
  return randomBytes(16).toString("hex");
}

/** A block, each line ended by a line feed. */
export function write(label, body) {
  const lines = Buffer.from(body).toString("base64").match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ""].join("\n");
}

/** Label and bytes of a block. Strict: one block and nothing around it but blank lines. */
export function read(text) {
  if (text.length > TEXT_MAX) throw new BlockError("the text is longer than any of Alvará");
  const lines = text.replace(/^\ufeff/, "").trim().split(/\r\n|\n|\r/).map((line) => line.trimEnd());
  const label = /^-----BEGIN (ALVARA [A-Z ]+)-----$/.exec(lines[0])?.[1];
  if (!label) throw new BlockError("the text does not start with a BEGIN line");
  if (lines.length < 2 || lines.at(-1) !== `-----END ${label}-----`) throw new BlockError("the END line is missing; the text seems to be cut");
  const inside = lines.slice(1, -1);
  const body = Buffer.from(inside.join(""), "base64");
  const whole = inside.every((line) => /^[A-Za-z0-9+/=]{1,76}$/.test(line)) && body.toString("base64") === inside.join("");
  if (!whole) throw new BlockError("a line is damaged");
  return { label, body };
}

/** A document in its block. */
export function document(label, said) {
  return write(label, JSON.stringify(said));
}

/** A deactivation receipt, proven by the machine token that was wiped. */
export function receipt(token, said) {
  const { iss, license, machine, seq, nonce, wiped_at } = said;
  const fields = { iss, license, machine, seq, nonce, wiped_at };
  const signed = "alvara-deactivation-receipt/1\n" + Object.values(fields).map((value) => `${value}\n`).join("");
  const mac = createHmac("sha256", token).update(signed).digest("hex");
  return document(RECEIPT, { v: 1, ...fields, mac });
}
