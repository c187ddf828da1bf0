// What every list does: search, narrow, turn pages, be kept by its address, come as a file.

import assert from 'node:assert/strict';
import test from 'node:test';

import { ask, onPage, person, session, word } from './harness.mjs';
import { clean, scan } from './scan.mjs';

const house = (options) => () => session(person('acme', 'admin'), options);
const shown = (page) => page.locator('#rows tbody tr th').allInnerTexts();

// R-TEN-09
test('a list answers while one types, keeps the focus, and its address keeps the view', onPage(house(), async (page) => {
  await page.goto('/customers');
  const all = await shown(page);
  assert.ok(all.length >= 5, all.join());
  // The key that goes to the search.
  await page.locator('main').focus();
  await page.keyboard.press('/');
  assert.equal(await page.evaluate(() => document.activeElement?.getAttribute('name')), 'q');
  await page.locator('#q').focus();
  await page.keyboard.type('padaria estrela');
  // It may have answered to the first letters already; the address follows what is shown.
  await page.waitForFunction(() => new URLSearchParams(location.search).get('q') === 'padaria estrela');
  assert.ok((await shown(page)).length < all.length, 'the list is as long as before');
  assert.equal(await page.evaluate(() => document.activeElement?.id), 'q', 'the focus is lost');
  assert.ok((await page.locator('#live').innerText()).trim(), 'nothing says how many there are');
  clean(await scan(page, { language: 'en' }), 'a list that was searched');
  const found = await shown(page);
  assert.ok(found.length >= 1 && found.every((name) => /padaria/i.test(name)), found.join());
  await page.reload();
  assert.deepEqual(await shown(page), found, 'the address does not keep the view');
  assert.equal(await page.locator('#q').inputValue(), 'padaria estrela');

  await page.locator('#q').fill('nobody is called so');
  await page.locator('#rows .none').waitFor();
  assert.match(await page.locator('#rows').innerText(), new RegExp(word('portal-no-match').slice(0, 20)));
  clean(await scan(page, { language: 'en' }), 'a list in which nothing is found');
  await page.locator('#rows a').click();
  await page.waitForURL((url) => !url.search);
  assert.deepEqual(await shown(page), all);
}));

// R-TEN-09
test('without scripts a list is searched and narrowed by its button', onPage(house({ javaScriptEnabled: false }), async (page) => {
  await page.goto('/customers');
  await page.locator('#q').fill('estrela');
  await Promise.all([page.waitForNavigation(), page.locator('form[data-narrow] button').click()]);
  const found = await shown(page);
  assert.ok(found.length >= 1 && found.every((name) => /estrela/i.test(name)), found.join());
}));

for (const list of ['/customers', '/licenses', '/machines']) {
  // R-LIC-03 R-TEN-09
  test(`${list} is read to its last page and comes as a file with as many rows`, onPage(house(), async (page) => {
    const seen = new Set();
    await page.goto(list);
    for (let turn = 0; turn < 40; turn += 1) {
      const rows = await page.locator('#rows tbody th a').evaluateAll((links) => links.map((link) => link.pathname));
      for (const row of rows) {
        assert.ok(!seen.has(row), `${row} stands twice`);
        seen.add(row);
      }
      const next = page.locator('nav.pages a[rel=next]');
      if (!(await next.count())) break;
      await Promise.all([page.waitForNavigation(), next.click()]);
    }
    assert.ok(seen.size >= 5, `${seen.size} rows`);
    const link = page.locator('nav.pages a[download]').first();
    const file = await ask(page, await link.evaluate((one) => one.href));
    assert.equal(file.status, 200);
    assert.match(file.type, /^text\/csv/);
    const lines = records(file.body.toString('utf8'));
    assert.equal(lines.length - 1, seen.size, lines.slice(0, 3).join(' | '));
    // A spreadsheet would reckon with what begins so.
    for (const line of lines) for (const cell of line) assert.ok(!/^[=+@]/.test(cell), cell);
  }));
}

/** The records of a file of comma or semicolon separated values. */
function records(text) {
  const sign = /^[^"\n]*;/.test(text) ? ';' : ',';
  const all = [[]];
  for (const [, quoted, bare, end] of text.replace(/^\uFEFF/, '').matchAll(new RegExp(`(?:"((?:[^"]|"")*)"|([^"\\n\\r${sign}]*))(${sign}|\\r?\\n|$)`, 'g'))) {
    all.at(-1).push((quoted?.replaceAll('""', '"') ?? bare).trim());
    if (end === '') break;
    if (end !== sign) all.push([]);
  }
  return all.filter((line) => line.some(Boolean));
}
