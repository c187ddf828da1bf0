// What must hold of every page, whoever sees it, in any language, scheme and width.

import fs from 'node:fs';
import path from 'node:path';

import { load, picture, words } from './harness.mjs';

const axe = fs.readFileSync(path.join(path.dirname(load.resolve('axe-core')), 'axe.min.js'), 'utf8');
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

const KB = 1024;
/** How much may be sent for one page, compressed, in bytes. */
export const BUDGET = { script: 20 * KB, css: 12 * KB, html: 15 * KB };
/** For the page on which somebody pays, everything with its pictures. */
export const PAY_BUDGET = 60 * KB;

/** What programs say when nobody looked: in no language of ours is any of it a word. */
const SLIPS = /\bNaN\b|\bundefined\b|\[object \w|\{\{|\}\}|\bSome\(|\bErr\(|⟦|\uFFFD|%7B%7B/;

const known = words('en');
/** What the text of a message that is not there would begin with. */
const prefixes = new Set([...known.keys()].map((key) => key.split('-')[0]));

/**
 * Everything that is wrong with the page as it is now, as sentences. `language` is what it must be
 * in; `light` leaves out axe, which takes most of the time; `total` is a budget for all of it, and
 * `html` one for a page that must carry more than pages do.
 */
export async function scan(page, { language, light = false, total, html = BUDGET.html } = {}) {
  const found = [...page.context().watch.take()];
  const seen = await page.evaluate(look);
  if (!seen.lang) found.push('html has no lang');
  if (language && seen.lang !== language) found.push(`html[lang] is ${seen.lang}, not ${language}`);
  for (const text of seen.texts) {
    const slip = SLIPS.exec(text);
    if (slip) found.push(`shows "${slip[0]}" in "${text.slice(0, 80)}"`);
    // On the pages about wording a message is named by its key; one that is not there has no name.
    const named = known.has(text) && /\/branding\/wording(\/|$)/.test(new URL(page.url()).pathname);
    if (!named && /^[a-z]+(-[a-z0-9]+)+$/.test(text) && prefixes.has(text.split('-')[0])) found.push(`shows a key for want of a message: ${text}`);
  }
  if (seen.over > 0) found.push(`is ${seen.over} px wider than a window of ${seen.width}: ${seen.wide}`);
  for (const [kind, most] of Object.entries({ ...BUDGET, html })) {
    if (seen.weight[kind] > most) found.push(`${kind} weighs ${seen.weight[kind]} bytes of ${most}`);
  }
  const all = Object.values(seen.weight).reduce((sum, bytes) => sum + bytes, 0);
  if (total && all > total) found.push(`weighs ${all} bytes of ${total}`);
  if (!light) found.push(...await accessibility(page));
  if (found.length) await picture(page, `wrong ${new URL(page.url()).host} ${new URL(page.url()).pathname}`, true);
  return found;
}

/** What axe finds: rule, place, why. */
export async function accessibility(page) {
  // By the debugger's way in, which the page's policy does not close.
  await page.evaluate(axe);
  const violations = await page.evaluate(async (values) => {
    const result = await window.axe.run(document, { runOnly: { type: 'tag', values }, resultTypes: ['violations'] });
    return result.violations.flatMap((rule) => rule.nodes.slice(0, 3).map((node) =>
      `${rule.id} at ${node.target.join(' ')}: ${(node.any[0] ?? node.all[0] ?? node.none[0])?.message ?? rule.help} in ${node.html.slice(0, 160)}`));
  }, RULES);
  return violations.map((text) => `axe: ${text}`);
}

/** Runs in the page. */
function look() {
  const texts = [document.title];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode.textContent.trim();
    // Data that is shown as it is may say anything; `code` and the like is what it stands in.
    if (text && !walker.currentNode.parentElement.closest('script, style, code, pre, textarea')) texts.push(text);
  }
  for (const element of document.querySelectorAll('[alt], [title], [aria-label], [placeholder], [content]')) {
    for (const name of ['alt', 'title', 'aria-label', 'placeholder', 'content']) {
      const text = element.getAttribute(name)?.trim();
      if (text) texts.push(text);
    }
  }
  for (const link of document.querySelectorAll('[href], [action], [src]')) {
    const text = link.getAttribute('href') ?? link.getAttribute('action') ?? link.getAttribute('src');
    if (/undefined|NaN|\{\{|%7B%7B|\[object/.test(text)) texts.push(text);
  }
  const root = document.documentElement;
  const wide = [...document.body.querySelectorAll('*')].find((element) => element.getBoundingClientRect().right > root.clientWidth + 1);
  const weight = { html: performance.getEntriesByType('navigation')[0]?.encodedBodySize ?? 0, script: 0, css: 0, rest: 0 };
  for (const entry of performance.getEntriesByType('resource')) {
    const kind = entry.initiatorType === 'script' ? 'script'
      : entry.initiatorType === 'link' && /\.css\b/.test(entry.name) ? 'css' : 'rest';
    weight[kind] += entry.encodedBodySize;
  }
  return {
    lang: root.lang, texts, weight,
    over: root.scrollWidth - root.clientWidth, width: root.clientWidth,
    wide: wide ? `${wide.localName}.${wide.className} "${wide.textContent.trim().slice(0, 40)}"` : 'nothing in particular',
  };
}

/** What the policy of a page must say, from its answer's headers. */
export function policy(response, strangers = []) {
  const found = [];
  const headers = response.headers();
  const said = headers['content-security-policy'] ?? '';
  if (!said) return ['has no content-security-policy'];
  if (/unsafe-|\*/.test(said)) found.push(`its policy allows too much: ${said}`);
  for (const need of ["default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'", 'form-action']) {
    if (!said.includes(need)) found.push(`its policy lacks ${need}: ${said}`);
  }
  for (const address of said.match(/https?:\/\/[^\s;]+/g) ?? []) {
    if (!strangers.includes(address)) found.push(`its policy names ${address}`);
  }
  if (headers['x-content-type-options'] !== 'nosniff') found.push('has no x-content-type-options: nosniff');
  return found;
}

/** Fails with all sentences at once. */
export function clean(found, where) {
  if (found.length) throw new Error(`${where}:\n  ${[...new Set(found)].join('\n  ')}`);
}
