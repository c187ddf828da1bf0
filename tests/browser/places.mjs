// Where things are on the pages, in one place: what several tests press or read. Roles, labels and
// addresses; never a class that only says how something looks.

import assert from 'node:assert/strict';

/** The first of these that is there; fails with the page's buttons and links when none is. */
export async function first(page, selectors, what) {
  for (const selector of selectors) {
    const found = page.locator(selector).first();
    if (await found.count()) return found;
  }
  const there = await page.locator('main a, main button').evaluateAll((all) => all.map((one) => `${one.localName} "${one.textContent.trim()}" ${one.getAttribute('href') ?? one.form?.getAttribute('action') ?? ''}`));
  assert.fail(`${page.url()} has no ${what}; it has\n  ${there.join('\n  ')}`);
}

/** Presses something that leads to another page, also from inside a question that has to be opened. */
export async function go(page, target) {
  const question = target.locator('xpath=ancestor::details[not(@open)][1]');
  if (await question.count() && !(await target.isVisible())) await question.locator('> summary').click();
  const [response] = await Promise.all([page.waitForNavigation(), target.click()]);
  return response;
}

/** Presses the button of the form that is sent to an address like this. */
export async function send(page, action, what = `form that is sent to ${action}`) {
  return go(page, await first(page, [`main form[action*="${action}"] button:not([type=button])`, `main button[formaction*="${action}"]`], what));
}

/** The address by which a customer pays for a license without signing in, as its page offers it. */
export async function payLink(page, license) {
  await page.goto(`/licenses/${license}`);
  const find = async () => /https?:\/\/[^\s"'<>]+\/pay\/[\w.~-]+/.exec(await page.content())?.[0];
  let link = await find();
  if (!link) {
    await send(page, 'link', 'link for paying, nor a form that makes one');
    link = await find();
  }
  assert.ok(link, 'no link for paying was made');
  return link;
}

/** Chooses how to pay; nothing is asked of a provider yet. */
export async function choose(page, method) {
  const tile = await first(page, [`main nav a[href*="m=${method}"]`], `way to pay by ${method}`);
  if ((await tile.getAttribute('aria-current')) === null) await go(page, tile);
}

/** Begins to pay by the way that is chosen, unless that was done: a provider waits for the money then. */
export async function begin(page) {
  const begun = await page.locator('main form[action$="/check"]').count() && !(await page.locator('main form[action$="/charge"]').count());
  if (!begun) await send(page, '/charge', 'button that begins to pay');
}

/** The text that a button of the page copies and that looks like this. */
export async function copied(page, pattern) {
  const texts = await page.locator('main [data-copy]').evaluateAll((all) => all.map((one) => one.dataset.copy));
  const found = texts.find((text) => pattern.test(text));
  assert.ok(found, `nothing to copy looks like ${pattern}: ${texts.join(' | ')}`);
  return found;
}

/** A day as the English pages write it, where the reseller is. */
export function day(instant, slug) {
  const timeZone = { acme: 'America/Sao_Paulo', bella: 'Europe/Rome' }[slug];
  return new Intl.DateTimeFormat('en-CA', { timeZone, dateStyle: 'short' }).format(new Date(instant));
}

/** Waits until the page tells of a day: the one on which the license ends now. */
export async function tellsOf(page, instant, slug, patience = 20_000) {
  await page.locator('main').getByText(day(instant, slug)).first().waitFor({ timeout: patience });
}

/**
 * Fills in what a form asks for and is still empty: the first choice of a list, something of the
 * right kind in a field. `given` are values by name.
 */
export async function fill(form, given = {}) {
  for (const field of await form.locator('input, select, textarea').all()) {
    const { name, type, required, value, tag } = await field.evaluate((one) => ({ name: one.name, type: one.type, required: one.required, value: one.value, tag: one.localName }));
    const wanted = given[name] ?? given[name.split(':')[0]];
    if (type === 'hidden' || type === 'submit') continue;
    if (wanted === undefined && (!required || value)) continue;
    if (tag === 'select') {
      const options = await field.locator('option').evaluateAll((all) => all.map((one) => one.value).filter(Boolean));
      await field.selectOption(wanted ?? options[0]);
    } else if (type === 'checkbox') {
      await field.setChecked(wanted !== false);
    } else if (type === 'radio') {
      if (wanted === undefined || wanted === value) await field.check();
    } else {
      await field.fill(wanted ?? { email: 'somebody@nowhere.example', date: '2031-05-06', number: '1', url: 'https://nowhere.example/' }[type] ?? 'Something');
    }
  }
}
