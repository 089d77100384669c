// `<twinlens-search catalogue="…" models="…">`: the search of a shop as one element. This file and what it imports draw the
// ask bar and have what begins to load the shop; all else is imported when a field is touched for the first time.

import { listenForArrivals } from './search/arrivals.js';
import { h } from './search/dom.js';
import { Session } from './search/session.js';
import { Shell } from './search/shell.js';
import { first } from './search/style/first.js';
import { textOf } from './search/text.js';

/** @typedef {import('./search/app.js').App} App */
/** @typedef {import('./twinlens.js').Filter} Filter */

// A server that renders the page has no elements.
const Base = globalThis.HTMLElement ?? /** @type {typeof HTMLElement} */ (class {});

export class TwinlensSearch extends Base {
  static observedAttributes = ['lang', 'accent'];
  /** @type {Promise<App> | undefined} */
  #app;
  /** @type {Session | undefined} */
  #session;
  /** @type {Shell | undefined} */
  #shell;
  #veil = h('div', { class: 'veil', 'aria-hidden': 'true' });
  /** Ends what listens on the document. */
  #connected = new AbortController();
  /** What was set before there was an app. @type {{ photo: Blob | null, words: string, filter: Filter }} */
  #given = { photo: null, words: '', filter: {} };
  #drawn = Promise.resolve();

  constructor() {
    super();
    const root = this.attachShadow({ mode: 'open' });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(first);
    root.adoptedStyleSheets = [sheet];
  }

  connectedCallback() {
    this.#connected = new AbortController();
    const { signal } = this.#connected;
    listenForArrivals({
      photo: (photo) => void (this.photo = photo),
      address: () => this.#with((app) => app.advise('ask.address')),
      over: (over) => this.#veil.classList.toggle('over', over),
      touch: () => this.#touch(),
    }, this, signal);
    this.#draw();
    // The answer that stood here before the shopper went to a product's page.
    if (history.state?.twinlens) this.#with((app) => app.recall());
  }

  disconnectedCallback() {
    this.#connected.abort();
    // An element that is only moved is connected again at once.
    queueMicrotask(() => {
      if (this.isConnected || !this.#app) return;
      this.#app.then((app) => app.close(), () => {});
      this.#session?.close();
      this.#app = this.#session = undefined;
    });
  }

  /** @param {string} name @param {string | null} before @param {string | null} after */
  attributeChangedCallback(name, before, after) {
    if (name === 'accent') {
      if (after) this.style.setProperty('--twinlens-accent', after);
      else this.style.removeProperty('--twinlens-accent');
    } else if (before !== after && this.#shell) this.#draw();
  }

  /** The photo that is asked for; setting it asks. @returns {Blob | null} */
  get photo() {
    return this.#given.photo;
  }
  set photo(photo) {
    this.#given.photo = photo ?? null;
    if (photo) this.#beginLoading();
    this.#with((app) => app.setPhoto(photo ?? null));
  }

  /** The words that are asked for; setting them asks. */
  get words() {
    return this.#given.words;
  }
  set words(words) {
    this.#given.words = String(words ?? '');
    if (this.#given.words) this.#beginLoading();
    this.#with((app) => app.setWords(this.#given.words));
  }

  /** Which products are searched, as `Matcher.match` takes it; setting it asks. @returns {Filter} */
  get filter() {
    return this.#given.filter;
  }
  set filter(filter) {
    this.#given.filter = filter ?? {};
    this.#with((app) => app.setFilter(this.#given.filter));
  }

  /** The element's own matcher, which this starts loading: of its stage "first". @returns {Promise<import('./twinlens.js').Matcher>} */
  get matcher() {
    this.#beginLoading();
    return this.#open().then((app) => app.matcher);
  }

  /** Asks at once; resolves with the answer that is shown, or null where there is none. */
  async ask() {
    return (await this.#open()).ask();
  }

  /** Takes photo, words and answer away. */
  async clear() {
    this.#given = { ...this.#given, photo: null, words: '' };
    if (this.#app) (await this.#app).clear();
  }

  /** For the app: fires an event that leaves the shadow root. @param {string} type @param {unknown} detail @param {boolean} [cancelable] */
  emit(type, detail, cancelable = false) {
    return this.dispatchEvent(new CustomEvent(type, { detail, bubbles: true, composed: true, cancelable }));
  }

  /** For the app: what is asked for now, so that the properties tell it. @param {Partial<{ photo: Blob | null, words: string, filter: Filter }>} given */
  hold(given) {
    Object.assign(this.#given, given);
  }

  #draw() {
    this.#drawn = this.#drawn.then(async () => {
      const text = await textOf(this);
      const before = this.#shell;
      this.#shell = new Shell(text, {
        touch: () => this.#touch(),
        words: (words) => {
          this.#given.words = words;
          this.#with((app) => app.typed(words));
        },
        submit: () => this.#with((app) => app.ask()),
        photo: (photo) => void (this.photo = photo),
        clear: () => this.#with((app) => app.clear()),
        crop: () => this.#with((app) => app.openCrop()),
        privacy: (open, panel) => this.#with((app) => app.showPrivacy(open, panel)),
        sample: (sample) => this.#with((app) => app.takeSample(sample)),
      }, this.#samples(), Boolean(this.querySelector(':scope > [slot="empty"]')));
      this.#veil.textContent = text.say('ask.drop');
      this.shadowRoot?.replaceChildren(this.#shell.root, this.#veil);
      if (!before) return;
      this.#shell.words = before.input.value;
      if (this.#app) (await this.#app).attach(this.#shell);
    });
  }

  /** Photos for shoppers who have none at hand, where the page states some. */
  #samples() {
    const stated = this.querySelector(':scope > script[type="application/json"]')?.textContent;
    return stated ? JSON.parse(stated) : [];
  }

  #touch() {
    this.#beginLoading();
    this.#with((app) => app.touch());
  }

  /** The catalogue loads beside the app's own files: they are many, one after another. */
  #beginLoading() {
    this.#ensureSession().first().catch(() => {
      // The app tries again, and tells.
    });
  }

  /** The session of this element, with its attributes as they are when it loads. */
  #ensureSession() {
    const option = (/** @type {string} */ name, /** @type {string} */ otherwise) => this.getAttribute(name) ?? otherwise;
    this.#session ??= new Session(() => ({
      models: option('models', './models/'), catalogue: option('catalogue', './catalogue/'), device: option('device', 'auto'),
    }));
    return this.#session;
  }

  /** @returns {Promise<App>} */
  #open() {
    this.#app ??= this.#drawn.then(async () => {
      const { App } = await import('./search/app.js');
      return new App(this, /** @type {Shell} */ (this.#shell), this.#ensureSession());
    });
    return this.#app;
  }

  /** @param {(app: App) => unknown} act */
  #with(act) {
    this.#open().then(act, (error) => {
      // Its files did not arrive: the next touch tries again.
      this.#app = undefined;
      if (this.#shell) this.#shell.advice = this.#shell.text.say('error.connection.title');
      this.emit('twinlens-error', error);
    });
  }
}

globalThis.customElements?.define('twinlens-search', TwinlensSearch);
