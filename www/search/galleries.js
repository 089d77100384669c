// Walks through the shop without a question: what is like a listing, and what is in a category.

import { offersOf } from './reading.js';
import { gallery } from './view/gallery.js';

/** @typedef {import('./page.js').View} View */
/** @typedef {View & { kind: 'gallery' }} Gallery */

/** Listings that are shown at a time. */
const PAGE = 24;

/**
 * The listings nearest to one, of those that pass a filter.
 *
 * @param {import('../twinlens.js').Matcher} matcher
 * @param {string} id
 * @param {number} limit
 * @param {import('../twinlens.js').Filter} filter
 */
export async function similarTo(matcher, id, limit, filter) {
  return offersOf((await matcher.similar(id, { limit, filter })).hits);
}

export class Galleries {
  #app;
  #session;
  #page;

  /** @param {import('./app.js').App} app @param {import('./session.js').Session} session @param {import('./page.js').Page} page */
  constructor(app, session, page) {
    this.#app = app;
    this.#session = session;
    this.#page = page;
  }

  /** Shows what is like a listing. @param {import('./reading.js').Offer} offer */
  async like(offer) {
    await this.#tried(async (matcher, turn) => {
      const { filter } = this.#app.query;
      const offers = await similarTo(matcher, offer.id, PAGE, filter);
      this.#open({ turn, title: offer.title, category: null, filter, offers, taken: offers.length, total: offers.length });
    });
  }

  /** Shows a category. @param {string} category */
  async browse(category) {
    await this.#tried(async (matcher, turn) => {
      const { filter } = this.#app.query;
      const { hits, total } = await matcher.browse(category, { limit: PAGE, filter });
      this.#open({ turn, title: category, category, filter, offers: offersOf(hits), taken: hits.length, total });
    });
  }

  /** @param {Gallery} view */
  draw(view) {
    const { text } = this.#page.context;
    const { title, category, offers, taken, total } = view;
    const name = category ?? text.say('like', { title });
    const note = category ? text.say('products', { count: total }) : '';
    const label = text.say(view.back.kind === 'empty' ? 'back.start' : 'back.answer');
    return gallery(this.#page.context, { title: name, note, offers, hasMore: Boolean(category) && taken < total, back: label }, {
      onBack: () => {
        this.#page.show(view.back);
        this.#page.focusWords();
      },
      onMore: () => void this.#more(view),
    });
  }

  /** @param {Omit<Gallery, 'kind' | 'back'>} shown */
  #open(shown) {
    const { view } = this.#page;
    // A question that was asked meanwhile is what the shopper waits for.
    if (shown.turn !== this.#app.turn) return;
    this.#page.show({ kind: 'gallery', ...shown, back: view.kind === 'gallery' ? view.back : view }, true);
    this.#page.focusIn('h2');
  }

  /** @param {Gallery} view */
  async #more(view) {
    await this.#tried(async (matcher) => {
      const { hits } = await matcher.browse(/** @type {string} */ (view.category), { limit: PAGE, offset: view.taken, filter: view.filter });
      if (this.#page.view !== view) return;
      this.#page.show({ ...view, offers: [...view.offers, ...offersOf(hits)], taken: hits.length ? view.taken + hits.length : view.total });
      this.#page.focusIn(`.card:nth-child(${view.offers.length + 1}) > .open`);
    });
  }

  /** @param {(matcher: import('../twinlens.js').Matcher, turn: number) => Promise<void>} act */
  async #tried(act) {
    const { turn } = this.#app;
    try {
      await act(await this.#session.first(), turn);
    } catch (error) {
      if (turn === this.#app.turn) this.#page.show({ kind: 'error', error });
    }
  }
}
