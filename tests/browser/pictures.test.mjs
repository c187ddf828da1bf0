// The pictures of the README, taken of what is really there. They are written where
// ALVARA_PICTURES names a folder; the pages are looked at in any case.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';

import { onPage, person, session, tenant, visitor } from './harness.mjs';
import { begin, choose, payLink } from './places.mjs';
import { clean, scan } from './scan.mjs';

const folder = process.env.ALVARA_PICTURES;
const DESK = { width: 1120, height: 720 };
const PHONE = { width: 360, height: 720 };

async function take(page, name) {
  await page.evaluate(() => document.fonts.ready);
  const bytes = await page.screenshot({ animations: 'disabled', caret: 'hide' });
  assert.ok(bytes.length > 8_000, `${name} is next to empty`);
  if (!folder) return;
  fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(path.join(folder, `${name}.png`), bytes);
}

/** Each reseller's own house: who, its language, the scheme, where. */
const PLACES = [
  ['reseller', 'acme', 'admin', 'pt-BR', 'light', DESK, '/'],
  ['another-reseller', 'bella', 'admin', 'it', 'dark', DESK, '/'],
  ['licenses', 'acme', 'admin', 'en', 'light', DESK, '/licenses'],
  ['agent', 'acme', 'agent', 'pt-BR', 'light', PHONE, '/'],
  ['customer', 'bella', 'customer', 'it', 'light', PHONE, '/'],
];

for (const [name, slug, role, language, colorScheme, viewport, place] of PLACES) {
  // R-TEN-04
  test(`a picture of ${name}`, onPage(() => session(person(slug, role), { language, colorScheme, viewport }), async (page) => {
    await page.goto(place);
    clean(await scan(page, { language }), name);
    await take(page, name);
  }));
}

// R-PAY-05
test('a picture of a renewal by PIX', onPage(() => visitor(person('acme', 'customer'), { language: 'pt-BR', viewport: { width: 1120, height: 1400 } }), async (page) => {
  const house = await session(person('acme', 'admin'));
  const link = await payLink(await house.newPage(), tenant('acme').license_ids.subscription[13]);
  await house.close();
  await page.goto(link);
  await choose(page, 'pix');
  await begin(page);
  await page.locator('main img.qr').waitFor();
  clean(await scan(page, { language: 'pt-BR' }), 'a renewal by PIX');
  await page.locator('main img.qr').scrollIntoViewIfNeeded();
  await take(page, 'pix');
}));
