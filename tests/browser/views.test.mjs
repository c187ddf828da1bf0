// Lists as somebody keeps them: kept, pinned and opened by keys alone, in every language.

import assert from 'node:assert/strict';
import test from 'node:test';

import { LANGUAGES, SCHEMES, SIZES, onPage, person, session, speak, word } from './harness.mjs';
import { clean, scan } from './scan.mjs';

// Nobody else's tests look at the lists of this one, so what stands above them disturbs nobody.
const agent = (options) => () => session(person('acme', 'agent'), options);
const views = (page, language = 'en') => page.getByRole('navigation', { name: word('views-title', language) });
const shown = (page) => page.locator('#rows tbody tr th').count();
/** Waits for the page behind a key. */
const press = (page, key) => Promise.all([page.waitForNavigation(), page.keyboard.press(key)]);
/** Opens a question by its key. */
async function open(page, key, language = 'en') {
  const summary = page.locator('#rows summary', { hasText: word(key, language) });
  await summary.focus();
  await page.keyboard.press('Enter');
  return summary.locator('xpath=..');
}

// R-TEN-04
test('a view is kept, pinned, opened and let go by the keyboard', onPage(agent(), async (page) => {
  await page.goto('/licenses');
  assert.equal(await page.locator('#rows summary', { hasText: word('views-save') }).count(), 0, 'nothing is narrowed, and it can be kept');
  await page.locator('#filter-status').selectOption('active');
  await page.waitForFunction(() => new URLSearchParams(location.search).get('status') === 'active');
  const form = await open(page, 'views-save');
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement?.getAttribute('name')), 'name', 'the form does not follow its button');
  await page.keyboard.type('Active ones');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Space');
  assert.equal(await form.getByRole('checkbox', { name: word('views-pin') }).isChecked(), true);
  clean(await scan(page, { language: 'en' }), 'a list with the form that keeps it');
  await page.keyboard.press('Tab');
  await press(page, 'Enter');
  assert.match(await page.locator('.flash').innerText(), new RegExp(word('done-view-saved').slice(0, 12)));
  const link = views(page).getByRole('link', { name: 'Active ones' });
  assert.equal(await link.getAttribute('aria-current'), 'true');
  const rows = await shown(page);
  clean(await scan(page, { language: 'en' }), 'a list under a view');

  // The first page counts them, and leads there.
  await page.goto('/');
  const counter = page.getByRole('region', { name: word('views-pinned') }).getByRole('link', { name: /Active ones/ });
  const told = Number((await counter.innerText()).match(/\d+/)[0]);
  assert.ok(told >= rows && rows > 0, `${told} counted, ${rows} shown`);
  clean(await scan(page, { language: 'en' }), 'a first page with a counter');
  await counter.focus();
  await press(page, 'Enter');
  assert.match(page.url(), /\/licenses\?status=active$/);
  assert.equal(await shown(page), rows);

  await open(page, 'views-change');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Control+a');
  await page.keyboard.type('In use');
  await press(page, 'Enter');
  assert.equal(await views(page).getByRole('link', { name: 'In use' }).count(), 1);
  await open(page, 'views-delete');
  await page.keyboard.press('Tab');
  await press(page, 'Enter');
  assert.equal(await views(page).count(), 0);
}));

// R-TEN-04
test('without scripts a view is kept and let go, and what is wrong is said', onPage(agent({ javaScriptEnabled: false }), async (page) => {
  await page.goto('/customers?q=padaria');
  const keep = async () => {
    await page.locator('#rows summary', { hasText: word('views-save') }).click();
    await page.locator('#rows form[action="/views"] input[name=name]').fill('Bakeries');
    await Promise.all([page.waitForNavigation(), page.locator('#rows form[action="/views"] button').click()]);
  };
  await keep();
  assert.equal(await views(page).getByRole('link', { name: 'Bakeries' }).getAttribute('aria-current'), 'true');
  await page.goto('/customers?q=estrela');
  await keep();
  assert.equal(await page.getByRole('alert').count(), 1, 'the name is taken, and nobody says so');
  assert.equal(await page.locator('main input[name=name]').inputValue(), 'Bakeries');
  await page.goto('/customers?q=padaria');
  await page.locator('#rows summary', { hasText: word('views-delete') }).click();
  await Promise.all([page.waitForNavigation(), page.locator('#rows form[action$="/delete"] button').click()]);
  assert.equal(await views(page).count(), 0);
}));

for (const [at, language] of LANGUAGES.entries()) {
  // R-TEN-04
  test(`a list under views is accessible in ${language}`, onPage(agent({ viewport: SIZES[at % 2], colorScheme: SCHEMES[at >> 1] }), async (page) => {
    const who = person('acme', 'agent');
    await speak(page.context(), who, language);
    const states = ['online', 'offline', 'blocked'];
    for (const state of states) {
      await page.goto(`/machines?state=${state}`);
      await open(page, 'views-save', language);
      const form = page.locator('#rows form[action="/views"]');
      await form.locator('input[name=name]').fill(`${state} ${'and named at length '.repeat(2)}`);
      await form.locator('input[type=checkbox]').check();
      await Promise.all([page.waitForNavigation(), form.locator('button').click()]);
    }
    await page.goto('/machines?state=offline');
    assert.equal(await views(page, language).getByRole('link').count(), 3);
    clean(await scan(page, { language }), 'a list under views');
    await open(page, 'views-change', language);
    await open(page, 'views-delete', language);
    clean(await scan(page, { language }), 'a view with its forms');
    await page.goto('/');
    clean(await scan(page, { language }), 'a first page with counters');
    for (const state of states) {
      await page.goto(`/machines?state=${state}`);
      await open(page, 'views-delete', language);
      await Promise.all([page.waitForNavigation(), page.locator('#rows form[action$="/delete"] button').click()]);
    }
  }));
}
