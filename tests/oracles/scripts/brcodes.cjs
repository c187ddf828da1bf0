// Reads a BR Code a line; prints what a foreign parser reads in it, as JSON.
const { parsePix, hasError } = require("pix-utils");

for (const code of require("node:fs").readFileSync(0, "utf8").split("\n").filter(Boolean)) {
  const pix = parsePix(code);
  console.log(
    JSON.stringify({
      ok: !hasError(pix),
      type: pix.type ?? null,
      key: pix.pixKey ?? null,
      info: pix.infoAdicional ?? null,
      amount: pix.transactionAmount ? pix.transactionAmount.toFixed(2) : null,
      name: pix.merchantName ?? null,
      city: pix.merchantCity ?? null,
      txid: pix.txid ?? null,
      url: pix.url ?? null,
      recurrence: pix.urlRec ?? null,
    }),
  );
}
