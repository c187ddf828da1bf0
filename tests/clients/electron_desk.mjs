// The main process of the Electron example without its windows, driven by the suite: what the person does is a
// verb, and each view that a window would get is a line of JSON.
//
//   node electron_desk.mjs VERB --base URL --product CODE --pem FILE --dir FOLDER --machine NAME [--key KEY] [--file FILE]
//
// The example lies in the folder --app as `npm install` leaves it.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";

const words = ["app", "base", "product", "pem", "dir", "machine", "key", "file"];
const { values: asked, positionals: [verb] } = parseArgs({
  allowPositionals: true, options: Object.fromEntries(words.map((word) => [word, { type: "string" }])),
});
const { Licensing } = await import(pathToFileURL(join(asked.app, "licensing.js")).href);
const say = (said) => console.log(JSON.stringify(said));

const licensing = new Licensing({
  product: asked.product, publicKey: readFileSync(asked.pem, "utf8"), apiUrl: asked.base, version: "2.0", locale: "pt-BR",
  renewUrl: "https://lumen.example/renew?license={license}", machine: { secret: asked.machine },
  path: join(asked.dir, "license"), watermark: join(asked.dir, "elsewhere", "seen"),
}, {
  openOutside: async (url) => say({ opened: url }),
  saveAs: async () => asked.file ?? null,
  choose: async () => asked.file ?? null,
});

const verbs = {
  // What every start of the program does; then each change is a line, until standard input ends.
  begin: async () => {
    say(licensing.open(say));
    await new Promise((resolve) => { process.stdin.on("end", resolve).resume(); });
  },
  activate: async () => say(await licensing.activate(asked.key)),
  renew: async () => { await licensing.renew(); },
  request: async () => say(await licensing.saveRequest(asked.key)),
  answer: async () => say(await licensing.takeAnswer()),
};
await verbs[verb]();
await licensing.close();
