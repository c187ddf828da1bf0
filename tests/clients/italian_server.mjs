// A shop and a cash desk that speak dialect I, as programs in the field would: they know nothing of
// the platform but the dialect and how to get a bearer token. No packages.
//
//   node italian_server.mjs --base URL --host acme.localhost --user U --password P
//
// lives through registration, validation, license, activation, check, suspension, renewal of a
// decision and deletion, and prints one JSON object with what it was told at each step.
import { request } from "node:http";
import { parseArgs } from "node:util";

const { values: flag } = parseArgs({
  options: { base: { type: "string" }, host: { type: "string" }, user: { type: "string" }, password: { type: "string" } },
});

/** Answers {status, body}. */
function send(method, path, { json, form, token } = {}) {
  const text = json !== undefined ? JSON.stringify(json) : form ? new URLSearchParams(form).toString() : "";
  const headers = { host: flag.host, "content-length": Buffer.byteLength(text) };
  if (json !== undefined) headers["content-type"] = "application/json";
  if (form) headers["content-type"] = "application/x-www-form-urlencoded";
  if (token) headers.authorization = `Bearer ${token}`;
  return new Promise((resolve, reject) => {
    const sent = request(flag.base + path, { method, headers, timeout: 20_000 }, (answer) => {
      const chunks = [];
      answer.on("data", (chunk) => chunks.push(chunk));
      answer.on("end", () => {
        const body = Buffer.concat(chunks).toString();
        resolve({ status: answer.statusCode, body: body ? JSON.parse(body) : null });
      });
    });
    sent.on("error", reject).on("timeout", () => sent.destroy(new Error("no answer"))).end(text);
  });
}

/** The body of what must succeed. */
async function call(method, path, more) {
  const { status, body } = await send(method, path, more);
  if (status >= 400) throw new Error(`${method} ${path}: ${status} ${body.codice}: ${body.messaggio}`);
  return body;
}

/** What a refusal says. */
async function refusal(method, path, more) {
  const { status, body } = await send(method, path, more);
  if (body.esito !== "errore") throw new Error(`${method} ${path} was not refused`);
  return [status, body.codice];
}

const form = { grant_type: "password", username: flag.user, password: flag.password };
const { access_token: token } = await call("POST", "/api/v1/auth/token", { form });
const admin = (method, path, json) => call(method, `/api/admin/${path}`, { token, json });
const program = (verb, json) => call("POST", `/api/licenze/${verb}`, { json });

const told = {};
const registered = await call("POST", "/api/clienti/registrazione", {
  json: { nome: "Mario Rossi", email: "mario@aurora.test", azienda: "Aurora S.r.l.", sedi: ["Roma", { nome: "Milano" }] },
});
told.registered = [registered.stato_cliente, registered.licenze_in_attesa];
const waiting = await admin("GET", "clienti?stato=in_attesa");
told.waiting = [waiting.totale, waiting.dati[0].nome, waiting.dati[0].multi_sede];
const customer = waiting.dati[0].id;
const license = await admin("POST", "licenze", { tipo_licenza: "abbonamento", azienda_assegnataria: customer });
told.license = [license.stato, license.numero_dispositivi];
const desk = { chiave_licenza: license.chiave_licenza, dispositivo: "cassa-1" };
told.tooEarly = await refusal("POST", "/api/licenze/attiva", { json: desk });
told.validated = (await admin("PATCH", `clienti/${customer}`, { stato_cliente: "convalidato" })).stato_cliente;
const active = await program("attiva", desk);
told.activated = [active.esito, active.stato, active.dispositivi_usati];
told.second = await refusal("POST", "/api/licenze/attiva", { json: { ...desk, dispositivo: "cassa-2" } });
const check = async () => {
  const said = await program("valida", { chiave_computer: active.chiave_computer, dispositivo: "cassa-1" });
  return [said.valida, said.stato, said.giorni_rimanenti];
};
told.checked = await check();
told.suspended = (await admin("PATCH", `licenze/${license.id}`, { stato: "sospesa" })).stato;
told.checkedSuspended = await check();
await admin("PATCH", `licenze/${license.id}`, { stato: "attiva" });
await admin("PATCH", `clienti/${customer}`, { stato_cliente: "bloccato" });
told.checkedBlocked = await check();
await admin("PATCH", `clienti/${customer}`, { stato_cliente: "convalidato" });
told.checkedAgain = await check();
told.found = (await admin("GET", `licenze?cliente=${customer}&stato=attiva`)).totale;
await admin("DELETE", `licenze/${license.id}`);
told.checkedDeleted = await check();
told.foundDeleted = (await admin("GET", `licenze?cliente=${customer}`)).totale;
told.nobody = await refusal("GET", "/api/admin/licenze");
console.log(JSON.stringify(told));
