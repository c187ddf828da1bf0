// The search over any page: opened and worked by the keyboard, with what one may see and nothing else.

import assert from 'node:assert/strict';
import test from 'node:test';

import { LANGUAGES, SCHEMES, SIZES, onPage, person, session, speak, word } from './harness.mjs';
import { go } from './places.mjs';
import { clean, scan } from './scan.mjs';

const house = (options) => () => session(person('acme', 'admin'), options);
const field = (page, language = 'en') => page.getByRole('dialog').getByRole('combobox', { name: word('portal-search-all', language) });
const options = (page) => page.getByRole('dialog').getByRole('option');
/** The option that the field names as the one that Enter takes. */
const chosen = (page) => page.evaluate(() => {
  const field = document.querySelector('dialog[open] [role=combobox]');
  const one = document.getElementById(field.getAttribute('aria-activedescendant'));
  if (one?.getAttribute('aria-selected') !== 'true' || document.querySelectorAll('dialog [aria-selected=true]').length !== 1) return null;
  return { at: [...one.parentElement.children].indexOf(one), label: one.firstChild.textContent, href: new URL(one.dataset.href, location.href).pathname };
});

// R-TEN-04
test('Ctrl+K opens the search, arrows choose, Enter goes, Escape comes back', onPage(house(), async (page) => {
  await page.goto('/licenses');
  await page.locator('#q').focus();
  await page.keyboard.press('Control+k');
  await field(page).waitFor();
  assert.equal(await field(page).evaluate((one) => one === document.activeElement), true, 'the field has no focus');
  // Nothing typed: the pages of the menu.
  const menu = await page.locator('nav.main a').allInnerTexts();
  const listed = await options(page).evaluateAll((all) => all.map((one) => one.firstChild.textContent));
  assert.deepEqual(listed, menu);
  assert.equal((await chosen(page)).at, 0);
  await page.keyboard.press('ArrowUp');
  assert.equal((await chosen(page)).at, menu.length - 1, 'before the first comes the last');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  assert.equal((await chosen(page)).at, 1);
  await page.keyboard.press('Escape');
  await page.locator('#palette').waitFor({ state: 'hidden' });
  assert.equal(await page.evaluate(() => document.activeElement?.id), 'q', 'the focus is not where it was');
  // The same keys close what they opened, and a Macintosh has its own.
  await page.keyboard.press('Meta+k');
  await field(page).waitFor();
  await page.keyboard.press('Control+k');
  await page.locator('#palette').waitFor({ state: 'hidden' });

  await page.keyboard.press('Control+k');
  await page.keyboard.type('CUSTÓM');
  assert.equal((await chosen(page)).href, '/customers', 'a page is found however it is written');
  await Promise.all([page.waitForURL('**/customers'), page.keyboard.press('Enter')]);

  await page.keyboard.press('Control+k');
  await page.keyboard.type('padaria estrela');
  await page.getByRole('dialog').getByText(word('nav-customers')).first().waitFor();
  assert.match(await page.getByRole('dialog').getByRole('status').innerText(), /padaria estrela/);
  clean(await scan(page, { language: 'en' }), 'the search with answers');
  const labels = await options(page).evaluateAll((all) => all.map((one) => one.firstChild.textContent));
  assert.ok(labels.length >= 2 && labels.slice(0, -1).every((label) => /padaria/i.test(label)), labels.join());
  assert.equal(labels.at(-1), word('palette-all'));
  const first = await chosen(page);
  await Promise.all([page.waitForURL(`**${first.href}`), page.keyboard.press('Enter')]);
  assert.match(await page.locator('h1').innerText(), /padaria/i);
}));

// R-TEN-01
test('the search over a page finds nothing of a neighbour', onPage(() => session(person('bella', 'admin')), async (page) => {
  await page.goto('/');
  await page.getByRole('button', { name: word('palette-title') }).click();
  await page.keyboard.type('padaria estrela');
  await page.getByRole('dialog').getByText(/padaria estrela/).waitFor();
  assert.equal(await options(page).count(), 1, 'only the way to the page of the search is left');
  await Promise.all([page.waitForURL(/\/search\?q=padaria/), page.keyboard.press('Enter')]);
  assert.equal(await page.locator('main section').count(), 0);
}));

for (const [at, language] of LANGUAGES.entries()) {
  // R-TEN-04
  test(`the search over a page is accessible in ${language}`, onPage(house({ viewport: SIZES[at % 2], colorScheme: SCHEMES[at >> 1] }), async (page) => {
    await speak(page.context(), person('acme', 'admin'), language);
    await page.goto('/customers');
    await page.keyboard.press('Control+k');
    await field(page, language).waitFor();
    clean(await scan(page, { language }), 'the search before anything is typed');
    await page.keyboard.type('nobody is called so');
    await page.getByRole('dialog').getByRole('status').filter({ hasText: /./ }).waitFor();
    assert.equal(await options(page).innerText(), word('palette-all', language));
    clean(await scan(page, { language }), 'the search without an answer');
    await page.mouse.click(5, 5);
    await page.locator('#palette').waitFor({ state: 'hidden' });
  }));
}

// R-TEN-04
test('without scripts the field in the head leads to the page of the search', onPage(house({ javaScriptEnabled: false }), async (page) => {
  await page.goto('/');
  assert.equal(await page.locator('[data-palette]').isVisible(), false);
  await page.locator('header [role=search] input').fill('padaria estrela');
  await Promise.all([page.waitForNavigation(), page.keyboard.press('Enter')]);
  assert.match(page.url(), /\/search\?q=padaria/);
  await go(page, page.locator('main section tbody a').first());
  assert.match(await page.locator('h1').innerText(), /padaria/i);
}));
