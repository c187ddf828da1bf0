// What makes the pages better and what none of them needs: copying, searching while typing, coming
// back to a payment when it is there. No library: these few lines are all that is wanted.
const live = document.getElementById('live');
const say = (text) => { if (live) live.textContent = text; };

for (const button of document.querySelectorAll('button[data-copy]')) button.hidden = !navigator.clipboard;
document.addEventListener('click', async (event) => {
  const button = event.target.closest('button[data-copy]');
  if (!button) return;
  await navigator.clipboard.writeText(button.dataset.copy);
  const copied = document.body.dataset.copied;
  say(copied);
  const before = button.innerHTML;
  button.textContent = copied;
  setTimeout(() => { button.innerHTML = before; }, 2000);
});

// A list answers while one types; the address follows, so that the view can be kept.
const narrow = document.querySelector('form[data-narrow]');
if (narrow) {
  let timer, asked = 0;
  const ask = async () => {
    const query = new URLSearchParams([...new FormData(narrow)].filter(([, value]) => value !== ''));
    const url = `${narrow.getAttribute('action')}?${query}`;
    const mine = ++asked;
    const rows = document.getElementById('rows');
    rows.setAttribute('aria-busy', 'true');
    const answer = await fetch(url, { headers: { accept: 'text/html' } }).catch(() => null);
    if (mine !== asked) return;
    rows.removeAttribute('aria-busy');
    if (!answer?.ok || answer.redirected) return narrow.requestSubmit();
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
    const fresh = page.getElementById('rows');
    if (!fresh) return narrow.requestSubmit();
    rows.replaceChildren(...fresh.childNodes);
    for (const button of rows.querySelectorAll('button[data-copy]')) button.hidden = !navigator.clipboard;
    history.replaceState(null, '', url);
    say(rows.querySelector('.none p')?.textContent ?? String(rows.querySelectorAll('tbody tr').length));
  };
  narrow.addEventListener('input', (event) => {
    clearTimeout(timer);
    timer = setTimeout(ask, event.target.type === 'search' ? 250 : 0);
  });
}

// `/` goes to the search, as in every list of this kind.
document.addEventListener('keydown', (event) => {
  if (event.key !== '/' || event.target.closest('input, textarea, select')) return;
  const field = document.getElementById('q') ?? document.getElementById('find');
  if (field) { event.preventDefault(); field.focus(); }
});

// A form is sent once.
document.addEventListener('submit', (event) => {
  if (event.defaultPrevented || event.target.method !== 'post') return;
  if (event.target.dataset.sent) return event.preventDefault();
  event.target.dataset.sent = '1';
  setTimeout(() => { delete event.target.dataset.sent; }, 4000);
});

// A payment that is awaited: the server says when it came; where it cannot, the page asks again.
const awaited = document.querySelector('[data-await]');
if (awaited) {
  const reload = () => location.assign(awaited.dataset.href ?? location.href);
  const source = new EventSource(awaited.dataset.await);
  let polling;
  source.addEventListener('message', (event) => { if (event.data !== awaited.dataset.state) { source.close(); reload(); } });
  source.addEventListener('error', () => { polling ??= setInterval(reload, 5000); });
  source.addEventListener('open', () => { clearInterval(polling); polling = undefined; });
}
for (const clock of document.querySelectorAll('time[data-left]')) {
  const end = Date.parse(clock.dateTime);
  let ran = false;
  const tick = () => {
    const left = Math.max(0, Math.round((end - Date.now()) / 1000));
    ran ||= left > 0;
    const two = (n) => String(n).padStart(2, '0');
    clock.textContent = left >= 86400 ? clock.dataset.left : left >= 3600 ? `${Math.floor(left / 3600)} h ${two(Math.floor(left / 60) % 60)} min` : `${Math.floor(left / 60)} min ${two(left % 60)} s`;
    // A clock that is ahead of the server's must not reload for ever.
    if (left === 0) { clearInterval(timer); if (awaited && ran) location.reload(); }
  };
  const timer = setInterval(tick, 1000);
  if (Number.isFinite(end)) tick(); else clearInterval(timer);
}
