// A license from the form on which it is made to the machine that runs on it.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';

import { init } from '../../sdk/javascript/src/index.js';
import { SIZES, api, onPage, person, picture, runFolder, session, tenant, visitor, word } from './harness.mjs';
import { scanned } from './codes.mjs';
import { fill, first, go, send } from './places.mjs';
import { clean, scan } from './scan.mjs';

const acme = tenant('acme');
const KEY = /\b[A-Z0-9]{2,8}(?:-[A-Z0-9]{4,6}){4,6}\b/;

const count = async (page, who) => {
  let [total, cursor] = [0, ''];
  do {
    const said = await api(page, who, 'GET', `/licenses?limit=200${cursor && `&cursor=${encodeURIComponent(cursor)}`}`);
    total += said.items.length;
    cursor = said.next_cursor;
  } while (cursor);
  return total;
};

/** From the list to the form for one of what is sold, by a plan where it has a price. */
async function toForm(page) {
  await page.goto('/licenses');
  await go(page, await first(page, ['main a[href^="/licenses/new"]'], 'way to make a license'));
  await go(page, await first(page, ['#offers a[href*="plan="]', '#offers a[href*="policy="]'], 'offer'));
  return page.locator('main form[method=post]');
}

for (const [role, javaScriptEnabled] of [['admin', true], ['agent', false]]) {
  // R-LIC-03
  test(`a license is made by ${role}${javaScriptEnabled ? '' : ', on a telephone without scripts'}`, onPage(() => session(person('acme', role), javaScriptEnabled ? {} : { javaScriptEnabled, viewport: SIZES[0] }), async (page) => {
    const who = person('acme', role);
    await page.goto('/');
    const before = javaScriptEnabled && await count(page, who);
    const form = await toForm(page);
    await fill(form);
    if (javaScriptEnabled) {
      clean(await scan(page, { language: 'en' }), 'the form for a license');
      await go(page, form.locator('button[value=quote]'));
      assert.equal(await page.getByRole('alert').count(), 0, await page.locator('main').innerText());
      assert.match(await page.locator('#quote').innerText(), /\d[.,]\d\d/, 'no price is told');
      clean(await scan(page, { language: 'en' }), 'the form with its price');
    }
    await go(page, form.locator('button.primary'));
    const key = KEY.exec(await page.locator('main').innerHTML())?.[0];
    assert.ok(key, `no key is shown at ${page.url()}: ${await page.locator('main').innerText()}`);
    if (javaScriptEnabled) {
      clean(await scan(page, { language: 'en' }), 'the license that was made');
      assert.equal(await count(page, who), before + 1);
    }
    await picture(page, `license made by ${role}`);
  }));
}

// R-LIC-03
test('a form for a license that lacks something keeps the rest and says what', onPage(() => session(person('acme', 'admin')), async (page) => {
  const form = await toForm(page);
  const before = await count(page, person('acme', 'admin'));
  await form.locator('textarea').fill('to be delivered on Monday');
  await form.locator('select').first().evaluate((list) => { list.options[list.selectedIndex].value = 'nod_nobody'; });
  await go(page, form.locator('button.primary'));
  const alert = page.getByRole('alert');
  await alert.waitFor();
  assert.ok((await alert.locator('li').count()) > 0);
  const links = await alert.locator('a').all();
  for (const link of links) {
    const id = (await link.getAttribute('href')).slice(1);
    assert.equal(await page.locator(`[id="${id}"][aria-invalid=true]`).count(), 1, `${id} is not marked`);
  }
  assert.ok(links.length, 'what is wrong leads to no field');
  assert.equal(await form.locator('textarea').inputValue(), 'to be delivered on Monday');
  clean(await scan(page, { language: 'en' }), 'the form with what is wrong');
  assert.equal(await count(page, person('acme', 'admin')), before);
}));

// R-LIC-02 R-TEN-09
test('a license that waits is approved', onPage(() => session(person('acme', 'admin')), async (page) => {
  const who = person('acme', 'admin');
  await page.goto('/approvals?tab=licenses');
  clean(await scan(page, { language: 'en' }), 'licenses that wait');
  const form = page.locator('main form[action$="/approve"]').first();
  const [, id] = /licenses\/(lic_\w+)\/approve/.exec(await form.getAttribute('action'));
  assert.notEqual((await api(page, who, 'GET', `/licenses/${id}`)).state, 'active');
  await go(page, form.locator('button'));
  assert.equal(await page.locator('main [role=status]').innerText(), word('done-license-approved'));
  assert.equal((await api(page, who, 'GET', `/licenses/${id}`)).state, 'active');
  assert.equal(await page.locator(`main form[action*="${id}"]`).count(), 0, 'it still waits');
}));

// R-LIC-09
test('a license is suspended and reinstated, and a question comes first', onPage(() => session(person('acme', 'admin')), async (page) => {
  const who = person('acme', 'admin');
  const id = acme.license_ids.subscription[17];
  await page.goto(`/licenses/${id}`);
  const suspend = await first(page, ['main form[action*="suspend"] button:not([type=button])'], 'way to suspend');
  assert.equal(await suspend.isVisible(), false, 'one press suspends, nothing asks first');
  await go(page, suspend);
  assert.equal((await api(page, who, 'GET', `/licenses/${id}`)).state, 'suspended');
  clean(await scan(page, { language: 'en' }), 'a suspended license');
  await send(page, 'reinstate');
  assert.equal((await api(page, who, 'GET', `/licenses/${id}`)).state, 'active');
}));

/** A program on a machine without network, by the library that programs use. */
function machine(name) {
  return init({
    product: acme.product.code, publicKey: acme.product.public_key_pem, apiUrl: 'http://127.0.0.1:9', version: null,
    path: path.join(runFolder, `${name}-license`), watermark: path.join(runFolder, `${name}-seen`), machine: { secret: name, parts: {} },
  });
}

/** The text between two marks, wherever the page shows it. */
async function block(page, label) {
  const texts = await page.locator('main textarea[readonly], main pre, main code').evaluateAll((all) => all.map((one) => one.value ?? one.textContent));
  const found = texts.find((text) => text.includes(`BEGIN ALVARA ${label}`));
  assert.ok(found, `no ${label} at ${page.url()}`);
  return found.trim();
}

// R-LIC-06
test('a machine without network is activated and given up by texts on a page', onPage(() => visitor(acme), async (page) => {
  const cellar = machine('cellar');
  await page.goto('/activate');
  clean(await scan(page, { language: 'en' }), 'offline activation');
  const text = cellar.offlineRequest(acme.keys.permanent[19]);
  await page.locator('main form textarea').fill('this is no request');
  await go(page, page.locator('main form:has(textarea) button:not([type=button])').first());
  assert.ok(await page.getByRole('alert').innerText());
  clean(await scan(page, { language: 'en' }), 'offline activation with a text that is none');
  await page.locator('main form textarea').fill(text);
  await go(page, page.locator('main form:has(textarea) button:not([type=button])').first());
  // Two signatures as text and as a code of some 150 modules: neither compresses.
  clean(await scan(page, { language: 'en', html: 20 * 1024 }), 'the answer for the machine');
  const answer = await block(page, 'ACTIVATION RESPONSE');
  const codes = await scanned(page, page.locator('main img.qr'));
  assert.equal(codes.join('\n').replaceAll(/\s+/g, ''), answer.replaceAll(/\s+/g, ''), 'the QR code says something else than the text');
  const state = cellar.offlineActivate(answer);
  assert.equal(state.valid, true, state.code);

  // And back: what the machine wrote when it wiped what it had.
  const receipt = cellar.deactivateOffline();
  const giveUp = async () => {
    await page.goto('/release');
    await page.locator('main form textarea').fill(receipt);
    await go(page, page.locator('main form:has(textarea) button:not([type=button])').first());
    assert.equal(await page.getByRole('alert').count(), 0, await page.locator('main').innerText());
    return page.getByRole('status').first().innerText();
  };
  assert.equal(await giveUp(), word('done-offline-released'));
  clean(await scan(page, { language: 'en' }), 'a machine that was given up');
  assert.equal(await giveUp(), word('done-offline-released-before'));
}));

// R-LIC-06
test('a request comes along with an address, without scripts, on a telephone', onPage(() => visitor(acme, { javaScriptEnabled: false, viewport: SIZES[0] }), async (page) => {
  const ship = machine('ship');
  await page.goto(`/activate?request=${encodeURIComponent(ship.offlineRequest(acme.keys.permanent[18]))}`);
  await go(page, page.locator('main form:has(textarea) button:not([type=button])').first());
  const answer = await block(page, 'ACTIVATION RESPONSE');
  // As a file, for a stick: the platform answers once more, and the machine takes no second seat.
  const [download] = await Promise.all([page.waitForEvent('download'), page.locator('main form[action="/activate/response.pem"] button').click()]);
  const text = fs.readFileSync(await download.path(), 'utf8').trim();
  assert.match(text, /^-----BEGIN ALVARA ACTIVATION RESPONSE-----/);
  const machines = [answer, text].map((one) => JSON.parse(Buffer.from(one.replaceAll(/-----[^-]+-----/g, ''), 'base64')).machine.id);
  assert.equal(machines[0], machines[1], 'the file is for another machine');
  assert.equal(ship.offlineActivate(text).valid, true);
}));
