// Makes notifications and asks Mercado Pago's own library whether they are genuine. Prints each with
// its verdict, as JSON.
const { createHmac, randomUUID } = require("node:crypto");
const { WebhookSignatureValidator } = require("mercadopago");

const secret = require("node:fs").readFileSync(0, "utf8").trim();
for (let at = 0; at < 100; at += 1) {
  const id = at % 3 === 0 ? `AB${at}CD` : String(1234567890 + at);
  const xRequestId = randomUUID();
  const ts = String(1716651000 + at);
  const manifest = `id:${id.toLowerCase()};request-id:${xRequestId};ts:${ts};`;
  const v1 = createHmac("sha256", secret).update(manifest).digest("hex");
  // Every other one is about another id than it was signed for.
  const dataId = at % 2 === 0 ? id : `${id}9`;
  const xSignature = `ts=${ts},v1=${v1}`;
  let genuine = true;
  try {
    // Its callers have to write an id with letters small, say its documents.
    WebhookSignatureValidator.validate({ xSignature, xRequestId, dataId: dataId.toLowerCase(), secret });
  } catch {
    genuine = false;
  }
  console.log(JSON.stringify({ xSignature, xRequestId, dataId, genuine }));
}
