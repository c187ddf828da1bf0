// What the vendor builds the program with. These are the names of docs/sdk.md; yours go here.

/** Code of the product. */
export const PRODUCT = "writer";
/** The file beside this one with the key set of the product: the only thing the program believes. */
export const KEYS = "writer.jwks.json";
/** The vendor's address: https, but for a server on this machine. */
export const API_URL = "http://lumen.localhost:8080";
/** The version of the program, which the license must allow. */
export const VERSION = "2.0";
/** Where the license is renewed, in the browser of the person. */
export const RENEW_URL = "https://lumen.example/renew?license={license}";
