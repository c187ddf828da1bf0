// A new reseller: opened by the operator, and what its people find when they come for the first time.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import test from 'node:test';

import { demo, onPage, person, session, signIn, visitor } from './harness.mjs';
import { leaks } from './leaks.mjs';
import { fill, first, go } from './places.mjs';
import { clean, policy, scan } from './scan.mjs';

// R-TEN-02 R-TEN-04
test('the operator opens a reseller and its people are at home at once', async (t) => {
  const slug = `nova-${randomBytes(3).toString('hex')}`;
  const admin = { email: `ana@${slug}.example`, password: `${randomBytes(9).toString('base64url')} and more` };
  await onPage(() => session(person('operator')), async (page) => {
    await page.goto('/tenants');
    clean(await scan(page, { language: 'en' }), 'the resellers');
    await go(page, await first(page, ['main a[href="/tenants/new"]'], 'way to open a reseller'));
    const form = page.locator('main form[method=post]');
    // A name that is taken is refused where it stands.
    const given = { name: 'Nova Sistemas', slug: 'acme', locale: 'pt-BR', currency: 'BRL', admin_name: 'Ana Nova', admin_email: admin.email, admin_password: admin.password };
    await fill(form, given);
    clean(await scan(page, { language: 'en' }), 'the form for a reseller');
    await go(page, form.locator('button.primary'));
    assert.ok(await page.getByRole('alert').innerText());
    assert.equal(await form.locator('[name=name]').inputValue(), 'Nova Sistemas');
    clean(await scan(page, { language: 'en' }), 'the form with what is wrong');
    await fill(form, { ...given, slug });
    await go(page, form.locator('button.primary'));
    assert.match(new URL(page.url()).pathname, /^\/tenants\/ten_/);
    clean(await scan(page, { language: 'en' }), 'the reseller that was opened');
  })(t);

  const url = demo.base_url.replace('//localhost', `//${slug}.localhost`);
  await onPage(() => visitor({ url }, { language: null }), async (page) => {
    await signIn(page, { ...admin, url });
    assert.equal(page.url(), `${url}/`);
    assert.match(await page.locator('header').innerText(), /Nova Sistemas/);
    const response = await page.reload();
    clean([...policy(response), ...await leaks(page, response, slug), ...await scan(page, { language: 'pt-BR' })], 'the first page');
    // Nothing is there yet, and every list says so and what to do.
    for (const list of ['/customers', '/licenses', '/machines', '/payments', '/renewals', '/approvals', '/team', '/settings']) {
      const answer = await page.goto(list);
      assert.equal(answer.status(), 200, list);
      clean([...await leaks(page, answer, slug), ...await scan(page, { language: 'pt-BR' })], `${list} with nothing in it`);
    }
  })(t);
});
