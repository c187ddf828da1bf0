// Everybody's portal, link by link: each page is looked at as one that a person sees.

import assert from 'node:assert/strict';
import test from 'node:test';

import { FULL, LANGUAGES, ROLES, SCHEMES, SIZES, ask, demo, onPage, person, picture, session, speak, visitor } from './harness.mjs';
import { leaks, leaksIn } from './leaks.mjs';
import { clean, policy, scan } from './scan.mjs';

/** How many pages of one portal are opened, and how many of the same kind. */
const MOST = FULL ? 400 : 120;
const OF_A_KIND = FULL ? 6 : 1;

/** No page takes longer than this to be made, in milliseconds: on any machine, by a debug build. */
const SLOWEST = 3000;

/** `/licenses/lic_0abc?cursor=x` is of the kind `/licenses/:id?cursor`. */
function kindOf(url) {
  const parts = url.pathname.split('/').map((part) => (/^[a-z]{2,5}_[0-9A-Za-z]+$|^[0-9A-Z-]{16,}$|^[\w-]{24,}$|^\d+$/.test(part) ? ':id' : part));
  const names = [...new Set(url.searchParams.keys())].sort();
  return parts.join('/') + (names.length ? `?${names.join('&')}` : '');
}

/** Half of all kinds, the same half in each portal. */
const parity = (kind) => [...kind].reduce((sum, character) => sum + character.charCodeAt(0), 0) % 2;

/** Where the page leads without changing anything: links, and the lists that its forms show. */
async function places(page) {
  const found = await page.evaluate(() => [
    ...[...document.querySelectorAll('a[href]')].map((link) => link.href),
    ...[...document.querySelectorAll('form')].filter((form) => form.method === 'get').map((form) => {
      const query = new URLSearchParams(new FormData(form));
      for (const field of form.querySelectorAll('input[type=search]')) query.set(field.name, field.value || 'a');
      return `${form.action.split('?')[0]}?${query}`;
    }),
  ]);
  const own = new URL(page.url()).origin;
  return found.map((href) => new URL(href)).filter((url) => url.origin === own && /^https?:$/.test(url.protocol));
}

/** Every way to look at a page: all of them, or one after the other from page to page. */
const WAYS = LANGUAGES.flatMap((language) => SCHEMES.flatMap((scheme) => SIZES.map((size) => ({ language, scheme, size }))));
function ways(number) {
  // 7 and 16 have no divisor in common: every way comes once in sixteen pages, neighbours differ.
  return FULL ? WAYS : [WAYS[(number * 7) % WAYS.length]];
}

async function crawl(page, t, who, half) {
  const wrong = new Map();
  const kinds = new Map();
  const times = [];
  const queue = [new URL('/', who.url), ...(who.begin ?? []).map((place) => new URL(place, who.url))];
  const known = new Set(queue.map(String));
  let opened = 0;
  while (queue.length && opened < MOST) {
    // What is like nothing seen before comes first.
    const fresh = queue.findIndex((url) => !kinds.has(kindOf(url)));
    const [url] = queue.splice(Math.max(fresh, 0), 1);
    const kind = kindOf(url);
    const count = kinds.get(kind) ?? 0;
    if (count >= OF_A_KIND) continue;
    kinds.set(kind, count + 1);
    opened += 1;
    const found = await visit(page, who, url, { times, opened, axe: FULL || (count === 0 && (half === undefined || parity(kind) === half)) });
    for (const text of found) wrong.set(text, [...(wrong.get(text) ?? []), `${url.pathname}${url.search}`]);
    if (page.url() === 'about:blank') continue;
    for (const next of await places(page)) {
      next.hash = '';
      if (known.has(String(next)) || next.pathname.startsWith('/api/')) continue;
      known.add(String(next));
      queue.push(next);
    }
  }
  times.sort((one, other) => one.time - other.time);
  t.diagnostic(`${who.name}: ${opened} pages of ${kinds.size} kinds, the server's time ${times[times.length >> 1]?.time.toFixed(0)} ms in the middle, slowest ${times.at(-1)?.time.toFixed(0)} ms at ${times.at(-1)?.place}`);
  const told = [...wrong].map(([text, at]) => `${at.slice(0, 2).join(', ')}${at.length > 2 ? ` and ${at.length - 2} more` : ''}: ${text}`);
  clean(told, `${who.name}, ${opened} pages`);
  return kinds;
}

async function visit(page, who, url, { times, opened, axe }) {
  const found = [];
  for (const { language, scheme, size } of ways(opened)) {
    await speak(page.context(), who, language);
    await page.emulateMedia({ colorScheme: scheme });
    await page.setViewportSize(size);
    const response = await page.goto(String(url)).catch((error) => (/Download is starting|ERR_ABORTED/.test(error.message) ? null : Promise.reject(error)));
    if (!response || !(response.headers()['content-type'] ?? '').startsWith('text/html')) {
      found.push(...await file(page, who, url));
      await page.goto('about:blank');
      break;
    }
    if (response.status() >= 400) found.push(`a link leads to ${response.status()}`);
    found.push(...policy(response));
    if (who.slug) found.push(...await leaks(page, response, who.slug));
    found.push(...(await scan(page, { language, light: !axe })).map((text) => `${text} [${language}, ${scheme}, ${size.width} px]`));
    const time = await page.evaluate(() => { const [entry] = performance.getEntriesByType('navigation'); return entry.responseStart - entry.requestStart; });
    times.push({ time, place: `${url.pathname}${url.search}` });
    if (time > SLOWEST) found.push(`takes the server ${time.toFixed(0)} ms`);
    await picture(page, `${who.name} ${url.pathname} ${language} ${scheme} ${size.width}`);
  }
  return found;
}

/** What is no page: it comes, and names neither the platform nor others. */
async function file(page, who, url) {
  await page.goto(new URL('/', who.url).href);
  const answer = await ask(page, String(url));
  const found = answer.status === 200 ? [] : [`a link leads to ${answer.status}`];
  if (who.slug) {
    for (const header of answer.headers) found.push(...leaksIn(header.join(': '), who.slug, 'a header'));
    found.push(...leaksIn(answer.body.toString('latin1'), who.slug, 'the file'));
  }
  return found;
}

// The pages are the same at each reseller and the brands are not: axe looks at every second kind at
// the one and at the others at the other.
for (const [half, { slug }] of demo.tenants.entries()) {
  for (const role of ROLES) {
    const who = person(slug, role);
    // R-TEN-04 R-TEN-01: nothing a reseller shows names the platform or another reseller
    test(`the whole portal of ${who.name}`, onPage(() => session(who), async (page, t) => {
      const kinds = await crawl(page, t, who, half % 2);
      assert.ok(kinds.size >= 3, `only ${[...kinds.keys()]} could be reached`);
    }));
  }

  // R-TEN-04
  test(`what ${slug} shows to everybody`, onPage(() => visitor({ url: demo.tenants[half].url }), async (page, t) => {
    const who = { name: `${slug}-nobody`, slug, url: demo.tenants[half].url, begin: ['/login', '/activate', '/release', '/signup'] };
    await crawl(page, t, who, undefined);
  }));
}

// R-TEN-03
test('the whole portal of the operator', onPage(() => session(person('operator')), async (page, t) => {
  const kinds = await crawl(page, t, person('operator'), undefined);
  assert.ok(kinds.size >= 3, `only ${[...kinds.keys()]} could be reached`);
}));

// R-TEN-04
test('what is not there says so under the brand', onPage(() => session(person('acme', 'customer')), async (page) => {
  const found = [];
  for (const [number, place] of ['/nothing-here', '/licenses/lic_00000000000000000000000000', '/licenses/%00'].entries()) {
    const { language, scheme, size } = ways(number + 1)[0];
    await speak(page.context(), person('acme', 'customer'), language);
    await page.emulateMedia({ colorScheme: scheme });
    await page.setViewportSize(size);
    const response = await page.goto(place);
    assert.ok([400, 404, 422].includes(response.status()), `${place} answers ${response.status()}`);
    found.push(...policy(response), ...await leaks(page, response, 'acme'), ...await scan(page, { language }));
    assert.equal(await page.locator('h1').count(), 1);
  }
  clean(found, 'pages that are not there');
}));
