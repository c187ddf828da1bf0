// People and their accounts: who registers, who is let in, passwords, one-time codes, sessions.

import assert from 'node:assert/strict';
import { createHmac, randomBytes } from 'node:crypto';
import test from 'node:test';

import { SIZES, api, onPage, person, session, signIn, speak, tenant, visitor, word } from './harness.mjs';
import { scanned } from './codes.mjs';
import { go, send } from './places.mjs';
import { clean, scan } from './scan.mjs';

const acme = tenant('acme');

// R-TEN-09
test('somebody registers without scripts and is validated', async (t) => {
  const email = `cecilia-${randomBytes(4).toString('hex')}@padaria.example`;
  await onPage(() => visitor(acme, { javaScriptEnabled: false, viewport: SIZES[0] }), async (page) => {
    await page.goto('/signup');
    const answers = [];
    // Who asks whether an address is known learns nothing: the second answer is the first one.
    for (const name of ['Cecília Ramos', 'Somebody Else']) {
      await page.goto('/signup');
      await page.getByLabel(word('signup-name')).fill(name);
      await page.getByLabel(word('signup-email')).fill(email);
      await page.getByLabel(word('signup-company')).fill('Padaria da Cecília');
      await go(page, page.locator('form[action="/signup"] button'));
      answers.push(await page.getByRole('status').first().innerText());
    }
    assert.deepEqual(answers, Array(2).fill(word('done-signup-received')));
  })(t);
  await onPage(() => session(person('acme', 'admin')), async (page) => {
    await page.goto(`/customers?status=pending&q=${encodeURIComponent(email)}`);
    clean(await scan(page, { language: 'en' }), 'customers who wait');
    const rows = page.locator('#rows tbody tr');
    assert.equal(await rows.count(), 1);
    await go(page, rows.locator('a').first());
    const id = new URL(page.url()).pathname.split('/').at(-1);
    await send(page, '/validate');
    assert.equal(await page.locator('main [role=status]').innerText(), word('done-customer-validated'));
    clean(await scan(page, { language: 'en' }), 'a customer who was validated');
    assert.equal((await api(page, person('acme', 'admin'), 'GET', `/customers/${id}`)).status, 'validated');
  })(t);
});

/** The code that an authenticator shows, `ahead` steps from now. */
function code(uri, ahead = 0) {
  const secret = new URL(uri).searchParams.get('secret');
  const bits = [...secret].map((letter) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0')).join('');
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + ahead));
  const mac = createHmac('sha1', key).update(counter).digest();
  const at = mac.at(-1) & 15;
  return String((mac.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}

// Nobody else is signed in as the second agent: these change how one signs in.
const agent = person('acme', 'agent2');

// R-TEN-07
test('one-time codes are set up by the picture, asked for, and given up', onPage(() => visitor(agent), async (page) => {
  await signIn(page, agent);
  await page.goto('/account');
  clean(await scan(page, { language: 'en' }), 'the account');
  await page.locator('form[action="/account/codes"] input[type=password]').fill('certainly not this');
  await send(page, '/account/codes');
  assert.equal(await page.locator('form[action="/account/codes"] [aria-invalid=true], form[action="/account/codes"] [role=alert]').count() > 0, true);
  clean(await scan(page, { language: 'en' }), 'the account after a wrong password');
  await page.locator('form[action="/account/codes"] input[type=password]').fill(agent.password);
  await send(page, '/account/codes');
  clean(await scan(page, { language: 'en' }), 'the picture for an authenticator');
  const [uri] = await scanned(page, page.locator('main img.qr'));
  assert.match(uri, /^otpauth:\/\/totp\//);
  // What the telephone shows names the reseller.
  assert.doesNotMatch(decodeURIComponent(uri), /alvar[aá]/i);
  await page.locator('input[autocomplete="one-time-code"]').fill(code(uri));
  await send(page, '/account/codes/confirmation');
  assert.equal(await page.locator('main [role=status]').innerText(), word('done-codes-on'));

  await page.context().clearCookies();
  await speak(page.context(), agent, 'en');
  await page.goto('/login');
  await signIn(page, agent);
  assert.equal(new URL(page.url()).pathname, '/login', 'a password alone opens');
  await page.locator('input[autocomplete="one-time-code"]').fill(code(uri, 1));
  await signIn(page, agent);
  assert.equal(new URL(page.url()).pathname, '/');

  await page.goto('/account');
  const removal = page.locator('form[action="/account/codes/removal"]');
  await removal.locator('input[type=password]').fill(agent.password);
  await go(page, removal.locator('button'));
  assert.equal(await page.locator('main [role=status]').innerText(), word('done-codes-off'));
}));

// R-TEN-07
test('a changed password ends the other sessions', onPage(() => visitor(agent), async (page) => {
  const elsewhere = await visitor(agent);
  const other = await elsewhere.newPage();
  await signIn(other, agent);
  await signIn(page, agent);
  const fresh = `${randomBytes(9).toString('base64url')} and more`;
  const change = async (from, to) => {
    await page.goto('/account');
    const form = page.locator('form[action="/account/password"]');
    await form.locator('input[autocomplete="current-password"]').fill(from);
    await form.locator('input[autocomplete="new-password"]').fill(to);
    await go(page, form.locator('button'));
  };
  await change(agent.password, 'short');
  assert.ok(await page.locator('form[action="/account/password"] [aria-invalid=true]').count(), 'a short password is not refused at its field');
  clean(await scan(page, { language: 'en' }), 'a password that is too short');
  await change(agent.password, fresh);
  assert.equal(await page.locator('main [role=status]').innerText(), word('done-password-changed'));
  await other.goto('/account');
  assert.equal(new URL(other.url()).pathname, '/login');
  await signIn(other, agent);
  assert.equal(new URL(other.url()).pathname, '/login', 'the old password still opens');
  await change(fresh, agent.password);
  assert.equal(await page.locator('main [role=status]').innerText(), word('done-password-changed'));
  await elsewhere.close();
}));

// R-TEN-07
test('a session is ended from another browser', onPage(() => visitor(agent), async (page) => {
  const elsewhere = await visitor(agent);
  const other = await elsewhere.newPage();
  await signIn(other, agent);
  await signIn(page, agent);
  await page.goto('/account');
  const ends = page.locator('form[action*="/account/sessions/"] button');
  for (let count = await ends.count(); count > 0; count -= 1) {
    await go(page, ends.first());
    assert.equal(await page.locator('main [role=status]').innerText(), word('done-session-ended'));
  }
  await other.goto('/account');
  assert.equal(new URL(other.url()).pathname, '/login');
  await page.goto('/account');
  assert.equal(new URL(page.url()).pathname, '/account');
  await elsewhere.close();
}));
