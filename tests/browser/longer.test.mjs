// A language that nobody speaks: every text is half as long again and accented, as German and
// Finnish would be. What is cut off or pushed out of the window then will be in some language.

import assert from 'node:assert/strict';
import test from 'node:test';

import { SIZES, demo, onPage, person, session, visitor } from './harness.mjs';
import { clean } from './scan.mjs';

const PLACES = {
  admin: ['/', '/licenses', '/licenses/new', '/customers', '/renewals', '/payments', '/team', '/settings', '/branding', '/audit', '/account'],
  agent: ['/', '/licenses', '/customers', '/commissions'],
  customer: ['/', '/machines', '/payments', '/activate'],
};

/** Runs in the page: writes its texts anew; what people named stays, as do files and addresses. */
function lengthen() {
  const accents = { a: 'à', e: 'é', i: 'ï', o: 'ö', u: 'û', c: 'ç', n: 'ñ', A: 'Å', E: 'Ë', O: 'Ø' };
  const longer = (text) => {
    const words = text.trim().replaceAll(/[aeioucnAEO]/g, (letter) => accents[letter]);
    const more = 'ôuvért '.repeat(Math.ceil(words.length / 14)).trim();
    return words ? `[${words} ${more}]` : text;
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const texts = [];
  while (walker.nextNode()) texts.push(walker.currentNode);
  let count = 0;
  for (const text of texts) {
    if (text.parentElement.closest('script, style, code, time, td, .mono') || !/\p{L}{2}/u.test(text.data)) continue;
    text.data = longer(text.data);
    count += 1;
  }
  return count;
}

/** Runs in the page: what is wider than the window, and what is cut off without a way to the rest. */
function tight() {
  const root = document.documentElement;
  const found = [];
  if (root.scrollWidth > root.clientWidth) {
    const wide = [...document.body.querySelectorAll('*')].find((one) => one.getBoundingClientRect().right > root.clientWidth + 1 && !one.closest('nav'));
    found.push(`is ${root.scrollWidth - root.clientWidth} px wider than a window of ${root.clientWidth}: ${wide?.localName}.${wide?.className}`);
  }
  for (const one of document.querySelectorAll('button, .button, h1, h2, h3, label, th, .badge, summary')) {
    const style = getComputedStyle(one);
    const hidden = style.position === 'absolute' || !one.offsetParent;
    if (!hidden && style.overflow !== 'visible' && one.scrollWidth > one.clientWidth + 1) found.push(`cuts off ${one.localName} "${one.textContent.trim().slice(0, 40)}"`);
  }
  return found;
}

async function through(page, places, who) {
  const found = [];
  for (const place of places) {
    for (const size of SIZES) {
      await page.setViewportSize(size);
      assert.equal((await page.goto(place)).status(), 200, place);
      assert.ok(await page.evaluate(lengthen) >= 3, `${place} has no texts`);
      found.push(...(await page.evaluate(tight)).map((text) => `${place} at ${size.width} px ${text}`));
    }
  }
  clean(found, `${who}, with longer texts`);
}

for (const [role, places] of Object.entries(PLACES)) {
  // R-TEN-04
  test(`longer texts fit the portal of ${role}`, onPage(() => session(person('bella', role)), async (page) => {
    await through(page, places, role);
  }));
}

// R-TEN-04
test('longer texts fit what everybody sees', onPage(() => visitor({ url: demo.tenants[0].url }), async (page) => {
  await through(page, ['/login', '/activate', '/release'], 'everybody');
}));
