import { createInterface } from "node:readline/promises";
import { init } from "alvara-sdk";

const license = init({
  product: "PRODUCT-CODE",
  publicKey: 'KEY-SET',
  apiUrl: "https://licenses.example.com",
  version: "1.0",
});
let state = license.check();
if (!state.valid) {
  const asked = createInterface(process.stdin, process.stdout);
  state = await license.activate(await asked.question("Activation key: "));
  asked.close();
}
if (!state.valid) throw new Error(state.errorDetail ?? state.message("en"));
console.log(state.message("en"));
license.start();
