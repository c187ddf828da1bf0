// What a browser reports while pages are open: a script that failed, a breach of the policy, a
// request to somebody else, a part that was not there.

/** Chromium says these of the page itself too; what was not there is seen by its answer. */
const SAID_OTHERWISE = 'Failed to load resource';

export class Watch {
  #context;
  #origins = new Set();
  #found = [];

  constructor(context, address) {
    this.#context = context;
    this.allow(address);
  }

  async begin() {
    const context = this.#context;
    await context.exposeBinding('reportBreach', (_, what) => this.#note('policy', what));
    await context.addInitScript(() => {
      document.addEventListener('securitypolicyviolation', (event) => {
        window.reportBreach(`${event.effectiveDirective} refused ${event.blockedURI} at ${event.sourceFile}:${event.lineNumber}`);
      });
    });
    context.on('console', (message) => {
      if (['error', 'warning'].includes(message.type()) && !message.text().startsWith(SAID_OTHERWISE)) {
        this.#note('console', `${message.text()} (${message.page()?.url()})`);
      }
    });
    context.on('weberror', (error) => this.#note('script', String(error.error().stack ?? error.error())));
    context.on('request', (request) => {
      const url = new URL(request.url());
      const own = ['data:', 'blob:', 'about:'].includes(url.protocol) || this.#origins.has(url.origin);
      if (!own) this.#note('stranger', `${request.url()} is asked for by ${request.frame().url()}`);
    });
    context.on('response', (response) => {
      const request = response.request();
      if (response.status() >= 500) this.#note('answer', `${response.status()} at ${response.url()}`);
      else if (response.status() >= 400 && !request.isNavigationRequest() && request.resourceType() !== 'fetch') {
        this.#note('answer', `${response.status()} at ${response.url()}, a part of ${request.frame().url()}`);
      }
    });
  }

  /** One more site is expected: the provider's, say, whose page a customer is led to. */
  allow(address) {
    this.#origins.add(new URL(address).origin);
  }

  #note(kind, what) {
    this.#found.push(`${kind}: ${what}`);
  }

  /** What was seen since this was last asked. */
  take() {
    return this.#found.splice(0);
  }
}
