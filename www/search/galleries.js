// Walks through the shop without a question: what is like a listing, and what is in a category.

import { offersOf } from './reading.js';
import { gallery } from './view/gallery.js';

/** @typedef {import('./page.js').View} View */
/** @typedef {View & { kind: 'gallery' }} Gallery */

/** Listings that are shown at a time. */
const PAGE = 24;

export class Galleries {
  #app;
  #page;

  /** @param {import('./app.js').App} app @param {import('./page.js').Page} page */
  constructor(app, page) {
    this.#app = app;
    this.#page = page;
  }

  /** Shows what is like a listing. @param {import('./reading.js').Offer} offer */
  async like(offer) {
    const { text } = this.#page.context;
    await this.#tried(async () => {
      const { hits } = await this.#app.similarTo(offer.id, PAGE);
      this.#open({ title: text.say('like', { title: offer.title }), category: null, offers: offersOf(hits), taken: hits.length, total: hits.length });
    });
  }

  /** Shows a category. @param {string} category */
  async browse(category) {
    await this.#tried(async () => {
      const { hits, total } = await this.#app.browse(category, PAGE, 0);
      this.#open({ title: category, category, offers: offersOf(hits), taken: hits.length, total });
    });
  }

  /** @param {Gallery} view */
  draw(view) {
    const { text } = this.#page.context;
    const { title, category, offers, taken, total, back } = view;
    const note = category ? text.say('products', { count: total }) : '';
    const label = text.say(back.kind === 'empty' ? 'back.start' : 'back.answer');
    return gallery(this.#page.context, { title, note, offers, hasMore: Boolean(category) && taken < total, back: label }, {
      onBack: () => {
        this.#page.show(back);
        this.#page.focusWords();
      },
      onMore: () => void this.#more(view),
    });
  }

  /** @param {Omit<Gallery, 'kind' | 'back'>} shown */
  #open(shown) {
    const { view } = this.#page;
    this.#page.show({ kind: 'gallery', ...shown, back: view.kind === 'gallery' ? view.back : view }, true);
    this.#page.focusIn('h2');
  }

  /** @param {Gallery} view */
  async #more(view) {
    await this.#tried(async () => {
      const { hits } = await this.#app.browse(/** @type {string} */ (view.category), PAGE, view.taken);
      if (this.#page.view !== view) return;
      this.#page.show({ ...view, offers: [...view.offers, ...offersOf(hits)], taken: hits.length ? view.taken + hits.length : view.total });
      this.#page.focusIn(`.card:nth-child(${view.offers.length + 1}) > .open`);
    });
  }

  /** @param {() => Promise<void>} act */
  async #tried(act) {
    try {
      await act();
    } catch (error) {
      this.#page.show({ kind: 'error', error });
    }
  }
}
