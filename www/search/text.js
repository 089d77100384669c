// What the page says, from a file a language in ../lang/. A further language is one more file; an element asks for it by its
// attribute `lang`.

/** Those that the element takes by itself, where the page around it is in one of them. */
const LANGUAGES = ['de', 'en', 'id'];

/** @typedef {Record<string, string | Record<string, string>>} Strings a record has a form for each plural category of its language */

export class Text {
  /** @type {Strings} */
  #strings;
  #plurals;

  /** @param {string} language BCP 47 @param {Strings} strings */
  constructor(language, strings) {
    this.language = language;
    this.#strings = strings;
    this.#plurals = new Intl.PluralRules(language);
  }

  /** Writing direction, where the language's file states one. */
  get direction() {
    const { direction } = this.#strings;
    return typeof direction === 'string' ? direction : '';
  }

  /** @param {string} key */
  has(key) {
    return key in this.#strings;
  }

  /**
   * The sentence with `{name}` replaced by its value. `count` chooses the plural form.
   *
   * @param {string} key
   * @param {Record<string, string | number>} [values]
   */
  say(key, values = {}) {
    const entry = this.#strings[key] ?? key;
    const template = typeof entry === 'string' ? entry : entry[this.#plurals.select(Number(values.count))] ?? entry.other;
    return template.replace(/\{(\w+)\}/g, (all, name) => (name in values ? this.#written(values[name]) : all));
  }

  /** @param {string | number} value */
  #written(value) {
    if (typeof value === 'number') return this.number(value);
    // A word of the other direction must not pull the punctuation around it along.
    return /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]/.test(value) || this.direction === 'rtl' ? `\u2068${value}\u2069` : value;
  }

  /** @param {number} value @param {Intl.NumberFormatOptions} [options] */
  number(value, options) {
    return new Intl.NumberFormat(this.language, options).format(value);
  }
}

/**
 * The strings for an element: of its own `lang`, else of the page around it, else English.
 *
 * @param {HTMLElement} element
 * @returns {Promise<Text>}
 */
export async function textOf(element) {
  const own = element.getAttribute('lang');
  const wanted = own || element.closest('[lang]')?.getAttribute('lang') || 'en';
  const [primary] = wanted.toLowerCase().split('-');
  if (/^[a-z]{2,3}$/.test(primary) && (own || LANGUAGES.includes(primary))) {
    try {
      return new Text(wanted, (await import(`../lang/${primary}.js`)).default);
    } catch {
      // A language without a file.
    }
  }
  return new Text('en', (await import('../lang/en.js')).default);
}
