// Reads {line, barcode, cents, due} a line; prints what two foreign validators think otherwise.
const { validarBoleto } = require("@mrmgomes/boleto-utils");
const { isValidBoleto } = require("@brazilian-utils/brazilian-utils");

const lines = require("node:fs").readFileSync(0, "utf8").split("\n").filter(Boolean);
// A date library that stamps the hour of the run; the day is what counts.
const day = (date) =>
  [date.getFullYear(), date.getMonth() + 1, date.getDate()].map((part) => String(part).padStart(2, "0")).join("-");
let right = 0;
for (const line of lines) {
  const boleto = JSON.parse(line);
  const first = validarBoleto(boleto.line);
  const dues = [first.vencimento, first.vencimentoComNovoFator2025].filter(Boolean).map(day);
  const thinks = {
    valid: first.sucesso === true,
    barcode: first.codigoBarras === boleto.barcode,
    // Wrong there from nine digits on, as its authors know.
    value: boleto.cents > 99999999 || Math.round(first.valor * 100) === boleto.cents,
    due: dues.includes(boleto.due),
    second: isValidBoleto(boleto.line) === true,
  };
  if (Object.values(thinks).every(Boolean)) right += 1;
  else console.log(JSON.stringify({ boleto, thinks, dues }));
}
console.log(`${right} of ${lines.length}`);
