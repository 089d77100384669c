// What a shopper asks and sees, from the first touch on: it lets the session fetch, the matcher answer and the views draw.

import { similarTo } from './galleries.js';
import { LatestOnly } from './latest-only.js';
import { forget, recalled, remember } from './memory.js';
import { OwnPhoto } from './own-photo.js';
import { Page } from './page.js';
import { askedOf, leftOut, readable, sampleFrom } from './query.js';
import { read } from './reading.js';
import { savesData } from './saving.js';
import { kindOf } from './view/failure.js';

/** @typedef {import('./crop.js').Region} Region */
/** @typedef {import('./reading.js').Offer} Offer */
/** @typedef {import('../twinlens.js').Filter} Filter */
/** @typedef {import('../twinlens.js').MatchResult} MatchResult */
/** @typedef {import('./query.js').Query} Query */

/** Milliseconds without a key after which words are asked for. */
const PAUSE = 150;
/** Milliseconds after which waiting is shown. */
const PATIENCE = 150;
/** Neighbours of the first that are fetched, some of which stand in the answer already. */
const NEIGHBOURS = 14;

export class App {
  #element;
  #page;
  #session;
  /** @type {Query} */
  #query = { photo: null, words: '', filter: {}, region: null, by: null };
  /** Counts queries: what belongs to a former one is not shown. */
  #turn = 0;
  #photo = new OwnPhoto(() => this.#session.first(), () => this.#showPicture());
  #searches = new LatestOnly((/** @type {import('../twinlens.js').Query} */ query) => this.#match(query));
  #pause = 0;
  #patience = 0;
  /** Loading the catalogue; undefined before it begins and after it failed. @type {Promise<void> | undefined} */
  #opening;
  /** When the photo, and the words, were first read. @type {{ photo: number | null, words: number | null }} */
  #read = { photo: null, words: null };

  /** @param {import('../twinlens-search.js').TwinlensSearch} element @param {import('./shell.js').Shell} shell @param {import('./session.js').Session} session */
  constructor(element, shell, session) {
    this.#element = element;
    this.#query.words = shell.input.value;
    this.#session = session;
    this.#page = new Page(shell, session, this);
    session.changed = () => this.#page.moved();
  }

  get matcher() {
    this.touch();
    return this.#session.first();
  }

  get query() {
    return this.#query;
  }

  get picture() {
    return this.#photo.picture;
  }

  /** The number of the question that was asked last. */
  get turn() {
    return this.#turn;
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
    this.#opening ??= this.#session.first().then((matcher) => {
      this.#element.emit('twinlens-ready', matcher.info());
      this.#page.drawFields();
      this.#page.moved();
      return savesData() ? undefined : this.#session.prepare('pictures');
    }).catch(() => {
      // Whoever asks is told, and the next touch tries again.
      if (!this.#session.loaded) this.#opening = undefined;
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
    // A photo that was taken away is not to be found by going back, whether or not another answer comes.
    forget();
    this.#session.resume('photo');
    this.#element.hold({ photo });
    this.#photo.set(photo);
    this.#page.closeCrop();
    this.#showPicture();
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
    this.#photo.set(null);
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
      await this.setPhoto(await sampleFrom(file));
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
    this.#photo.set(photo);
    this.#showPicture();
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
  setOffline(offline) {
    this.#session.offline = offline;
  }

  /** Fetches what was put off, and answers again with it. @param {'photo' | 'words'} kind */
  prepare(kind) {
    this.#attach(kind, this.#turn);
    this.#page.redraw();
  }

  /** Asks again after a failure, with a matcher of its own where the former one has stopped. @param {any} error */
  retry(error) {
    if (kindOf(error) === 'stopped') {
      this.#session.close();
      this.#opening = undefined;
    }
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
    if (!askedOf(this.#query)) {
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

  /** @param {number} turn @param {boolean} reveal @returns {Promise<MatchResult | null>} */
  async #answer(turn, reveal) {
    this.#wait(turn, reveal);
    await this.#session.first();
    if (turn !== this.#turn) return null;
    const asked = this.#asked();
    const code = leftOut(this.#query, (kind) => this.#session.reads(kind));
    if (code && !asked) throw Object.assign(new Error('catalogue: expected an encoder for this kind of query, found none'), { code });
    if (code) this.#page.advise(`ask.${code}`);
    if (!asked) return null;
    const { stages } = this.#session;
    if (asked.photo && stages.photo.status !== 'ready') {
      const isStopped = stages.photo.status === 'stopped';
      if (!asked.title) return isStopped ? this.#stand('photo', turn) : this.#coming('photo', turn, reveal);
      if (!isStopped) this.#attach('photo', turn);
    }
    const hadWords = stages.words.status === 'ready';
    const outcome = await this.#searches.run(asked);
    if (outcome.superseded || turn !== this.#turn) return null;
    if ('error' in outcome) throw outcome.error;
    this.#settle();
    await this.#show(outcome.value, turn, reveal);
    if (!hadWords) this.#refine(outcome.value, turn);
    return outcome.value;
  }

  /** What the matcher is asked, of what this catalogue can be asked; null where that is nothing. */
  #asked() {
    return askedOf(readable(this.#query, (kind) => this.#session.reads(kind)));
  }

  /** Lets the meaning of the words be read, after the photo, which says more and comes sooner. @param {MatchResult} result @param {number} turn */
  #refine({ waiting }, turn) {
    const { status } = this.#session.stages.words;
    if (turn !== this.#turn || !waiting.includes('words') || (waiting.includes('photo') && this.#session.isComing('photo'))) return;
    // What was stopped stays so. A download that goes on is waited for, whichever question began it.
    if (status === 'stopped' || (savesData() && ['none', 'failed'].includes(status))) return;
    this.#attach('words', turn);
  }

  /** The same as `#coming`, beside an answer that there is or will be. @param {'photo' | 'words'} kind @param {number} turn */
  #attach(kind, turn) {
    this.#coming(kind, turn, false).catch((error) => turn === this.#turn && this.#fail(error));
  }

  /** Answers again once what the query needs is there. @param {'photo' | 'words'} kind @param {number} turn @param {boolean} reveal @returns {Promise<MatchResult | null>} */
  async #coming(kind, turn, reveal) {
    try {
      await this.#session.prepare(kind);
    } catch (error) {
      if (turn !== this.#turn) return null;
      if (!this.#asked()?.title && this.#session.stages[kind].status !== 'stopped') throw error;
      return this.#stand(kind, turn);
    }
    return turn === this.#turn ? this.#answer(turn, reveal) : null;
  }

  /** Something will not come: the answer that there is stays, and says that more could. @param {'photo' | 'words'} kind @param {number} turn */
  #stand(kind, turn) {
    const { answer } = this.#page;
    if (answer?.turn === turn) {
      this.#page.redraw();
      if (kind === 'photo') this.#refine(answer.result, turn);
    }
    if (this.#asked()?.title) return null;
    this.#settle();
    this.#page.show({ kind: 'stopped' });
    return null;
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
    // Where no picture has arrived yet the answer does not wait for one.
    if (shown && this.#session.stages.pictures.status === 'ready') await this.#page.pictureOf(shown);
    if (turn !== this.#turn) return;
    const { words, by } = this.#query;
    const matcher = await this.#session.first();
    this.#page.show({
      kind: 'answer', turn, result, reading, by, photo: asked.photo ? this.#photo.picture : null, hasPhoto: Boolean(asked.photo), hasWords: Boolean(asked.title),
      filtered: Object.keys(asked.filter).length > 0, info: matcher.info(), received: 0, photoComes: false,
    }, reveal);
    this.#element.hold({ words });
    this.#element.emit('twinlens-answer', result);
    void remember({ ...this.#query });
    if (shown && reading.shape !== 'conflict') void this.#similar(shown, turn);
  }

  /** @param {Offer} offer @param {number} turn */
  async #similar(offer, turn) {
    try {
      const offers = await similarTo(await this.#session.first(), offer.id, NEIGHBOURS, this.#query.filter);
      if (turn === this.#turn) this.#page.showSimilar(offers);
    } catch {
      // The answer stands without.
    }
  }

  /** @param {unknown} error */
  #fail(error) {
    this.#settle();
    if (kindOf(error) === 'photo') {
      Object.assign(this.#query, { photo: null, region: null });
      forget();
      this.#element.hold({ photo: null });
      this.#photo.set(null);
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
      this.#page.wait(reveal, turn);
    }, PATIENCE);
  }

  #settle() {
    clearTimeout(this.#patience);
    this.#page.busy = false;
  }

  #showPicture() {
    this.#page.thumbnail = this.#photo.small(this.#query.region);
  }
}
