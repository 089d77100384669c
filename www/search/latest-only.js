/**
 * Runs one piece of work at a time. Of the calls that arrive meanwhile only the newest is run, so that searches whose
 * results nobody will see do not queue up.
 *
 * @template A, V
 */
export class LatestOnly {
  /** @type {(argument: A) => Promise<V>} */
  #work;
  #newest = 0;
  /** @type {Promise<unknown>} */
  #running = Promise.resolve();

  /** @param {(argument: A) => Promise<V>} work */
  constructor(work) {
    this.#work = work;
  }

  /**
   * @param {A} argument
   * @returns {Promise<{ superseded: true } | { superseded: false, value: V } | { superseded: false, error: unknown }>}
   */
  async run(argument) {
    const turn = ++this.#newest;
    await this.#running;
    if (turn !== this.#newest) return { superseded: true };
    const work = this.#work(argument);
    this.#running = work.catch(() => {});
    try {
      const value = await work;
      return turn === this.#newest ? { superseded: false, value } : { superseded: true };
    } catch (error) {
      return turn === this.#newest ? { superseded: false, error } : { superseded: true };
    }
  }
}
