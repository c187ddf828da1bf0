// Cuts a remittance of 240 columns by a foreign table of Banco do Brasil's fields, laid over the same
// people's table of FEBRABAN's. Prints a record a line, as JSON: amounts in cents, days as YYYY-MM-DD.
const { existsSync, readFileSync } = require("node:fs");
const { dirname, join } = require("node:path");
const yaml = require("js-yaml");

const tables = join(dirname(require.resolve("@banco-br/cnab_yaml/package.json")), "cnab240");
const read = (path) => yaml.safeLoad(readFileSync(join(tables, path), "utf8"));
const table = (name) => {
  // The bank has no table of its own for some records.
  const own = existsSync(join(tables, `001/${name}.yml`)) ? read(`001/${name}.yml`) : {};
  const taken = Object.values(own).map(({ pos }) => pos);
  const free = ([, { pos }]) => taken.every(([from, to]) => pos[1] < from || to < pos[0]);
  return { ...Object.fromEntries(Object.entries(read(`generic/${name}.yml`)).filter(free)), ...own };
};
const kind = (line) =>
  ({ 0: "header_arquivo", 1: "header_lote", 5: "trailer_lote", 9: "trailer_arquivo" })[line[7]] ??
  `remessa/detalhe_segmento_${line[13].toLowerCase()}`;

for (const line of readFileSync(0, "utf8").split("\r\n").filter(Boolean)) {
  const record = { record: kind(line) };
  for (const [name, { pos, picture, date_format: day }] of Object.entries(table(record.record))) {
    const text = line.slice(pos[0] - 1, pos[1]);
    if (picture.startsWith("X")) record[name] = text.trimEnd();
    else if (text.trim() === "") record[name] = null;
    else if (!/^\d+$/.test(text)) throw new Error(`${record.record}.${name} is no number: ${text}`);
    else if (day === "%d%m%Y") record[name] = `${text.slice(4)}-${text.slice(2, 4)}-${text.slice(0, 2)}`;
    else record[name] = Number(text);
  }
  console.log(JSON.stringify(record));
}
