// Draws what the app says into the places of the shell.

import { cropper } from './crop.js';
import { h } from './dom.js';
import { Galleries } from './galleries.js';
import './more-icons.js';
import { isStill, moving } from './motion.js';
import { Pictures } from './pictures.js';
import { keepingFocus, replaceInPlace } from './redraw.js';
import { savesData } from './saving.js';
import { crop } from './style/crop.js';
import { rest } from './style/rest.js';
import { drawAnswer, sentence, skeleton } from './view/answer.js';
import { row } from './view/cards.js';
import { failure } from './view/failure.js';
import { filters } from './view/filters.js';
import { categories } from './view/gallery.js';
import { privacy, requestsOfPage } from './view/privacy.js';
import { ready, refining, stopped } from './view/progress.js';

/** @typedef {import('./reading.js').Offer} Offer */
/** @typedef {import('./view/answer.js').Answer} Answer */

/**
 * @typedef {{ kind: 'empty' } | { kind: 'waiting' } | { kind: 'stopped' } | { kind: 'error', error: any } | { kind: 'answer' } & Answer
 *   | { kind: 'gallery', turn: number, title: string, category: string | null, filter: import('../twinlens.js').Filter, offers: Offer[], taken: number, total: number, back: View }} View
 *   `title` is the category's name, or the title of the listing that the others are like, `turn` is the question that was asked last when the list was opened,
 *   `taken` are the listings that were asked for, of `total`, before offers of one product became one
 */

/** Milliseconds after which a download is shown, and for which an answer waits for its picture. */
const PATIENCE = 150;
const PICTURE_PATIENCE = 120;

export class Page {
  #app;
  #session;
  /** @type {import('./shell.js').Shell} */
  #shell;
  #pictures;
  #galleries;
  /** @type {View} */
  #view = { kind: 'empty' };
  /** @type {{ id: string, offers: Offer[] }} */
  #similar = { id: '', offers: [] };
  #places = { crop: h('div'), progress: h('div', { role: 'status' }), answer: h('div'), similar: h('div'), browse: h('div') };
  #sheets = [rest, crop].map((css) => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
    return sheet;
  });
  #whyOpen = false;
  #filtersOpen = false;
  /** @type {HTMLElement | null} */
  #privacyPanel = null;
  #frame = 0;
  #timer = 0;
  /** @type {ReturnType<typeof filters> | null} */
  #filters = null;

  /** @param {import('./shell.js').Shell} shell @param {import('./session.js').Session} session @param {import('./app.js').App} app */
  constructor(shell, session, app) {
    this.#app = app;
    this.#session = session;
    this.#pictures = new Pictures(() => session.first());
    this.#galleries = new Galleries(app, session, this);
    this.#shell = shell;
    this.attach(shell);
  }

  /** @param {import('./shell.js').Shell} shell */
  attach(shell) {
    this.#shell = shell;
    const root = /** @type {ShadowRoot} */ (shell.root.getRootNode());
    root.adoptedStyleSheets = [...new Set([...root.adoptedStyleSheets, ...this.#sheets])];
    const { crop: cropPlace, progress, answer, similar, browse } = this.#places;
    shell.place.replaceChildren(cropPlace, progress, answer, similar);
    shell.empty.after(browse);
    shell.words = this.#app.query?.words ?? '';
    this.#filters = null;
    this.drawFields();
    if (cropPlace.firstChild) this.openCrop();
    this.#draw();
    this.moved();
  }

  get #text() {
    return this.#shell.text;
  }

  /** @returns {import('./view/listing.js').Context} */
  get context() {
    const app = this.#app;
    return {
      text: this.#text,
      pictures: this.#pictures,
      acts: {
        select: (offer, event) => {
          const goes = app.element.emit('twinlens-select', offer, true);
          if (!goes) event.preventDefault();
          return goes;
        },
        more: (offer) => void this.#galleries.like(offer),
        by: (side) => void app.setBy(side),
        crop: () => this.openCrop(),
        type: () => this.focusWords(),
        show: () => this.#shell.takePhoto(),
        unfilter: () => void app.setFilter({}),
        retry: () => void app.retry(this.#view.kind === 'error' ? this.#view.error : null),
        prepare: (kind) => app.prepare(kind),
        cancel: (kind) => this.#session.cancel(kind),
      },
    };
  }

  /** What stands under the bar. */
  get view() {
    return this.#view;
  }

  /** The answer that stands, or that a list of products leads back to. @returns {View & { kind: 'answer' } | null} */
  get answer() {
    const view = this.#view.kind === 'gallery' ? this.#view.back : this.#view;
    return view.kind === 'answer' ? view : null;
  }

  /** @param {boolean} busy */
  set busy(busy) {
    this.#shell.busy = busy;
  }

  /** @param {string} words */
  set words(words) {
    this.#shell.words = words;
  }

  /** @param {Node | null} picture */
  set thumbnail(picture) {
    this.#shell.picture = picture;
    if (picture) this.#shell.answered = true;
  }

  focusWords() {
    const { input } = this.#shell;
    input.focus();
    input.setSelectionRange(input.value.length, input.value.length);
  }

  /** Gives the focus to a part of the answer. @param {string} selector */
  focusIn(selector) {
    /** @type {HTMLElement | null} */ (this.#places.answer.querySelector(selector))?.focus({ preventScroll: true });
  }

  /** The fields, as far as the shop's catalogue can be asked by them. */
  drawFields() {
    this.#shell.photos = this.#session.reads('photo');
  }

  /** @param {string} key @param {Record<string, string>} [values] */
  advise(key, values) {
    this.#shell.advice = key && this.#text.say(key, values);
  }

  /** Resolves when a listing's picture is there, or soon. @param {Offer} offer */
  pictureOf(offer) {
    return Promise.race([this.#pictures.load(offer), new Promise((resolve) => setTimeout(resolve, PICTURE_PATIENCE))]);
  }

  /** A place for an answer that takes long, where none stands yet. @param {boolean} reveal @param {number} turn the question's number */
  wait(reveal, turn) {
    const view = this.#view;
    const stays = view.kind === 'answer' || view.kind === 'waiting' || (view.kind === 'gallery' && view.turn === turn);
    if (!stays) this.show({ kind: 'waiting' }, reveal);
    this.moved();
  }

  /** @param {View} view @param {boolean} [reveal] */
  show(view, reveal = false) {
    const before = this.#view;
    if (view.kind === 'answer') {
      const first = view.reading.shown[0]?.id;
      if (this.answer?.reading.shown[0]?.id !== first) this.#whyOpen = false;
      if (this.#similar.id !== (first ?? '')) this.#similar = { id: '', offers: [] };
      if (before.kind === 'gallery' && before.turn === view.turn && before.back !== view) {
        // A list that was opened from an earlier stage of this answer stays, and leads back to the later one.
        before.back = view;
        this.moved();
        return;
      }
    }
    this.#view = view;
    if (before.kind === 'answer' && view.kind === 'answer') moving(this.#places.answer, () => this.#draw());
    else this.#draw();
    this.moved();
    this.#announce(view);
    if (reveal) this.#reveal();
  }

  /** The answer that stands, with what is known now. */
  redraw() {
    this.#draw();
    this.moved();
  }

  /** @param {Offer[]} offers what is like the first of the answer */
  showSimilar(offers) {
    const { answer } = this;
    if (!answer) return;
    this.#similar = { id: answer.reading.shown[0]?.id ?? '', offers };
    keepingFocus(this.#shell.place, () => this.#drawSimilar());
  }

  /** What is on its way has moved: drawn once a frame. */
  moved() {
    if (this.#frame) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      keepingFocus(this.#shell.place, () => this.#drawProgress());
      this.drawFilters();
      this.#drawCategories();
      this.#drawPrivacy();
    });
  }

  #draw() {
    keepingFocus(this.#shell.place, () => this.#drawView());
  }

  #drawView() {
    const view = this.#view;
    this.#shell.answered = view.kind !== 'empty' || Boolean(this.#app.query?.photo);
    const place = this.#places.answer;
    if (view.kind === 'answer') this.#drawAnswer();
    else if (view.kind === 'waiting') place.replaceChildren(skeleton(this.#text));
    else if (view.kind === 'gallery') place.replaceChildren(this.#galleries.draw(view));
    else if (view.kind === 'error') {
      const { photo, words } = this.#app.query;
      place.replaceChildren(failure(this.#text, view.error, this.context.acts, { photo: Boolean(photo), words: Boolean(words.trim()) }));
    } else place.replaceChildren();
    this.#drawSimilar();
  }

  #drawAnswer() {
    const view = this.#view;
    if (view.kind !== 'answer') return;
    view.photoComes = view.result.waiting.includes('photo') && this.#session.isComing('photo');
    view.received = this.#requests().reduce((sum, { bytes, from }) => sum + (from === 'store' ? 0 : bytes), 0);
    const fold = { open: this.#whyOpen, onToggle: (/** @type {boolean} */ open) => void (this.#whyOpen = open) };
    this.#places.answer.replaceChildren(drawAnswer(this.context, view, this.#refining(), fold));
  }

  /** Under the sentence, while the words are not wholly read. */
  #refining() {
    const view = this.#view;
    if (view.kind !== 'answer' || !view.result.waiting.includes('words') || view.photoComes) return null;
    const stage = this.#session.stages.words;
    if (stage.status === 'none' && !savesData()) return null;
    return refining(this.#text, stage, { bytes: this.#session.bytesOf('words'), offline: this.#session.offline, acts: this.context.acts });
  }

  #drawSimilar() {
    const view = this.#view;
    const place = this.#places.similar;
    if (view.kind !== 'answer' || ['conflict', 'not-here', 'nothing'].includes(view.reading.shape)) return place.replaceChildren();
    const { shown, rest: others } = view.reading;
    const ids = new Set(shown.map(({ id }) => id));
    const offers = [];
    for (const offer of [...others, ...this.#similar.offers]) {
      if (ids.has(offer.id)) continue;
      ids.add(offer.id);
      offers.push(offer);
    }
    const drawn = row(this.context, 'similar', this.#text.say('similar'), offers.slice(0, this.#limit));
    place.replaceChildren(...(drawn ? [drawn] : []));
  }

  get #limit() {
    const stated = Number(this.#app.element.getAttribute('limit'));
    return Number.isInteger(stated) && stated > 0 ? stated : 8;
  }

  #drawProgress() {
    const { stages } = this.#session;
    const { photo } = this.#app.query;
    const place = this.#places.progress;
    /** @type {Node | null} */
    let drawn = null;
    if (stages.first.status === 'loading' && this.#view.kind !== 'empty') drawn = ready(this.#text, 'first', stages.first, null);
    else if (photo && stages.photo.status === 'loading') drawn = ready(this.#text, 'photo', stages.photo, () => this.#session.cancel('photo'));
    else if (photo && (stages.photo.status === 'stopped' || (stages.photo.status === 'failed' && this.#view.kind !== 'error'))) {
      drawn = stopped(this.#text, stages.photo.status, this.#session.bytesOf('photo'), () => this.#app.prepare('photo'));
    }
    const since = Math.max(stages.first.since, stages.photo.since);
    const early = performance.now() - since < PATIENCE;
    clearTimeout(this.#timer);
    if (early && drawn && !place.firstChild) {
      this.#timer = setTimeout(() => this.moved(), PATIENCE);
      return;
    }
    replaceInPlace(place, drawn);
    if (this.#view.kind === 'answer' && this.#view.result.waiting.includes('words')) {
      const lead = this.#places.answer.querySelector('.lead');
      const next = this.#refining();
      if (next && lead) replaceInPlace(/** @type {HTMLElement} */ (lead), next);
      else if (next) this.#drawAnswer();
    }
  }

  /** Made once: a form that is used is not replaced under the pointer. */
  drawFilters() {
    const info = this.#session.loaded?.info();
    const { line } = this.#shell;
    const wanted = info && (this.#view.kind === 'answer' || Object.keys(this.#app.query.filter).length > 0);
    if (!wanted) {
      if (this.#view.kind === 'empty') this.#filters?.node.remove();
      return;
    }
    if (!this.#filters?.node.isConnected) {
      this.#filters = filters(this.#text, info, this.#filtersOpen, (filter) => void this.#app.setFilter(filter), (open) => void (this.#filtersOpen = open));
      line.append(this.#filters.node);
    }
    this.#filters.show(this.#app.query.filter);
  }

  #drawCategories() {
    const place = this.#places.browse;
    const info = this.#session.loaded?.info();
    if (this.#view.kind !== 'empty' || !info) return place.replaceChildren();
    if (place.firstChild) return;
    const drawn = categories(this.#text, info.categories, (name) => void this.#galleries.browse(name));
    if (drawn) place.replaceChildren(drawn);
  }

  /** @param {boolean} open @param {HTMLElement} panel */
  showPrivacy(open, panel) {
    this.#privacyPanel = open ? panel : null;
    this.#drawPrivacy();
  }

  #drawPrivacy() {
    const panel = this.#privacyPanel;
    if (!panel) return;
    const matcher = this.#session.loaded;
    const hadFocus = panel.contains(/** @type {ShadowRoot} */ (panel.getRootNode()).activeElement);
    panel.replaceChildren(...privacy(this.#text, {
      requests: this.#requests(), listings: matcher?.info().listings ?? 0, read: this.#app.readAt, offline: this.#session.offline,
    }, (offline) => this.#app.setOffline(offline)));
    if (hadFocus) panel.querySelector('input')?.focus();
  }

  /** @returns {import('./view/privacy.js').Request[]} */
  #requests() {
    const own = this.#session.loaded?.requests() ?? [];
    return [...requestsOfPage(new URL('../', import.meta.url).href, own), ...own];
  }

  openCrop() {
    const picture = this.#app.picture;
    if (!picture) return;
    const { node, focus } = cropper(this.#text, picture, this.#app.query.region, {
      region: (region) => void this.#app.setRegion(region),
      done: () => this.closeCrop(true),
      remove: () => {
        this.focusWords();
        void this.#app.setPhoto(null);
      },
    });
    this.#places.crop.replaceChildren(node);
    this.#shell.root.scrollIntoView({ block: 'start', behavior: isStill() ? 'auto' : 'smooth' });
    focus();
  }

  /** @param {boolean} [refocus] */
  closeCrop(refocus = false) {
    if (!this.#places.crop.firstChild) return;
    this.#places.crop.replaceChildren();
    if (refocus) this.#shell.thumb.focus();
  }

  /** @param {View} view */
  #announce(view) {
    let said = '';
    if (view.kind === 'waiting') said = this.#text.say('searching');
    if (view.kind === 'answer') said = [sentence(this.context, view), ...view.reading.shown.map(({ title }) => title)].join('. ');
    this.#shell.status.textContent = said;
  }

  /** Brings the answer into view where it is not. */
  #reveal() {
    const top = this.#shell.place.getBoundingClientRect().top;
    if (top > 0 && top < innerHeight * 0.5) return;
    this.#shell.root.scrollIntoView({ block: 'start', behavior: isStill() ? 'auto' : 'smooth' });
  }
}
