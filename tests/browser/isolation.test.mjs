// Whose address it is not: 404 for what is elsewhere, 403 for what is not one's to do, and the same
// words for what does not exist at all.

import assert from 'node:assert/strict';
import test from 'node:test';

import { ROLES, api, demo, onPage, person, session, visitor } from './harness.mjs';
import { leaks } from './leaks.mjs';
import { clean, scan } from './scan.mjs';

/** Something of each kind that somebody sees: addresses of pages with an id in them. */
const KINDS = [
  ['licenses', '/licenses?limit=3'],
  ['customers', '/customers?limit=3'],
  ['machines', '/machines?limit=3'],
  ['orders', '/orders?limit=3'],
];

async function owned(page, who) {
  const found = [];
  for (const [kind, list] of KINDS) {
    const said = await api(page, who, 'GET', list).catch(() => ({ items: [] }));
    for (const item of said.items) found.push({ kind, id: item.id ?? item.node_id });
  }
  return found;
}

/** A page that nobody can see: what an invented id answers is what a foreign one must answer. */
const invented = (id) => `${id.split('_')[0]}_${'0'.repeat(id.split('_')[1].length)}`;

/** Status and words of a page, without what differs by nature: its address and its number. */
async function seen(page, place, id) {
  const response = await page.goto(place);
  const text = (await page.locator('main').innerText()).replaceAll(id, '…').replaceAll(/[0-9a-f-]{16,}|req_\w+/gi, '…');
  return { status: response.status(), text, response };
}

// R-TEN-01
test('what is another reseller\'s is not there, to the letter', async (t) => {
  const [here, there] = demo.tenants;
  const stranger = await visitor({ url: there.url });
  const strange = await stranger.newPage();
  await strange.goto('/login');
  const theirs = await owned(strange, person(there.slug, 'admin'));
  await stranger.close();
  assert.ok(theirs.some(({ kind }) => kind === 'licenses'));
  for (const role of ['admin', 'customer']) {
    await t.test(`asked by ${role} of ${here.slug}`, onPage(() => session(person(here.slug, role)), async (page) => {
      for (const { kind, id } of theirs) {
        const foreign = await seen(page, `/${kind}/${id}`, id);
        assert.equal(foreign.status, 404, `/${kind}/${id}`);
        clean(await leaks(page, foreign.response, here.slug), `/${kind}/${id}`);
        const nothing = await seen(page, `/${kind}/${invented(id)}`, invented(id));
        assert.deepEqual([foreign.status, foreign.text], [nothing.status, nothing.text], `/${kind}: what is elsewhere differs from what is nowhere`);
      }
    }));
  }
});

// R-TEN-01
test('a session of one reseller is none at another', onPage(() => session(person('acme', 'admin')), async (page, _, context) => {
  const [cookie] = (await context.cookies()).filter((cookie) => cookie.httpOnly && cookie.expires === -1);
  await page.context().clearCookies();
  const bella = person('bella', 'admin');
  await context.addCookies([{ ...cookie, domain: new URL(bella.url).hostname }]);
  await page.goto(`${bella.url}/`);
  assert.equal(new URL(page.url()).pathname, '/login');
}));

// R-TEN-03
test('nobody sees beyond their own place in the tree', async (t) => {
  const house = await visitor({ url: person('acme', 'admin').url });
  const helper = await house.newPage();
  await helper.goto('/login');
  const all = await owned(helper, person('acme', 'admin'));
  const sets = new Map();
  for (const role of ROLES) sets.set(role, new Set((await owned(helper, person('acme', role))).map(({ id }) => id)));
  const agent2 = await owned(helper, person('acme', 'agent2'));
  await house.close();
  for (const role of ['subcompany', 'agent', 'customer']) {
    await t.test(`as ${role}`, onPage(() => session(person('acme', role)), async (page) => {
      // What the house or the other agent lists and this one's own lists do not.
      const beyond = [];
      for (const thing of [...all, ...agent2]) {
        if (sets.get(role).has(thing.id)) continue;
        const may = await api(page.url() === 'about:blank' ? (await page.goto('/'), page) : page, person('acme', role), 'GET', `/${thing.kind}/${thing.id}`).then(() => true, () => false);
        if (!may) beyond.push(thing);
      }
      for (const { kind, id } of beyond.slice(0, 8)) {
        const response = await page.goto(`/${kind}/${id}`);
        assert.ok([403, 404].includes(response.status()), `/${kind}/${id} answers ${response.status()}`);
        assert.ok(!(await page.content()).includes(`${id}"`) || response.status() === 404);
      }
      if (role !== 'subcompany') assert.ok(beyond.length, 'there is nothing beyond to try');
    }));
  }
});

// R-TEN-03
test('the menu offers what works, and the pages of the house are for the house', async (t) => {
  for (const role of ROLES) {
    await t.test(`the menu of ${role}`, onPage(() => session(person('acme', role)), async (page) => {
      await page.goto('/');
      const hrefs = await page.locator('nav.main a').evaluateAll((links) => links.map((link) => link.getAttribute('href')));
      assert.ok(hrefs.length >= 2 && hrefs.length <= 7, hrefs.join(' '));
      for (const href of hrefs) assert.equal((await page.goto(href)).status(), 200, href);
    }));
  }
  for (const role of ['agent', 'customer']) {
    await t.test(`beyond the menu of ${role}`, onPage(() => session(person('acme', role)), async (page) => {
      // An agent chooses among the ways to be paid when it sends a bill.
      const own = role === 'customer' ? ['/payment-accounts', '/team'] : ['/team'];
      for (const href of ['/settings', '/settings/general', '/operations', '/plugins', '/tenants', ...own]) {
        const response = await page.goto(href);
        assert.ok([403, 404].includes(response.status()), `${href} answers ${response.status()} to ${role}`);
        clean(await scan(page, { language: 'en' }), `${href} as ${role}`);
      }
    }));
  }
});

// R-TEN-03
test('without a session every page leads to the sign-in', onPage(() => visitor(person('acme', 'admin')), async (page) => {
  for (const place of ['/', '/licenses', '/customers', '/settings', '/team', '/payments', '/account']) {
    await page.goto(place);
    assert.equal(new URL(page.url()).pathname, '/login', place);
  }
}));
