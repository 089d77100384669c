// What stands before the first use, and stays: the ask bar, the line under it, the samples. It knows nothing of searching.

import { h, icon } from './dom.js';

/** What the browser may offer to choose from. */
const PHOTO_TYPES = ['jpeg', 'png', 'webp', 'gif', 'bmp', 'avif', 'heic', 'heif', 'jxl'].map((type) => `image/${type}`).join();

/**
 * @typedef {object} Acts
 * @property {() => void} touch a field was touched for the first time, or again
 * @property {(words: string) => void} words
 * @property {() => void} submit
 * @property {(photo: Blob) => void} photo
 * @property {() => void} clear
 * @property {() => void} crop
 * @property {(open: boolean, panel: HTMLElement) => void} privacy
 * @property {(sample: Sample) => void} sample
 */

/** @typedef {{ file: string, title: string, name?: string | Record<string, string> }} Sample */

export class Shell {
  /** @param {import('./text.js').Text} text @param {Acts} acts @param {Sample[]} samples @param {boolean} ownEmpty whether the page has its own empty state */
  constructor(text, acts, samples, ownEmpty) {
    this.text = text;
    this.acts = acts;
    this.input = this.#wordsField();
    this.thumb = h('button', { class: 'photo', part: 'photo', type: 'button', 'aria-label': text.say('ask.crop'), hidden: true, onclick: acts.crop });
    this.spot = h('span', { class: 'spot' }, icon('search'));
    this.clearButton = h('button', { class: 'tool', part: 'clear', type: 'button', 'aria-label': text.say('ask.clear'), hidden: true, onclick: acts.clear }, icon('close'));
    this.file = this.#fileInput(false);
    this.capture = this.#fileInput(true);
    /** Announces answers to screen readers. */
    this.status = h('p', { class: 'unseen', role: 'status' });
    this.notice = h('p', { class: 'notice', part: 'notice', role: 'status', hidden: true });
    this.panel = h('div', { class: 'panel', part: 'privacy-panel' });
    this.hint = h('p', { class: 'hint' }, text.say('ask.hint'));
    this.samples = samples.length ? this.#samples(samples) : null;
    this.line = h('div', { class: 'line', part: 'line' }, this.#privacy(), this.hint);
    /** Where answers are drawn. */
    this.place = h('div', { class: 'place' });
    this.welcome = h('div', { class: 'welcome', part: 'welcome', hidden: ownEmpty }, h('h2', {}, text.say('welcome.title')), h('p', {}, text.say('welcome.text')));
    this.empty = h('slot', { name: 'empty' }, this.samples);
    this.inner = h('div', { class: 'root-inner' }, this.welcome, this.#ask(), this.line, this.notice, this.status, this.place, this.empty, h('slot', { name: 'footer' }));
    this.root = h('div', { class: 'root', part: 'root', dir: text.direction || null, lang: text.language }, this.inner);
  }

  /** Whether an answer, or what will be one, stands under the bar. @param {boolean} answered */
  set answered(answered) {
    this.inner.classList.toggle('answered', answered);
    this.welcome.hidden = answered || this.empty.assignedNodes().length > 0;
    this.empty.hidden = answered;
  }

  /** @param {boolean} busy */
  set busy(busy) {
    this.inner.classList.toggle('busy', busy);
    this.place.ariaBusy = String(busy);
  }

  /** @param {string} words */
  set words(words) {
    if (this.input.value !== words) this.input.value = words;
    this.#showTools();
  }

  /** The small picture of the photo in the bar; null takes it away. @param {Node | null} picture */
  set picture(picture) {
    if (!picture && this.thumb.matches(':focus')) this.input.focus();
    this.thumb.replaceChildren(...(picture ? [picture] : []));
    this.thumb.hidden = !picture;
    this.spot.hidden = Boolean(picture);
    this.input.placeholder = this.text.say(picture ? 'ask.add' : 'ask.words');
    this.lens?.setAttribute('aria-label', this.text.say(this.#pictureLabel(Boolean(picture))));
    this.#showTools();
  }

  /** Whether a photo can be given at all. @param {boolean} taken */
  set photos(taken) {
    for (const node of [this.lens, this.hint, this.samples]) if (node) node.hidden = !taken;
    if (this.chooseButton) this.chooseButton.hidden = !taken || !this.#hasCamera;
  }

  /** A line of advice under the bar; empty takes it away. @param {string} text */
  set advice(text) {
    this.notice.textContent = text;
    this.notice.hidden = !text;
  }

  choose() {
    this.file.click();
  }

  takePhoto() {
    (this.#hasCamera ? this.capture : this.file).click();
  }

  /** A pointer that is a finger stands for a device that is held, which has a camera. */
  get #hasCamera() {
    return matchMedia('(pointer: coarse)').matches;
  }

  /** @param {boolean} again */
  #pictureLabel(again) {
    if (!this.#hasCamera) return again ? 'ask.choose-other' : 'ask.choose';
    return again ? 'ask.camera-again' : 'ask.camera';
  }

  #showTools() {
    this.clearButton.hidden = !this.input.value && this.thumb.hidden;
  }

  #ask() {
    const { text, acts } = this;
    this.chooseButton = h('button', { class: 'tool choose', part: 'choose', type: 'button', 'aria-label': text.say('ask.choose'), hidden: !this.#hasCamera, onclick: () => this.choose() }, icon('picture'));
    this.lens = h('button', { class: 'lens', part: 'camera', type: 'button', 'aria-label': text.say(this.#pictureLabel(false)), onclick: () => this.takePhoto() }, icon('camera'));
    const bar = h('div', { class: 'bar', part: 'bar', onpointerdown: acts.touch }, this.thumb, this.spot, this.input, this.clearButton, this.chooseButton, this.lens, this.file, this.capture);
    const submit = (/** @type {Event} */ event) => {
      event.preventDefault();
      acts.submit();
    };
    return h('form', { class: 'ask', part: 'ask', role: 'search', 'aria-label': text.say('ask.name'), onsubmit: submit }, bar);
  }

  #wordsField() {
    const { text, acts } = this;
    return h('input', {
      class: 'words', part: 'words', type: 'search', dir: 'auto', name: 'words', 'aria-label': text.say('ask.label'), placeholder: text.say('ask.words'),
      autocomplete: 'off', autocapitalize: 'none', spellcheck: 'false', enterkeyhint: 'search', maxlength: 1000,
      onfocus: acts.touch,
      oninput: () => {
        this.#showTools();
        acts.words(this.input.value);
      },
    });
  }

  /** @param {boolean} camera */
  #fileInput(camera) {
    const input = h('input', {
      type: 'file', accept: PHOTO_TYPES, capture: camera ? 'environment' : null, hidden: true, tabindex: -1, 'aria-hidden': 'true',
      onchange: () => {
        const [photo] = input.files ?? [];
        // Otherwise choosing the same file again would not be a change.
        input.value = '';
        if (photo) this.acts.photo(photo);
      },
    });
    return input;
  }

  #privacy() {
    const summary = h('summary', {}, icon('lock', 'small'), this.text.say('privacy.line'), icon('down', 'chevron'));
    const details = h('details', { class: 'privacy', part: 'privacy', ontoggle: () => this.acts.privacy(details.open, this.panel) }, summary, this.panel);
    return details;
  }

  /** @param {Sample[]} samples */
  #samples(samples) {
    const { text } = this;
    const one = (/** @type {Sample} */ sample) => {
      const { file, title, name = title } = sample;
      const label = typeof name === 'string' ? name : name[text.language.split('-')[0]] ?? name.en ?? title;
      const picture = h('span', { class: 'picture' }, h('img', { src: file, alt: '', loading: 'lazy', decoding: 'async' }));
      return h('li', {}, h('button', { class: 'sample', part: 'sample', type: 'button', onclick: () => this.acts.sample(sample) }, picture, h('span', { class: 'sample-name' }, label)));
    };
    return h('section', { class: 'samples', part: 'samples', 'aria-labelledby': 'samples-title' },
      h('h3', { id: 'samples-title' }, text.say('samples.title')), h('p', {}, text.say('samples.text')), h('ul', {}, ...samples.map(one)));
  }
}
