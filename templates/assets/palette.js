// The search as a dialog over any page, by Ctrl+K or ⌘K: the pages of the menu, and what /search finds.
// Without this script the field in the head leads to the same answers.
const dialog = document.getElementById('palette');
const field = dialog.querySelector('input');
const list = dialog.querySelector('[role=listbox]');
const said = dialog.querySelector('[role=status]');
const plain = (text) => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
const places = [...document.querySelectorAll('nav.main a')].map((link) => ({ href: link.href, label: link.textContent, kind: list.dataset.place }));
let asked = 0, timer;

const options = () => [...list.children];
const chosen = () => list.querySelector('[aria-selected=true]');
const choose = (one) => {
  for (const option of options()) option.setAttribute('aria-selected', String(option === one));
  if (one) field.setAttribute('aria-activedescendant', one.id); else field.removeAttribute('aria-activedescendant');
  one?.scrollIntoView({ block: 'nearest' });
};
const show = (found) => {
  list.replaceChildren(...found.map(({ href, label, kind }, at) => {
    const option = document.createElement('li');
    Object.assign(option, { id: `palette-${at}`, role: 'option' });
    option.dataset.href = href;
    option.append(label);
    if (kind) option.append(' ', Object.assign(document.createElement('small'), { textContent: kind }));
    return option;
  }));
  list.hidden = !found.length;
  field.setAttribute('aria-expanded', String(!list.hidden));
  choose(list.firstElementChild);
};
const go = (option) => { if (option) location.assign(option.dataset.href); };

// What the page of the search shows: each section with its rows, each row by its first link.
const read = (page) => [...page.querySelectorAll('main section')].flatMap((section) => [...section.querySelectorAll('tbody tr')].flatMap((row) => {
  const link = row.querySelector('a[href]');
  return link ? [{ href: link.getAttribute('href'), label: link.textContent.trim(), kind: section.querySelector('h2').textContent }] : [];
}));

const type = () => {
  const text = field.value.trim();
  const mine = ++asked;
  clearTimeout(timer);
  const near = places.filter(({ label }) => plain(label).includes(plain(text)));
  const all = text ? [{ href: `/search?q=${encodeURIComponent(text)}`, label: list.dataset.all }] : [];
  said.textContent = '';
  show([...near, ...all]);
  if (!text) return;
  timer = setTimeout(async () => {
    const answer = await fetch(all[0].href, { headers: { accept: 'text/html' } }).catch(() => null);
    if (mine !== asked || !answer?.ok || answer.redirected) return;
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
    if (mine !== asked) return;
    // Who has gone down the list already stays where they are.
    const at = chosen()?.dataset.href;
    show([...near, ...read(page), ...all]);
    const kept = options().find((one) => one.dataset.href === at);
    if (kept && at !== all[0].href) choose(kept);
    said.textContent = page.querySelector('main .intro')?.textContent ?? '';
  }, 200);
};

const open = () => {
  field.value = '';
  type();
  dialog.showModal();
};
document.addEventListener('keydown', (event) => {
  // A browser that fills in a form tells of keys that have no name.
  if (event.key?.toLowerCase() !== 'k' || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
  event.preventDefault();
  if (dialog.open) dialog.close(); else open();
});
for (const button of document.querySelectorAll('[data-palette]')) {
  button.hidden = false;
  button.addEventListener('click', open);
}
field.addEventListener('input', type);
field.addEventListener('keydown', (event) => {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step) {
    const all = options();
    event.preventDefault();
    choose(all.at((all.indexOf(chosen()) + step + all.length) % all.length));
  } else if (event.key === 'Enter' && !event.isComposing && chosen()) {
    event.preventDefault();
    go(chosen());
  }
});
list.addEventListener('click', (event) => go(event.target.closest('[role=option]')));
dialog.addEventListener('click', (event) => { if (event.target === dialog) dialog.close(); });
