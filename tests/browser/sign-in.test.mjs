// The door: with a password, with nothing but keys, without scripts, on the smallest screen, in every
// language.

import assert from 'node:assert/strict';
import test from 'node:test';

import { LANGUAGES, SCHEMES, SIZES, chooseLanguage, demo, onPage, person, signIn, speak, visitor, word } from './harness.mjs';
import { leaks } from './leaks.mjs';
import { clean, policy, scan } from './scan.mjs';

const acme = demo.tenants[0];
const admin = person('acme', 'admin');
const fresh = (options) => () => visitor(admin, options);

// R-TEN-07 R-TEN-04
test('the sign-in in every language, scheme and width', onPage(fresh(), async (page) => {
  const found = [];
  for (const language of LANGUAGES) {
    for (const colorScheme of SCHEMES) {
      for (const size of SIZES) {
        await speak(page.context(), admin, language);
        await page.emulateMedia({ colorScheme });
        await page.setViewportSize(size);
        const response = await page.goto('/login');
        found.push(...policy(response), ...await leaks(page, response, 'acme'), ...await scan(page, { language }));
        assert.equal(await page.locator('h1').innerText(), word('signin-title', language));
      }
    }
  }
  clean(found, 'the sign-in');
}));

// R-TEN-07
test('a wrong password is refused, says so and keeps what was typed', onPage(fresh(), async (page) => {
  await signIn(page, admin, 'certainly not this');
  assert.equal(new URL(page.url()).pathname, '/login');
  const alert = page.getByRole('alert');
  assert.ok((await alert.innerText()).trim());
  assert.equal(await page.evaluate(() => document.activeElement?.getAttribute('role')), 'alert', 'the focus is not where the trouble is told');
  assert.equal(await page.getByLabel(word('signin-email')).inputValue(), admin.email);
  assert.equal(await page.locator('input[type=password]').inputValue(), '', 'a page sends a password back');
  clean(await scan(page, { language: 'en' }), 'the sign-in after a wrong password');
}));

// R-TEN-01 R-TEN-07
test('an unknown address, a wrong password and another reseller sound the same', onPage(fresh(), async (page) => {
  const said = [];
  const tries = [[admin.email, 'certainly not this'], ['nobody@nowhere.example', admin.password], [demo.tenants[1].admin.email, demo.tenants[1].admin.password]];
  for (const [email, password] of tries) {
    await signIn(page, { email }, password);
    assert.equal(new URL(page.url()).pathname, '/login');
    said.push(await page.getByRole('alert').innerText());
  }
  assert.equal(new Set(said).size, 1, said.join('\n'));
}));

// R-TEN-07
test('one signs in and out by keys alone', onPage(fresh(), async (page) => {
  await page.goto('/login');
  const reach = async (wanted, most) => {
    for (let presses = 0; presses < most; presses += 1) {
      await page.keyboard.press('Tab');
      const seen = await page.evaluate((wanted) => {
        const element = document.activeElement;
        const style = getComputedStyle(element);
        return { there: element.matches(wanted), shown: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0, what: element.outerHTML.slice(0, 90) };
      }, wanted);
      assert.ok(seen.shown, `nothing shows that the focus is on ${seen.what}`);
      if (seen.there) return;
    }
    assert.fail(`${wanted} is further than ${most} presses of Tab`);
  };
  await reach('input[autocomplete=username]', 8);
  await page.keyboard.type(admin.email);
  await reach('input[autocomplete=current-password]', 1);
  await page.keyboard.type(admin.password);
  await Promise.all([page.waitForNavigation(), page.keyboard.press('Enter')]);
  assert.equal(new URL(page.url()).pathname, '/');

  // The first press offers to skip what every page repeats, and Enter does.
  await reach('a.skip', 1);
  await page.keyboard.press('Enter');
  assert.equal(await page.evaluate(() => document.activeElement?.id), 'main');

  await page.goto('/');
  await reach('header details:has(form[action="/logout"]) > summary', 8);
  await page.keyboard.press('Enter');
  clean(await scan(page, { language: 'en' }), 'the menu of whoever is signed in');
  await reach('form[action="/logout"] button', 4);
  await Promise.all([page.waitForNavigation(), page.keyboard.press('Enter')]);
  assert.equal(new URL(page.url()).pathname, '/login');
}));

// R-TEN-07
test('without scripts one signs in, goes around and leaves', onPage(fresh({ javaScriptEnabled: false, viewport: SIZES[0] }), async (page) => {
  await signIn(page, admin);
  assert.equal(new URL(page.url()).pathname, '/');
  const menu = page.locator('nav.main a');
  for (let at = 0; at < await menu.count(); at += 1) {
    await menu.nth(at).click();
    assert.equal(await page.locator('h1').count(), 1, page.url());
    assert.equal(await page.locator('nav.main [aria-current=page]').count(), 1, page.url());
  }
  await page.locator('header details:has(form[action="/logout"]) > summary').click();
  await Promise.all([page.waitForNavigation(), page.locator('form[action="/logout"] button').click()]);
  assert.equal(new URL(page.url()).pathname, '/login');
}));

// R-TEN-07
test('a session ends with signing out, also for a copy of its cookie', onPage(fresh(), async (page, _, context) => {
  await signIn(page, admin);
  const state = await context.storageState();
  const session = (await context.cookies()).find((cookie) => cookie.httpOnly && cookie.secure && cookie.session !== false && cookie.expires === -1);
  assert.ok(session?.name.startsWith('__Host-') && session.sameSite === 'Lax', JSON.stringify({ ...session, value: '' }));
  await page.locator('header details:has(form[action="/logout"]) > summary').click();
  await Promise.all([page.waitForNavigation(), page.locator('form[action="/logout"] button').click()]);
  const copy = await visitor(admin, { storageState: state });
  const other = await copy.newPage();
  await other.goto('/');
  assert.equal(new URL(other.url()).pathname, '/login');
  await copy.close();
}));

// R-TEN-07
test('who is sent to the sign-in comes to where they wanted to go, and nowhere else', onPage(fresh(), async (page) => {
  await page.goto('/licenses?status=active');
  assert.equal(new URL(page.url()).pathname, '/login');
  await signIn(page, admin);
  assert.equal(page.url(), `${acme.url}/licenses?status=active`);
  await page.context().clearCookies();
  for (const elsewhere of ['//evil.example/', 'https://evil.example/', '/\\evil.example', 'javascript:alert(1)']) {
    await page.goto(`/login?next=${encodeURIComponent(elsewhere)}`);
    await signIn(page, admin);
    assert.equal(new URL(page.url()).origin, new URL(acme.url).origin, elsewhere);
    await page.context().clearCookies();
  }
}));

// R-TEN-04
test('a chosen language stays, also after signing in', onPage(fresh({ language: null }), async (page) => {
  await page.goto('/login');
  assert.equal(await page.locator('html').getAttribute('lang'), 'pt-BR', 'a reseller speaks its own language first');
  for (const language of [...LANGUAGES, 'it']) {
    await chooseLanguage(page, language);
    assert.equal(await page.locator('html').getAttribute('lang'), language);
    assert.equal(await page.locator('h1').innerText(), word('signin-title', language));
  }
  await signIn(page, admin);
  assert.equal(await page.locator('html').getAttribute('lang'), 'it');
  assert.match(await page.locator('nav.main').innerText(), new RegExp(word('nav-licenses', 'it')));
  clean(await scan(page, { language: 'it' }), 'the first page');
}));

// R-TEN-07
test('a form without its token and a form from elsewhere change nothing', onPage(fresh(), async (page) => {
  await signIn(page, admin);
  await page.goto('/');
  await page.locator('form[action="/logout"] input[name=_csrf]').evaluate((field) => { field.value = 'AAAA'; });
  await page.locator('header details:has(form[action="/logout"]) > summary').click();
  const [answer] = await Promise.all([page.waitForNavigation(), page.locator('form[action="/logout"] button').click()]);
  assert.equal(answer.status(), 403);
  clean(await scan(page, { language: 'en' }), 'a form that was refused');
  // Another site's page that sends a form here: the cookie may come along, the form is refused.
  const strange = `<form method=post action="${acme.url}/logout"><button>go</button></form>`;
  await page.route('http://evil.localhost/', (route) => route.fulfill({ contentType: 'text/html', body: strange }));
  await page.goto('http://evil.localhost/');
  const [refused] = await Promise.all([page.waitForNavigation(), page.getByRole('button').click()]);
  assert.ok([401, 403].includes(refused.status()) || new URL(page.url()).pathname === '/login', `${refused.status()} at ${page.url()}`);
  page.context().watch.take();
  await page.goto(acme.url);
  assert.equal(new URL(page.url()).pathname, '/', 'somebody else has signed us out');
}));
