import { create, element } from './element.js';

/** @typedef {import('../twinlens.js').Hit} Hit */
/** @typedef {import('../twinlens.js').MatchResult} MatchResult */

const list = element('results');
const summary = element('summary');
const notes = element('notes');

/** One sentence per decision. It is shown in a live region, so that screen readers announce it. */
const SENTENCES = {
  Match: 'This shop has it:',
  Unsure: 'Perhaps this one:',
  'No-Match': 'This shop does not seem to have it. The nearest:',
};

/** @type {string[]} */
let thumbnailUrls = [];

/** @param {MatchResult} result */
export function showResults({ decision, probability, hits, fits, prefers, unread, notes: ofPhoto }) {
  clearResults();
  list.append(...hits.map(card));
  summary.dataset.decision = decision;
  summary.textContent = hits.length
    ? `${SENTENCES[decision]} ${hits[0].title} (${percent(probability)})`
    : 'No product of this shop comes near.';
  notes.append(...[apart(fits), contrary(prefers, hits), notRead(unread), ...ofPhoto.map(({ message }) => `The photo is ${message}.`)].filter((note) => note).map((note) => create('p', '', note)));
}

/** What would tell the listings apart that fit. @param {MatchResult['fits']} fits */
function apart({ count, differIn, values }) {
  if (count < 2) return '';
  const each = [...new Set(values.filter((value) => value))].join(', ');
  const attribute = differIn ? `, which differ in ${differIn.replaceAll('_', ' ')}` : '';
  return `${count} products fit${attribute}${each ? `: ${each}` : ''}. Say which one you mean.`;
}

/** @param {MatchResult['prefers']} prefers @param {Hit[]} hits */
function contrary(prefers, hits) {
  if (!prefers) return '';
  const title = (/** @type {string} */ id) => hits.find((hit) => hit.id === id)?.title ?? id;
  return `The photo shows ${title(prefers.photo)}, but the title names ${title(prefers.title)}.`;
}

/** @param {MatchResult['unread']} unread */
function notRead(unread) {
  return unread.length ? `“${unread.join(' ')}” was not read: the shop’s encoder does not know these letters.` : '';
}

export function clearResults() {
  thumbnailUrls.forEach((url) => URL.revokeObjectURL(url));
  thumbnailUrls = [];
  list.replaceChildren();
  notes.replaceChildren();
  summary.textContent = '';
}

/** @param {Hit} hit */
function card(hit) {
  const price = hit.price === null || hit.price === undefined ? '' : amount(hit.price, hit.currency);
  const decision = create('span', 'decision', hit.decision);
  const text = create(
    'div',
    'card-text',
    create('h3', '', name(hit)),
    ...(price ? [create('p', 'price', price)] : []),
    create('p', '', decision, ' ', create('span', 'probability', percent(hit.probability))),
    ...(hit.why?.length ? [create('ul', 'why', ...hit.why.map((reason) => create('li', '', reason)))] : []),
  );
  const made = create('li', 'card', picture(hit), text);
  made.dataset.id = hit.id;
  made.dataset.decision = hit.decision;
  return made;
}

/** The title, as a link where the listing has one. @param {Hit} hit */
function name({ title, url }) {
  // The catalogue may hold any text as an address; one with the scheme javascript: must not become a link.
  if (!url || !URL.canParse(url, document.baseURI) || !/^https?:$/.test(new URL(url, document.baseURI).protocol)) return title;
  const link = create('a', '', title);
  link.setAttribute('href', url);
  return link;
}

/** @param {Hit} hit */
function picture({ thumbnail }) {
  if (!thumbnail) return create('div', 'thumbnail');
  const url = URL.createObjectURL(thumbnail);
  thumbnailUrls.push(url);
  const made = document.createElement('img');
  made.className = 'thumbnail';
  // The title is the next element; a description would repeat it.
  made.alt = '';
  made.src = url;
  return made;
}

/**
 * A price as the shopper's language writes it.
 * @param {number} price
 * @param {string | null} currency ISO 4217 code, or a sign that several currencies share
 */
function amount(price, currency) {
  if (/^[A-Z]{3}$/.test(currency ?? '')) {
    return new Intl.NumberFormat(undefined, { style: 'currency', currency: /** @type {string} */ (currency) }).format(price);
  }
  const number = new Intl.NumberFormat(undefined, { minimumFractionDigits: 2, maximumFractionDigits: 2 }).format(price);
  return currency ? `${number} ${currency}` : number;
}

/** @param {number} probability */
function percent(probability) {
  return `${Math.round(probability * 100)} %`;
}
