// That a page with everything wrong is found out: a scan that finds nothing would otherwise please.

import assert from 'node:assert/strict';
import test from 'node:test';

import { demo, onPage, tenant, visitor } from './harness.mjs';
import { leaks } from './leaks.mjs';
import { policy, scan } from './scan.mjs';

const acme = tenant('acme');
const WRONG = `<!doctype html><html><head><title>NaN</title></head><body>
  <p id=low>portal-never-written</p><p>{{name}} undefined</p><img src="/nowhere.png"><div id=wide>x</div>
  <link rel=stylesheet href="/wrong.css"><img alt="Alvará" src="http://elsewhere.localhost/x.png">
  <!-- ${demo.tenants[1].url} --><script>1</script><p>${'x'.repeat(16000)}</p></body></html>`;

// R-TEN-04
test('everything that is wrong with a page is found', onPage(() => visitor(acme, { language: null }), async (page) => {
  await page.route(`${acme.url}/wrong*`, (route) => (route.request().url().endsWith('.css')
    ? route.fulfill({ contentType: 'text/css', body: '#low { color: #888; background: #999 } #wide { width: 3000px }' })
    : route.fulfill({ contentType: 'text/html; charset=utf-8', headers: { 'x-made-by': 'alvara', 'content-security-policy': "default-src 'self'" }, body: WRONG })));
  const response = await page.goto('/wrong');
  const found = [...policy(response), ...await leaks(page, response, 'acme'), ...await scan(page, { language: 'pt-BR' })].join('\n');
  for (const part of [
    "its policy lacks base-uri 'none'", 'has no x-content-type-options', 'its source names the platform', 'its source names another reseller',
    'the header x-made-by names the platform', 'html has no lang', 'html[lang] is , not pt-BR', 'shows "NaN"', 'shows "{{"', 'shows a key for want of a message: portal-never-written',
    'px wider than a window', 'policy: script-src-elem refused inline', 'stranger: http://elsewhere.localhost/x.png', 'axe: image-alt', 'axe: color-contrast',
  ]) assert.ok(found.includes(part), `${part} is missing in\n${found}`);
}));

// R-TEN-04
test('a page that is too heavy is found', onPage(() => visitor(acme, { language: null }), async (page) => {
  await page.goto('/login');
  const found = await scan(page, { total: 1, light: true });
  assert.ok(found.some((text) => /^weighs \d+ bytes of 1$/.test(text)), found.join('\n'));
}));
