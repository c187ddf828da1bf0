// Lets Stripe's own library sign events, and asks it about signatures of ours. Reads
// {secret, ours: [{header, body, at}]}; prints its own as JSON, then what it thinks of ours.
const stripe = require("stripe")("sk_test_none");
const input = JSON.parse(require("node:fs").readFileSync(0, "utf8"));

for (let at = 0; at < 50; at += 1) {
  const body = JSON.stringify({ id: `evt_${at}`, object: "event", type: "payment_intent.succeeded", created: 1700000000 + at, data: { object: { id: `pi_${at}`, note: "ação 支払い" } } });
  const header = stripe.webhooks.generateTestHeaderString({ payload: body, secret: input.secret, timestamp: 1700000000 + at });
  console.log(JSON.stringify({ body, header }));
}
for (const { header, body, at } of input.ours) {
  let genuine = true;
  try {
    stripe.webhooks.constructEvent(body, header, input.secret, 300, undefined, at * 1000);
  } catch {
    genuine = false;
  }
  console.log(JSON.stringify({ genuine }));
}
