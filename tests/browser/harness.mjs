// What every test stands on: the demonstration that is served, a browser, and who is signed in.
//
// ALVARA_DEMO                 the document that `alvara demo --json` wrote
// ALVARA_TEST_NODE_MODULES    where playwright-core and axe-core are
// ALVARA_BROWSER_DIR          a folder of this run, for what tests hand to each other
// ALVARA_SCREENSHOTS          a folder for pictures of pages, and of all of them if ALVARA_BROWSER_FULL
// ALVARA_BROWSER_FULL=1       every page in every language, scheme and width; half an hour
// ALVARA_CHROMIUM             another browser than the first that is found on PATH

import { after } from 'node:test';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { Watch } from './watch.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const modules = process.env.ALVARA_TEST_NODE_MODULES ?? path.join(here, 'node_modules');
/** Loads a package from npm; imports would look beside this file only. */
export const load = createRequire(path.join(modules, 'from.cjs'));
const { chromium } = load('playwright-core');

export const FULL = process.env.ALVARA_BROWSER_FULL === '1';
export const LANGUAGES = ['pt-BR', 'en', 'it', 'es'];
export const SCHEMES = ['light', 'dark'];
/** A small telephone, a tablet, a desk. The first is also a desk at 400 %. */
export const SIZES = [{ width: 320, height: 640 }, { width: 1280, height: 800 }];

/** The document about the demonstration. */
export const demo = JSON.parse(fs.readFileSync(required('ALVARA_DEMO'), 'utf8'));

const folder = process.env.ALVARA_BROWSER_DIR ?? path.join(os.tmpdir(), `alvara-browser-${process.ppid}`);
fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
const pictures = process.env.ALVARA_SCREENSHOTS ?? path.join(folder, 'pictures');

function required(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: run these by \`cargo xtask test --browser\``);
  return value;
}

/** The reseller with this slug. */
export function tenant(slug) {
  const found = demo.tenants.find((tenant) => tenant.slug === slug);
  if (!found) throw new Error(`the demonstration has no ${slug}`);
  return found;
}

/** Everybody who may sign in at a reseller, and the operator. */
export const ROLES = ['admin', 'subcompany', 'agent', 'customer'];

/** `person('acme', 'agent')`, `person('operator')`. */
export function person(slug, role) {
  if (slug === 'operator') return { ...demo.operator, name: 'operator', role: 'operator', slug: null, url: demo.base_url };
  const at = tenant(slug);
  return { ...at[role], name: `${slug}-${role}`, role, slug, url: at.url };
}

/** A message of the pages in one language, without places in it. */
export function word(key, language = 'en') {
  const found = words(language).get(key);
  if (found === undefined) throw new Error(`templates/locales/${language} has no ${key}`);
  return found;
}

const read = new Map();
/** Every message of one language as it is written. */
export function words(language = 'en') {
  if (!read.has(language)) {
    const place = path.join(here, '../../templates/locales', language);
    const all = new Map();
    for (const file of fs.readdirSync(place)) {
      for (const [, key, text] of fs.readFileSync(path.join(place, file), 'utf8').matchAll(/^([a-z][\w-]*) *= *(.*)$/gm)) all.set(key, text);
    }
    read.set(language, all);
  }
  return read.get(language);
}

let running;
/** The browser of this process; started when first asked for. */
export async function browser() {
  running ??= await chromium.launch({
    executablePath: program(),
    headless: true,
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--disable-dev-shm-usage'],
  });
  return running;
}
after(async () => { await running?.close(); });

function program() {
  const asked = process.env.ALVARA_CHROMIUM;
  if (asked) return asked;
  const folders = (process.env.PATH ?? '').split(path.delimiter);
  const names = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'];
  const places = names.flatMap((name) => folders.map((folder) => path.join(folder, name)));
  const found = places.find((place) => fs.existsSync(place));
  if (!found) throw new Error('there is no Chromium on PATH; ALVARA_CHROMIUM may name one');
  return found;
}

/**
 * A visitor: a fresh context with a watch over what its pages do. `options` are Playwright's
 * (`javaScriptEnabled`, `viewport`, `colorScheme`, `storageState`) and `language`, `at` a reseller
 * or the operator's `{url}`.
 */
export async function visitor(at, { language = 'en', ...options } = {}) {
  const context = await (await browser()).newContext({ baseURL: at.url, serviceWorkers: 'block', viewport: SIZES[1], locale: 'en', ...options });
  context.setDefaultTimeout(15_000);
  context.watch = new Watch(context, at.url);
  await context.watch.begin();
  if (language) await speak(context, at, language);
  return context;
}

const languageCookies = new Map();
/** Lets the pages of a context be in one language, as pressing the button of that language would. */
export async function speak(context, at, language) {
  const key = `${at.url} ${language}`;
  if (!languageCookies.has(key)) {
    const scout = await (await browser()).newContext({ baseURL: at.url, locale: 'en' });
    try {
      const page = await scout.newPage();
      await page.goto('/login');
      const known = (await scout.cookies()).map((cookie) => cookie.name);
      await chooseLanguage(page, language);
      const made = (await scout.cookies()).find((cookie) => !known.includes(cookie.name));
      if (!made) throw new Error(`choosing ${language} sets no cookie`);
      languageCookies.set(key, made);
    } finally {
      await scout.close();
    }
  }
  await context.addCookies([languageCookies.get(key)]);
}

/** Opens the menu of languages and presses one. */
export async function chooseLanguage(page, language) {
  const button = page.locator(`header button[lang="${language}"]`);
  if (!(await button.isVisible())) await page.locator('header details', { has: page.locator('button[lang]') }).locator('summary').click();
  await Promise.all([page.waitForLoadState('load'), button.click()]);
  await page.waitForLoadState('load');
}

/** A context in which somebody is signed in. Signs in by the form once in a run. */
export async function session(who, options = {}) {
  const kept = path.join(folder, `${who.name}.json`);
  if (!fs.existsSync(kept)) {
    const context = await visitor(who, { language: null });
    try {
      await signIn(await context.newPage(), who);
      await context.storageState({ path: `${kept}.part` });
      fs.renameSync(`${kept}.part`, kept);
    } finally {
      await context.close();
    }
  }
  return visitor(who, { storageState: kept, ...options });
}

/** Fills in the form and waits for the page behind it. */
export async function signIn(page, who, password = who.password) {
  if (!new URL(page.url() === 'about:blank' ? 'http://none/' : page.url()).pathname.startsWith('/login')) await page.goto('/login');
  await page.locator('input[autocomplete="username"]').fill(who.email);
  await page.locator('input[autocomplete="current-password"]').fill(password);
  await Promise.all([page.waitForNavigation(), page.locator('form[action="/login"] button').click()]);
}

/**
 * Asks as a script of a page would, so with the cookies of its context. Answers
 * `{status, type, url, headers, body}`, the body as a Buffer.
 */
export async function ask(page, url, init = {}) {
  const said = await page.evaluate(async ([url, init]) => {
    const answer = await fetch(url, init);
    const bytes = new Uint8Array(await answer.arrayBuffer());
    let text = '';
    for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
    return { status: answer.status, type: answer.headers.get('content-type') ?? '', url: answer.url, headers: [...answer.headers], body: btoa(text) };
  }, [url, init]);
  return { ...said, body: Buffer.from(said.body, 'base64') };
}

/** The API as a program uses it, with somebody's token: to make what a test begins with. */
export async function api(page, who, method, place, body) {
  const answer = await ask(page, `/api/v1${place}`, {
    method,
    credentials: 'omit',
    headers: { authorization: `Bearer ${who.api_token}`, 'content-type': 'application/json', 'if-match': '*', 'idempotency-key': crypto.randomUUID() },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const said = answer.body.length ? JSON.parse(answer.body) : null;
  if (answer.status >= 400) throw new Error(`${method} ${place}: ${answer.status} ${answer.body}`);
  return said;
}

/** A picture of the page, where pictures are wanted. */
export async function picture(page, name, always = false) {
  if (!always && !(FULL && process.env.ALVARA_SCREENSHOTS)) return;
  fs.mkdirSync(pictures, { recursive: true });
  await page.screenshot({ path: path.join(pictures, `${name.replace(/[^\w.-]+/g, '_').slice(0, 120)}.png`), fullPage: true });
}

/** Tests of one page each: opens it, closes its context, and keeps a picture of how it failed. */
export function onPage(open, body) {
  return async (t) => {
    const context = await open();
    const page = await context.newPage();
    try {
      await body(page, t, context);
    } catch (error) {
      await picture(page, `failed ${t.name}`, true).catch(() => {});
      error.message += `\n(at ${page.url()})`;
      throw error;
    } finally {
      await context.close();
    }
  };
}

/** The folder that the processes of one run share. */
export const runFolder = folder;
