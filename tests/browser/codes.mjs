// What is read off the screen and off paper by programs that are not ours.

import { execFile } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';

import { runFolder } from './harness.mjs';

const run = promisify(execFile);
let count = 0;
const place = (ending) => path.join(runFolder, `code-${process.pid}-${(count += 1)}${ending}`);

/** The texts of all codes on a screenshot of a part of the page; of bars too by `-Si25.enable`. */
export async function scanned(page, part, ...options) {
  const file = place('.png');
  await part.screenshot({ path: file });
  return decode(file, ...options);
}

async function decode(file, ...options) {
  const { stdout } = await run('zbarimg', ['--quiet', '--raw', ...options, file]).catch((error) => {
    // 4 says that there is none.
    if (error.code === 4) return { stdout: '' };
    throw error;
  });
  return stdout.split('\n').filter(Boolean);
}

/** A PDF: its text, what it says of itself, and the codes on its first page, printed at 300 dpi. */
export async function document(bytes) {
  const file = place('.pdf');
  fs.writeFileSync(file, bytes);
  const printed = file.replace(/\.pdf$/, '');
  await run('pdftoppm', ['-r', '300', '-png', '-singlefile', file, printed]);
  const [text, about, codes] = await Promise.all([
    run('pdftotext', ['-layout', file, '-']).then(({ stdout }) => stdout),
    run('pdfinfo', [file]).then(({ stdout }) => stdout),
    decode(`${printed}.png`, '-Si25.enable'),
  ]);
  return { text, about, codes };
}
