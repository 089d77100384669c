// What a shopper asks and sees, from the first touch on: it lets the session fetch, the matcher answer and the views draw.

import { h } from './dom.js';
import { LatestOnly } from './latest-only.js';
import { forget, recalled, remember } from './memory.js';
import { Page } from './page.js';
import { copyOf, photoCanvas } from './pictures.js';
import { offersOf, read } from './reading.js';
import { savesData } from './saving.js';
import { Session } from './session.js';
import { kindOf } from './view/failure.js';

/** @typedef {import('./crop.js').Region} Region */
/** @typedef {import('./reading.js').Offer} Offer */
/** @typedef {import('../twinlens.js').Filter} Filter */
/** @typedef {import('../twinlens.js').MatchResult} MatchResult */
/** @typedef {{ photo: Blob | null, words: string, filter: Filter, region: Region | null, by: 'photo' | 'words' | null }} Query */

/** Milliseconds without a key after which words are asked for. */
const PAUSE = 150;
/** Milliseconds after which waiting is shown. */
const PATIENCE = 150;
/** Hits that are asked for, of which `limit` are shown: the two sides of a contradiction are to be among them. */
const HITS = 24;
/** Neighbours of the first that are fetched, some of which stand in the answer already. */
const NEIGHBOURS = 14;

export class App {
  #element;
  #page;
  #session;
  /** @type {Query} */
  #query = { photo: null, words: '', filter: {}, region: null, by: null };
  /** The photo, upright. @type {HTMLCanvasElement | null} */
  #picture = null;
  /** Counts queries: what belongs to a former one is not shown. */
  #turn = 0;
  #searches = new LatestOnly((/** @type {import('../twinlens.js').Query} */ query) => this.#match(query));
  #pause = 0;
  #patience = 0;
  /** When the photo, and the words, were first read. @type {{ photo: number | null, words: number | null }} */
  #read = { photo: null, words: null };

  /** @param {import('../twinlens-search.js').TwinlensSearch} element @param {import('./shell.js').Shell} shell */
  constructor(element, shell) {
    this.#element = element;
    this.#query.words = shell.input.value;
    const option = (/** @type {string} */ name, /** @type {string} */ otherwise) => element.getAttribute(name) ?? otherwise;
    this.#session = new Session(() => ({ models: option('models', './models/'), catalogue: option('catalogue', './catalogue/'), device: option('device', 'auto') }), () => this.#page?.moved());
    this.#page = new Page(shell, this.#session, this);
  }

  get matcher() {
    this.touch();
    return this.#session.first();
  }

  get query() {
    return this.#query;
  }

  get picture() {
    return this.#picture;
  }

  /** When what was read; requests after that are told apart. */
  get readAt() {
    return this.#read;
  }

  get element() {
    return this.#element;
  }

  /** @param {import('./shell.js').Shell} shell drawn anew, in another language say */
  attach(shell) {
    this.#page.attach(shell);
    this.#showPicture();
  }

  /** A field was touched: the shop is fetched, whatever will be asked. */
  touch() {
    if (this.#session.stages.first.status !== 'none') return;
    this.#session.first().then((matcher) => {
      this.#element.emit('twinlens-ready', matcher.info());
      this.#page.moved();
      return this.#session.prepare('pictures');
    }).catch(() => {
      // Whoever asks is told.
    });
  }

  /** @param {string} words as they are typed */
  typed(words) {
    this.touch();
    Object.assign(this.#query, { words, by: null });
    clearTimeout(this.#pause);
    this.#pause = setTimeout(() => this.ask(), PAUSE);
  }

  /** @param {string} words */
  setWords(words) {
    Object.assign(this.#query, { words, by: null });
    this.#page.words = words;
    return this.ask();
  }

  /** @param {Blob | null} photo */
  async setPhoto(photo) {
    if (photo === this.#query.photo) return;
    Object.assign(this.#query, { photo, region: null, by: null });
    this.#element.hold({ photo });
    this.#picture = null;
    this.#page.closeCrop();
    this.#showPicture();
    if (photo) void this.#preview(photo);
    return this.ask(Boolean(photo));
  }

  /** @param {Filter} filter */
  setFilter(filter) {
    this.#query.filter = filter;
    this.#element.hold({ filter });
    this.#page.drawFilters();
    return this.ask();
  }

  /** @param {'photo' | 'words' | null} side that alone counts */
  setBy(side) {
    this.#query.by = side;
    return this.ask();
  }

  /** @param {Region | null} region */
  setRegion(region) {
    this.#query.region = region;
    this.#showPicture();
    return this.ask();
  }

  clear() {
    clearTimeout(this.#pause);
    Object.assign(this.#query, { photo: null, words: '', region: null, by: null });
    this.#element.hold({ photo: null, words: '' });
    this.#picture = null;
    this.#page.words = '';
    this.#page.closeCrop();
    this.#showPicture();
    this.#page.focusWords();
    return this.ask();
  }

  /** @param {import('./shell.js').Sample} sample */
  async takeSample({ file }) {
    this.touch();
    try {
      const response = await fetch(new URL(file, document.baseURI));
      if (!response.ok) throw Object.assign(new Error(`sample photo: expected HTTP 200, found ${response.status} in ${file}`), { code: 'io' });
      await this.setPhoto(new File([await response.blob()], file.slice(file.lastIndexOf('/') + 1)));
    } catch (error) {
      this.#fail(error);
    }
  }

  /** The query that stood here before the shopper left. */
  async recall() {
    const kept = recalled();
    if (!kept) return;
    const { photo, words, filter, region, by } = /** @type {Query} */ (kept);
    Object.assign(this.#query, { photo, words, filter, region, by });
    this.#element.hold({ photo, words, filter });
    this.#page.words = words;
    this.#showPicture();
    if (photo) void this.#preview(photo);
    await this.ask();
  }

  openCrop() {
    this.#page.openCrop();
  }

  /** @param {boolean} open @param {HTMLElement} panel */
  showPrivacy(open, panel) {
    this.#page.showPrivacy(open, panel);
  }

  /** @param {string} key of the string that is shown under the bar until the next query */
  advise(key) {
    this.#page.advise(key);
  }

  /** @param {boolean} offline */
  async setOffline(offline) {
    const matcher = await this.#session.first();
    matcher.offline = offline;
    this.#page.moved();
  }

  /** Fetches what was put off, and answers again with it. @param {'photo' | 'words'} kind */
  prepare(kind) {
    return this.#coming(kind, this.#turn, false).catch((error) => this.#fail(error));
  }

  /** Asks again after a failure, with a matcher of its own where the former one has stopped. @param {any} error */
  retry(error) {
    if (kindOf(error) === 'stopped') this.#session.close();
    return this.ask();
  }

  close() {
    clearTimeout(this.#pause);
    this.#turn++;
    this.#session.close();
  }

  /**
   * Asks with what is there, and again with each thing that arrives.
   *
   * @param {boolean} [reveal] whether the answer is brought into view
   * @returns {Promise<MatchResult | null>}
   */
  async ask(reveal = false) {
    clearTimeout(this.#pause);
    const turn = ++this.#turn;
    this.#page.advise('');
    if (!this.#asked()) {
      this.#settle();
      this.#page.show({ kind: 'empty' });
      forget();
      return null;
    }
    this.touch();
    try {
      return await this.#answer(turn, reveal);
    } catch (error) {
      if (turn === this.#turn) this.#fail(error);
      return null;
    }
  }

  /** What the matcher is asked; null where there is nothing to ask. */
  #asked() {
    const { photo, words, filter, region, by } = this.#query;
    const title = by !== 'photo' && words.trim() ? words : undefined;
    const file = by !== 'words' ? photo ?? undefined : undefined;
    if (!title && !file) return null;
    return { photo: file, title, filter, limit: HITS, ...(file && region ? { region } : {}) };
  }

  /** @param {number} turn @param {boolean} reveal @returns {Promise<MatchResult | null>} */
  async #answer(turn, reveal) {
    this.#wait(turn, reveal);
    await this.#session.first();
    if (turn !== this.#turn) return null;
    const asked = this.#asked();
    if (!asked) return null;
    if (asked.photo && this.#session.stages.photo.status !== 'ready') {
      const coming = this.#coming('photo', turn, reveal);
      if (!asked.title) return coming;
      coming.catch((error) => turn === this.#turn && this.#fail(error));
    }
    const outcome = await this.#searches.run(asked);
    if (outcome.superseded || turn !== this.#turn) return null;
    if ('error' in outcome) throw outcome.error;
    this.#settle();
    await this.#show(outcome.value, turn, reveal);
    const { waiting } = outcome.value;
    // One after the other: the photo says more, and comes sooner.
    if (waiting.includes('words') && !waiting.includes('photo') && this.#session.stages.words.status === 'none' && !savesData()) {
      void this.#coming('words', turn, false);
    }
    return outcome.value;
  }

  /** Answers again once what the query needs is there. @param {'photo' | 'words'} kind @param {number} turn @param {boolean} reveal @returns {Promise<MatchResult | null>} */
  async #coming(kind, turn, reveal) {
    try {
      await this.#session.prepare(kind);
    } catch (error) {
      if (turn !== this.#turn) return null;
      if (kind === 'words' || this.#session.stages[kind].status === 'stopped') {
        // The answer that there is stays, and says that more could come.
        if (!this.#page.hasAnswer) this.#page.show({ kind: 'stopped' });
        this.#settle();
        this.#page.redraw(this.#session.stages[kind].status !== 'stopped');
        return null;
      }
      throw error;
    }
    return turn === this.#turn ? this.#answer(turn, reveal) : null;
  }

  /** @param {import('../twinlens.js').Query} query */
  async #match(query) {
    const matcher = await this.#session.first();
    const now = Date.now();
    if (query.photo) this.#read.photo ??= now;
    if (query.title) this.#read.words ??= now;
    return matcher.match(query);
  }

  /** @param {MatchResult} result @param {number} turn @param {boolean} reveal */
  async #show(result, turn, reveal) {
    const reading = read(result);
    const asked = this.#asked();
    if (!asked) return;
    const shown = reading.shown[0];
    if (shown) await this.#page.pictureOf(shown);
    if (turn !== this.#turn) return;
    const { words, by } = this.#query;
    const matcher = await this.#session.first();
    this.#page.show({
      kind: 'answer', result, reading, by, photo: asked.photo ? this.#picture : null, hasPhoto: Boolean(asked.photo), hasWords: Boolean(asked.title),
      filtered: Object.keys(asked.filter).length > 0, info: matcher.info(), received: 0,
    }, reveal);
    this.#element.hold({ words });
    this.#element.emit('twinlens-answer', result);
    void remember({ ...this.#query });
    if (shown && reading.shape !== 'conflict') void this.#similar(shown, turn);
  }

  /** @param {Offer} offer @param {number} turn */
  async #similar(offer, turn) {
    try {
      const { hits } = await this.similarTo(offer.id, NEIGHBOURS);
      if (turn === this.#turn) this.#page.showSimilar(offersOf(hits));
    } catch {
      // The answer stands without.
    }
  }

  /** @param {string} id @param {number} limit */
  async similarTo(id, limit) {
    return (await this.#session.first()).similar(id, { limit });
  }

  /** @param {string} category @param {number} limit @param {number} offset */
  async browse(category, limit, offset) {
    return (await this.#session.first()).browse(category, { limit, offset });
  }

  /** @param {unknown} error */
  #fail(error) {
    this.#settle();
    if (kindOf(error) === 'photo') {
      Object.assign(this.#query, { photo: null, region: null });
      this.#element.hold({ photo: null });
      this.#picture = null;
      this.#page.closeCrop();
      this.#showPicture();
    }
    this.#page.show({ kind: 'error', error }, true);
    this.#element.emit('twinlens-error', error);
  }

  /** Shows that something is on its way, if it takes long. @param {number} turn @param {boolean} reveal */
  #wait(turn, reveal) {
    clearTimeout(this.#patience);
    this.#patience = setTimeout(() => {
      if (turn !== this.#turn) return;
      this.#page.busy = true;
      this.#page.wait(reveal);
    }, PATIENCE);
  }

  #settle() {
    clearTimeout(this.#patience);
    this.#page.busy = false;
  }

  /** @param {Blob} photo */
  async #preview(photo) {
    try {
      const picture = await photoCanvas(photo, () => this.#session.first());
      if (this.#query.photo !== photo) return;
      this.#picture = picture;
      this.#showPicture();
    } catch {
      // Where it cannot be read there is nothing to show, and the answer says why.
    }
  }

  #showPicture() {
    const { photo, region } = this.#query;
    this.#page.thumbnail = this.#picture ? copyOf(this.#picture, 144, region) : photo ? h('span') : null;
  }
}
