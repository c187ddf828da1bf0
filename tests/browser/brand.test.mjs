// A reseller's own face: a draft that only its makers see, colours that nobody could read, pictures.

import assert from 'node:assert/strict';
import { deflateSync } from 'node:zlib';
import test from 'node:test';

import { SCHEMES, SIZES, onPage, person, picture, session, tenant, visitor, word } from './harness.mjs';
import { leaks } from './leaks.mjs';
import { go } from './places.mjs';
import { clean, policy, scan } from './scan.mjs';

const bella = tenant('bella');
const house = () => session(person('bella', 'admin'));

/** What everybody sees: the style that the brand makes. */
async function style(page) {
  const href = await page.locator('link[rel=stylesheet][href*="brand"]').first().getAttribute('href');
  return page.evaluate(async (href) => (await fetch(href, { cache: 'reload' })).text(), href);
}

async function saveColour(page, colour) {
  await page.goto('/branding');
  await page.getByLabel(word('branding-inherit-primary')).uncheck();
  await page.locator('#draft input[type=color]').first().fill(colour);
  await go(page, page.locator('#draft .send button.primary'));
  assert.equal(await page.getByRole('alert').count(), 0, await page.locator('main').innerText());
}

async function publish(page) {
  const form = page.locator('main form[action$="/publish"]');
  await go(page, form.locator('button'));
  assert.equal(await page.locator('main [role=status]').innerText(), word('done-brand-published'));
}

// R-TEN-04
test('any colour a reseller likes can be read, first in a draft and then by everybody', onPage(house, async (page) => {
  await page.goto('/branding');
  clean(await scan(page, { language: 'en' }), 'the brand');
  const before = await page.locator('#draft input[type=color]').first().inputValue();
  const seen = await style(page);
  for (const [number, colour] of ['#ffffff', '#777777', '#000000', '#ffd400'].entries()) {
    await saveColour(page, colour);
    clean(await scan(page, { language: 'en' }), `the draft in ${colour}`);
    assert.equal(await style(page), seen, 'a draft is seen by everybody');
    const address = page.url().split('?')[0];
    for (const colorScheme of SCHEMES) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize(SIZES[number % 2]);
      const response = await page.goto(`${address}/preview`);
      clean([...policy(response), ...await leaks(page, response, 'bella'), ...await scan(page, { language: 'en' })], `the preview of ${colour}, ${colorScheme}`);
      await picture(page, `preview ${colour} ${colorScheme}`);
    }
  }
  await page.goto('/branding');
  await publish(page);
  const guest = await visitor(bella);
  const other = await guest.newPage();
  for (const colorScheme of SCHEMES) {
    await other.emulateMedia({ colorScheme });
    await other.goto('/login');
    clean(await scan(other, { language: 'en' }), `the sign-in in ${colorScheme} yellow`);
  }
  assert.notEqual(await style(other), seen, 'what was published is not seen');
  await guest.close();
  await saveColour(page, before);
  await publish(page);
}));

/** A PNG of one colour. */
function png(width, height) {
  const crcs = Array.from({ length: 256 }, (_, n) => { let c = n; for (let k = 0; k < 8; k += 1) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1; return c; });
  const crc = (bytes) => ~bytes.reduce((c, byte) => crcs[(c ^ byte) & 255] ^ (c >>> 8), ~0) >>> 0;
  const chunk = (name, data) => {
    const body = Buffer.concat([Buffer.from(name), data]);
    const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(data.length);
    check.writeUInt32BE(crc(body));
    return Buffer.concat([length, body, check]);
  };
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width);
  head.writeUInt32BE(height, 4);
  head.set([8, 2], 8);
  const row = Buffer.alloc(1 + width * 3, 0x55);
  row[0] = 0;
  return Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), chunk('IHDR', head), chunk('IDAT', deflateSync(Buffer.concat(Array(height).fill(row)))), chunk('IEND', Buffer.alloc(0))]);
}

// R-TEN-04
test('a logo is taken, and a picture that is a program is not', onPage(house, async (page) => {
  const put = async (name, mimeType, buffer) => {
    await page.goto('/branding');
    const form = page.locator('main form[enctype="multipart/form-data"]').first();
    await form.locator('input[type=file]').setInputFiles({ name, mimeType, buffer });
    await go(page, form.locator('button'));
  };
  await put('logo.svg', 'image/svg+xml', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40"><script>alert(1)</script><rect width="40" height="40" onclick="alert(2)"/><image href="http://evil.localhost/x.png"/></svg>'));
  const kept = await page.content();
  assert.ok(!/alert\(|evil\.localhost|onclick=/.test(kept), 'a program is in the page');
  clean(await scan(page, { language: 'en' }), 'a picture that is a program');
  await put('logo.png', 'image/png', Buffer.from('this is no picture'));
  assert.ok(await page.getByRole('alert').innerText());
  clean(await scan(page, { language: 'en' }), 'a picture that is none');
  await put('logo.png', 'image/png', png(180, 40));
  assert.equal(await page.locator('main [role=status]').innerText(), word('done-picture-put'));
  clean(await scan(page, { language: 'en' }), 'a logo in the draft');
  await go(page, page.locator('main form[action$="/revert"] button'));
  assert.equal(await page.locator('main [role=status]').innerText(), word('done-brand-reverted'));
}));
