// From a link to a new end: each way to pay at each reseller, at the providers' pages and back.

import assert from 'node:assert/strict';
import test from 'node:test';

import { SIZES, api, ask, onPage, person, picture, session, tenant, visitor, word } from './harness.mjs';
import { bills, newBill, press } from './bank.mjs';
import { document, scanned } from './codes.mjs';
import { leaks, leaksIn } from './leaks.mjs';
import { begin, choose, copied, first, go, payLink, send, tellsOf } from './places.mjs';
import { PAY_BUDGET, clean, policy, scan } from './scan.mjs';

const acme = tenant('acme');
const bella = tenant('bella');
const BR_CODE = /^000201[\s\S]+6304[0-9A-F]{4}$/;
const LINE = /^[\d. ]{47,60}$/;

/** Licenses that are over and that no other test pays for. */
const over = { acme: [...acme.license_ids.expired], bella: [...bella.license_ids.expired] };
const take = (slug) => over[slug].shift() ?? assert.fail('all licenses that are over are paid for');

/** How the license stands, as the house is told. */
async function license(page, slug, id) {
  return api(page, person(slug, 'admin'), 'GET', `/licenses/${id}`);
}

/** A link by which somebody pays for a license that is over, and what it was before. */
async function invited(slug, id = take(slug)) {
  const context = await session(person(slug, 'admin'));
  try {
    const page = await context.newPage();
    const link = await payLink(page, id);
    const before = await license(page, slug, id);
    return { id, link, before, slug };
  } finally {
    await context.close();
  }
}

/** The license goes on: the page says until when, by itself or once it is loaded again, and it is so. */
async function renewed(page, { id, slug, before }, how = 'by itself') {
  for (let turn = 0; turn < 60; turn += 1) {
    const now = await license(page, slug, id);
    if (now.expires_at > before.expires_at) {
      if (how === 'loaded again') await page.reload();
      await page.locator('main form[action$="/charge"], main form[action$="/check"]').first().waitFor({ state: 'detached' });
      await tellsOf(page, now.expires_at, slug);
      assert.ok(Date.parse(now.expires_at) > Date.now(), now.expires_at);
      return now;
    }
    await page.waitForTimeout(250);
  }
  assert.fail(`${id} was paid for and still ends ${before.expires_at}`);
}

/** The receipt: a document of the reseller's, with the amount in it. */
async function receipt(page, slug, amount) {
  const link = await first(page, ['main a[href*="/paper/"]'], 'receipt');
  const answer = await ask(page, await link.evaluate((one) => one.href));
  assert.equal(answer.status, 200);
  assert.match(answer.type, /^application\/pdf/);
  const paper = await document(answer.body);
  clean([...leaksIn(paper.text, slug, 'the receipt'), ...leaksIn(paper.about, slug, 'what the receipt says of itself')], 'the receipt');
  assert.ok(paper.text.replaceAll(/\D/g, '').includes(String(amount)), `${amount} is not on the receipt:\n${paper.text}`);
}

/** To the provider's page: a link, so that a policy that lets forms go nowhere else is no obstacle. */
async function away(page) {
  await begin(page);
  clean(await scan(page, { language: 'en', total: PAY_BUDGET }), 'before the provider\'s page');
  const link = await first(page, ['main a[rel=noreferrer]'], 'way to the provider\'s page');
  const place = await link.getAttribute('href');
  // It is on this machine too, under a certificate that no browser knows.
  assert.match(place, /^http:\/\/127\.0\.0\.1:/);
  page.context().watch.allow(place);
  await go(page, link);
  assert.equal(page.url(), place);
}

const nobody = (slug, options) => visitor({ url: tenant(slug).url }, options);

// R-PAY-05 R-LIC-09
test('a renewal by PIX, from the link to the new end', async (t) => {
  const asked = await invited('acme');
  await onPage(() => nobody('acme'), async (page) => {
    const before = await bills(acme);
    const response = await page.goto(asked.link);
    clean([...policy(response), ...await leaks(page, response, 'acme'), ...await scan(page, { language: 'en', total: PAY_BUDGET })], 'the page on which one pays');
    assert.equal(response.headers()['cache-control']?.includes('no-store'), true, 'a page behind a secret link may be kept');
    assert.match(response.headers()['referrer-policy'] ?? '', /no-referrer|same-origin/);
    await choose(page, 'pix');
    await begin(page);
    const bill = await newBill(acme, before);
    const code = await copied(page, BR_CODE);

    // The same code in both schemes, on the smallest screen and on a desk.
    for (const size of SIZES) {
      for (const colorScheme of ['light', 'dark']) {
        await page.setViewportSize(size);
        await page.emulateMedia({ colorScheme });
        assert.deepEqual(await scanned(page, page.locator('main img[src*="/qr/"]')), [code], `${size.width} px, ${colorScheme}`);
        clean(await scan(page, { language: 'en', total: PAY_BUDGET }), `PIX, ${size.width} px, ${colorScheme}`);
        await picture(page, `pix ${size.width} ${colorScheme}`);
      }
    }
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write'], { origin: new URL(acme.url).origin });
    const button = page.locator('button[data-copy^="000201"]').first();
    await button.click();
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), code);
    clean(await scan(page, { language: 'en' }), 'the button that has copied');

    // Nobody touches the page any more: it sees by itself that the money came.
    const began = Date.now();
    await press(acme, bill.id, 'pay');
    await renewed(page, asked);
    t.diagnostic(`${Date.now() - began} ms from the payment to the page that says so`);
    clean(await scan(page, { language: 'en', total: PAY_BUDGET }), 'the page that thanks');
    await receipt(page, 'acme', bill.minor);

    // The same link again asks for nothing.
    const paid = await bills(acme);
    await page.goto(asked.link);
    await tellsOf(page, (await license(page, 'acme', asked.id)).expires_at, 'acme');
    assert.equal((await bills(acme)).length, paid.length);
    clean(await scan(page, { language: 'en' }), 'the link that was paid');
  })(t);
});

// R-PAY-05
test('a renewal by PIX without scripts and with nothing but keys', async (t) => {
  const asked = await invited('acme');
  await onPage(() => nobody('acme', { javaScriptEnabled: false, viewport: SIZES[0] }), async (page) => {
    const before = await bills(acme);
    await page.goto(asked.link);
    await choose(page, 'pix');
    await begin(page);
    const bill = await newBill(acme, before);
    const text = (await page.locator('main textarea[readonly], main code').allInnerTexts()).concat(await page.locator('main textarea[readonly]').evaluateAll((all) => all.map((one) => one.value)));
    const code = text.map((line) => line.trim()).find((line) => BR_CODE.test(line));
    assert.ok(code, 'the code cannot be copied by hand');
    assert.deepEqual(await scanned(page, page.locator('main img[src*="/qr/"]')), [code]);
    await press(acme, bill.id, 'pay');
    await renewed(page, asked, 'loaded again');
  })(t);
});

// R-PAY-05
test('PIX is less than a dozen presses of Tab away', async (t) => {
  const asked = await invited('acme', acme.license_ids.subscription[18]);
  await onPage(() => nobody('acme'), async (page) => {
    await page.goto(asked.link);
    const reach = async (selectors) => {
      for (let presses = 1; presses < 12; presses += 1) {
        await page.keyboard.press('Tab');
        const seen = await page.evaluate((selectors) => {
          const element = globalThis.document.activeElement;
          const style = getComputedStyle(element);
          return { there: element.matches(selectors), shown: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0, what: element.outerHTML.slice(0, 90) };
        }, selectors);
        assert.ok(seen.shown, `nothing shows that the focus is on ${seen.what}`);
        if (seen.there) return;
      }
      assert.fail(`${selectors} is a dozen presses away`);
    };
    await reach('form[action$="/charge"] button');
    await Promise.all([page.waitForNavigation(), page.keyboard.press('Enter')]);
    await reach('button[data-copy^="000201"]');
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write'], { origin: new URL(acme.url).origin });
    await page.keyboard.press('Enter');
    assert.match(await page.evaluate(() => navigator.clipboard.readText()), BR_CODE);
    await page.locator('#live', { hasText: word('portal-copied') }).waitFor();
  })(t);
});

// R-PAY-05
test('a renewal by boleto, with its line, its bars and its paper', async (t) => {
  const asked = await invited('acme');
  await onPage(() => nobody('acme', { deviceScaleFactor: 3 }), async (page) => {
    const before = await bills(acme);
    await page.goto(asked.link);
    await choose(page, 'boleto');
    clean(await scan(page, { language: 'en', total: PAY_BUDGET }), 'before the boleto');
    await begin(page);
    const bill = await newBill(acme, before);
    clean(await scan(page, { language: 'en', total: PAY_BUDGET }), 'the boleto');
    const line = (await copied(page, LINE)).replaceAll(/\D/g, '');
    const panel = await (await fetch(acme.simulator_url)).text();
    assert.ok(panel.replaceAll(/[. ]/g, '').includes(line), 'the bank registered another line');

    // On a screen as sharp as a telephone's, a bank's program reads the bars and the code off it.
    const bars = await scanned(page, page.locator('main img[src*="/bars/"]'), '-Si25.enable');
    assert.equal(bars.length, 1, `the bars say ${bars}`);
    assert.ok(line.startsWith(bars[0].slice(0, 4)) && line.endsWith(bars[0].slice(5, 19)), `${bars} is not ${line}`);
    assert.deepEqual(await scanned(page, page.locator('main img[src*="/qr/"]')), [await copied(page, BR_CODE)]);

    const link = await first(page, ['main a[href*="/slip/"]'], 'boleto on paper');
    const answer = await ask(page, await link.evaluate((one) => one.href));
    assert.equal(answer.status, 200);
    const paper = await document(answer.body);
    clean([...leaksIn(paper.text, 'acme', 'the boleto'), ...leaksIn(paper.about, 'acme', 'what the boleto says of itself')], 'the boleto on paper');
    assert.ok(paper.text.replaceAll(/\D/g, '').includes(line), 'the line is not on the paper');
    assert.ok(paper.codes.includes(bars[0]), `the bars on paper say ${paper.codes}`);

    await press(acme, bill.id, 'pay');
    // This bank tells nobody: whoever has paid asks.
    await send(page, '/check', 'button for who has paid');
    await renewed(page, asked);
    clean(await scan(page, { language: 'en' }), 'the page that thanks');
  })(t);
});

for (const [slug, method] of [['acme', 'card'], ['acme', 'stripe'], ['bella', 'stripe']]) {
  // R-PAY-05
  test(`a renewal by ${method} at ${slug}, to the provider's page and back`, async (t) => {
    const asked = await invited(slug);
    const at = tenant(slug);
    await onPage(() => nobody(slug), async (page) => {
      await page.goto(asked.link);
      await choose(page, method);
      clean(await scan(page, { language: 'en', total: PAY_BUDGET }), 'the page on which one pays');
      await away(page);
      await Promise.all([page.waitForURL((url) => url.origin === new URL(at.url).origin), page.getByRole('button', { name: 'Pay', exact: true }).click()]);
      await renewed(page, asked);
      clean(await scan(page, { language: 'en', total: PAY_BUDGET }), 'who comes back');
    })(t);
  });
}

// R-PAY-05 R-PAY-07
test('what is refused renews nothing, and another way is open', async (t) => {
  const { id, link, before } = await invited('acme', acme.license_ids.subscription[14]);
  await onPage(() => nobody('acme'), async (page) => {
    await page.goto(link);
    await choose(page, 'card');
    await away(page);
    await Promise.all([page.waitForURL((url) => url.origin === new URL(acme.url).origin), page.getByRole('button', { name: 'Decline' }).click()]);
    clean(await scan(page, { language: 'en' }), 'a card that was refused');

    const open = await bills(acme);
    await choose(page, 'pix');
    await begin(page);
    const bill = await newBill(acme, open);
    const code = await copied(page, BR_CODE);
    await press(acme, bill.id, 'decline');
    await send(page, '/check', 'button for who has paid');
    assert.ok((await page.locator('main [role=alert]').innerText()).trim());
    clean(await scan(page, { language: 'en' }), 'a code that is no longer good');
    // One press makes a fresh one.
    await begin(page);
    assert.notEqual(await copied(page, BR_CODE), code);
    assert.equal((await license(page, 'acme', id)).expires_at, before.expires_at);
  })(t);
});

// R-PAY-05 R-TEN-01
test('a link that nobody made pays for nothing', onPage(() => nobody('acme'), async (page) => {
  for (const token of ['x', 'A'.repeat(43), '../licenses', '%00']) {
    const response = await page.goto(`/pay/${token}`);
    assert.ok([400, 404, 410].includes(response.status()) || new URL(page.url()).pathname === '/login', `${token} answers ${response.status()}`);
  }
  clean(await scan(page), 'a link that nobody made');
}));

// R-PAY-05 R-TEN-01
test('the link of one reseller is none at another', async (t) => {
  const { link } = await invited('bella', bella.license_ids.subscription[18]);
  await onPage(() => nobody('acme'), async (page) => {
    const response = await page.goto(`${acme.url}${new URL(link).pathname}`);
    assert.ok([404, 410].includes(response.status()), String(response.status()));
    clean(await leaks(page, response, 'acme'), 'the link of another reseller');
  })(t);
});
