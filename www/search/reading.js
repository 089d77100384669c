// What an answer is to a shopper: one of four shapes, with the listings in their places.

/** @typedef {import('../twinlens.js').Hit} Hit */
/** @typedef {import('../twinlens.js').MatchResult} MatchResult */

/**
 * A listing as it is shown: the cheapest offer of those that are one product. What was compared, and the picture, are those of the
 * offer that matched best.
 *
 * @typedef {Hit & { ids: string[], pictured: string, offers: number, differs: string }} Offer `ids` of all offers, `pictured` of the one whose picture it is
 */

/**
 * @typedef {object} Reading
 * @property {'match' | 'could-be' | 'conflict' | 'not-here' | 'nothing'} shape
 * @property {Offer[]} shown the one, the candidates, the two sides (photo's, then words'), or the closest
 * @property {Offer[]} rest further hits that are worth a look
 * @property {number} fits how many products fit
 * @property {string | null} differIn the attribute that would decide
 */

/** Most candidates that stand beside each other, and most of the closest. */
const MOST = 4;

/**
 * @param {MatchResult} result
 * @returns {Reading}
 */
export function read(result) {
  const { decision, fits, prefers } = result;
  const offers = offersOf(/** @type {Hit[]} */ (result.hits), fits.values);
  if (offers.length === 0) return { shape: 'nothing', shown: [], rest: [], fits: 0, differIn: null };
  const [ofPhoto, ofWords] = prefers ? [prefers.photo, prefers.title].map((id) => offers.find(({ ids }) => ids.includes(id))) : [];
  // Two offers of one product are no contradiction.
  if (ofPhoto && ofWords && ofPhoto !== ofWords) {
    const shown = [ofPhoto, ofWords];
    return { shape: 'conflict', shown, rest: others(offers, shown), fits: 2, differIn: null };
  }
  if (decision === 'No-Match') {
    return { shape: 'not-here', shown: offers.slice(0, MOST), rest: [], fits: 0, differIn: null };
  }
  if (decision === 'Match') return { shape: 'match', shown: offers.slice(0, 1), rest: others(offers, offers.slice(0, 1)), fits: 1, differIn: null };
  const fitting = fittingOffers(offers, fits.count);
  const shown = fitting.slice(0, MOST);
  return { shape: 'could-be', shown, rest: others(offers, shown), fits: fitting.length === shown.length ? shown.length : Math.max(fits.count, shown.length), differIn: shown.length > 1 ? fits.differIn : null };
}

/**
 * Hits of one group are one product that is offered several times: its cheapest offer, in stock where there is one, stands for
 * them in the place of the best.
 *
 * @param {(Hit | import('../twinlens.js').Listed)[]} listed
 * @param {string[]} values what each of the first hits has in its title that not all of them have
 * @returns {Offer[]}
 */
export function offersOf(listed, values = []) {
  // Where nothing was asked, nothing is drawn of how far a listing answers it.
  const hits = /** @type {Hit[]} */ (listed);
  /** @type {Map<unknown, Offer>} */
  const found = new Map();
  hits.forEach((hit, index) => {
    const key = hit.group ?? hit.id;
    const before = found.get(key);
    const differs = values[index] ?? '';
    if (!before) found.set(key, { ...hit, ids: [hit.id], pictured: hit.id, offers: 1, differs });
    else found.set(key, { ...(isBetter(hit, before) ? { ...hit, differs } : before), ...matchOf(before), ids: [...before.ids, hit.id], offers: before.offers + 1 });
  });
  return [...found.values()];
}

/** What an offer has of the hit that matched best. @param {Offer} offer */
function matchOf({ probability, decision, logOdds, log_odds, contributions, lanes, why, picture, thumbnail, pictured }) {
  return { probability, decision, logOdds, log_odds, contributions, lanes, why, picture, thumbnail, pictured };
}

/** @param {Hit} hit @param {Hit} than */
function isBetter(hit, than) {
  if (hit.inStock !== than.inStock) return hit.inStock === true;
  return hit.price !== null && (than.price === null || hit.price < than.price);
}

/** @param {Offer[]} offers @param {number} count of hits that fit */
function fittingOffers(offers, count) {
  let left = Math.max(1, count);
  const fitting = [];
  for (const offer of offers) {
    if (left <= 0) break;
    fitting.push(offer);
    left -= offer.offers;
  }
  return fitting;
}

/** @param {Offer[]} offers @param {Offer[]} shown */
function others(offers, shown) {
  return offers.filter((offer) => !shown.includes(offer) && offer.decision !== 'No-Match');
}
