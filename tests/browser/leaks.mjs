// What a page of one reseller must not tell: who made the platform, and that there are others.

import { demo } from './harness.mjs';

/** With and without the accent, also inside words. */
const MAKER = /alvar[aá]/i;

/**
 * Parts of the protocol between programs and the platform, which a reseller's page has to show: the
 * address of a product's keys, and the first and last line of the texts that machines without network
 * exchange. Programs that are in the field know them by these very letters.
 */
const PROTOCOL = /\/\.well-known\/alvara\/|-----(?:BEGIN|END) ALVARA [A-Z ]+-----/g;

/** On the page for authors of programs: the code to copy, which calls the libraries by their names. */
const QUICKSTART = /^\/products\/\w+\/quickstart$/;
const CODE = /<textarea readonly[^>]*>[^<]*<\/textarea>|data-copy="[^"]*"/g;

/** Words that belong to the resellers other than this one. */
function others(slug) {
  return demo.tenants
    .filter((tenant) => tenant.slug !== slug)
    .flatMap((tenant) => [tenant.slug, tenant.product.id, ...tenant.license_ids.expired, tenant.admin.email]);
}

/** What text tells that it should not. `where` says of what it is. */
export function leaksIn(text, slug, where) {
  const found = [];
  const plain = text.replaceAll(PROTOCOL, '');
  const maker = MAKER.exec(plain);
  if (maker) found.push(`${where} names the platform: …${around(plain, maker.index)}…`);
  for (const word of others(slug)) {
    const at = plain.search(new RegExp(`(?<![\\w-])${word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}(?![\\w-])`, 'i'));
    if (at >= 0) found.push(`${where} names another reseller: …${around(plain, at)}…`);
  }
  return found;
}

const around = (text, at) => text.slice(Math.max(0, at - 40), at + 40).replaceAll(/\s+/g, ' ');

/** The whole page: its source, what scripts made of it, its headers, the cookies. */
export async function leaks(page, response, slug) {
  const source = await page.content();
  const code = QUICKSTART.test(new URL(page.url()).pathname);
  const found = leaksIn(code ? source.replaceAll(CODE, '') : source, slug, 'its source');
  for (const { name, value } of await response.headersArray()) {
    found.push(...leaksIn(`${name}: ${value}`, slug, `the header ${name}`));
  }
  for (const cookie of await page.context().cookies()) {
    found.push(...leaksIn(cookie.name, slug, `the name of the cookie ${cookie.name}`));
  }
  return found;
}
