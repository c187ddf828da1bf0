// Alvará: licenses for a program, checked on the machine and at the vendor's platform.
export { Client, init } from "./client.js";
export { ALWAYS_ONLINE, HYBRID } from "./held.js";
export { Status } from "./state.js";
export { NoConnection, VERSION, proxyOfEnvironment } from "./transport.js";
