// One matcher and how much of it is there. It knows no page: whoever sets `changed` is told when something moves.

/** @typedef {import('../twinlens.js').Matcher} Matcher */
/** @typedef {'first' | 'photo' | 'words' | 'pictures'} Kind what can be on its way */
/** @typedef {{ status: 'none' | 'loading' | 'ready' | 'stopped' | 'failed', loaded: number, total: number, since: number }} Stage `since` by the page's clock */

/** The encoders of a kind, as `info()` names it. */
const ENCODERS = /** @type {Record<string, string>} */ ({ photo: 'image', words: 'text' });

export class Session {
  /** @type {Promise<Matcher> | undefined} */
  #first;
  /** What has arrived. @type {Matcher | undefined} */
  loaded;
  /** @type {Map<Kind, { promise: Promise<void>, controller: AbortController }>} */
  #running = new Map();
  /** @type {Record<Kind, Stage>} */
  stages = { first: stage(), photo: stage(), words: stage(), pictures: stage() };
  #offline = false;
  /** @type {() => { models: string, catalogue: string, device: string }} */
  #options;
  changed = () => {};

  /** @param {() => { models: string, catalogue: string, device: string }} options */
  constructor(options) {
    this.#options = options;
  }

  /** The matcher with the catalogue and what a first answer to words needs. A failure is forgotten: the next call tries again. */
  first() {
    this.#first ??= this.#load().catch((error) => {
      this.#first = undefined;
      this.#set('first', { status: 'none' });
      throw error;
    });
    return this.#first;
  }

  async #load() {
    this.#set('first', { status: 'loading' });
    const { Matcher } = await import('../twinlens.js');
    const { device, ...folders } = this.#options();
    this.loaded = await Matcher.load({ ...folders, device: /** @type {any} */ (device), stage: 'first', onProgress: this.#progress('first') });
    if (this.#offline) this.loaded.offline = true;
    this.#set('first', { status: 'ready' });
    for (const kind of /** @type {const} */ (['photo', 'words'])) {
      if (this.missing(kind).length === 0) this.#set(kind, { status: 'ready' });
    }
    return this.loaded;
  }

  /** Whether nothing more may be asked for, of this matcher and of one that takes its place. */
  get offline() {
    return this.#offline;
  }
  set offline(offline) {
    this.#offline = offline;
    if (this.loaded) this.loaded.offline = offline;
    this.changed();
  }

  /** Whether the shop's catalogue can be asked by a kind of query at all; true while that is not known. @param {'photo' | 'words'} kind */
  reads(kind) {
    return !this.loaded || this.loaded.info().encoders.some((encoder) => encoder.kind === ENCODERS[kind]);
  }

  /** The encoders of a kind that have not arrived. @param {Kind} kind */
  missing(kind) {
    const encoders = this.loaded?.info().encoders ?? [];
    return encoders.filter((encoder) => encoder.kind === ENCODERS[kind] && !encoder.attached && !encoder.preliminary);
  }

  /** How many bytes a kind has still to fetch. @param {Kind} kind */
  bytesOf(kind) {
    return this.missing(kind).reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /**
   * Fetches what a kind of query needs. Calls share one download.
   *
   * @param {Exclude<Kind, 'first'>} kind
   * @returns {Promise<void>}
   */
  prepare(kind) {
    const running = this.#running.get(kind);
    if (running) return running.promise;
    if (this.stages[kind].status === 'ready') return Promise.resolve();
    const controller = new AbortController();
    const promise = this.#prepare(kind, controller.signal).finally(() => {
      if (this.#running.get(kind)?.controller === controller) this.#running.delete(kind);
    });
    this.#running.set(kind, { promise, controller });
    return promise;
  }

  /** @param {Exclude<Kind, 'first'>} kind @param {AbortSignal} signal */
  async #prepare(kind, signal) {
    const matcher = await this.first();
    this.#set(kind, { status: 'loading', loaded: 0, total: this.bytesOf(kind) });
    try {
      await matcher.prepare(kind, { signal, onProgress: this.#progress(kind) });
    } catch (error) {
      if (matcher === this.loaded) this.#set(kind, { status: signal.aborted ? 'stopped' : 'failed' });
      throw error;
    }
    if (matcher === this.loaded) this.#set(kind, { status: 'ready' });
  }

  /** Stops a download; what has come of it need not come again. @param {Kind} kind */
  cancel(kind) {
    this.#running.get(kind)?.controller.abort();
  }

  /** Whether a kind is on its way, or about to be. @param {Kind} kind */
  isComing(kind) {
    return this.#running.has(kind);
  }

  /** Lets a download that was stopped be wanted again. @param {Kind} kind */
  resume(kind) {
    if (this.stages[kind].status === 'stopped') this.#set(kind, { status: 'none' });
  }

  /** @param {Kind} kind */
  #progress(kind) {
    return (/** @type {{ loaded: number, total: number }} */ { loaded, total }) => this.#set(kind, { loaded, total });
  }

  /** @param {Kind} kind @param {Partial<Stage>} change */
  #set(kind, change) {
    if (change.status) this.stages[kind].since = performance.now();
    Object.assign(this.stages[kind], change);
    this.changed();
  }

  /** Gives the matcher up; the next call loads another one. */
  close() {
    for (const { controller } of this.#running.values()) controller.abort();
    this.#running.clear();
    this.#first?.then((matcher) => matcher.close(), () => {});
    this.#first = undefined;
    this.loaded = undefined;
    for (const kind of /** @type {Kind[]} */ (Object.keys(this.stages))) this.stages[kind] = stage();
  }
}

/** @returns {Stage} */
function stage() {
  return { status: 'none', loaded: 0, total: 0, since: 0 };
}
