// The engine's reasons, which are English sentences, as evidence in the shopper's language: what was compared, how far it
// speaks for the listing (−5 to 5), and the key of the sentence that says it.

/** @typedef {{ lane: string, step: number, key: string, values?: Record<string, string | number> }} Evidence */

const ALIKE = /** @type {Record<string, [number, string]>} */ ({
  'very much alike': [5, 'much'],
  alike: [4, 'alike'],
  'somewhat alike': [2, 'somewhat'],
  different: [-3, 'different'],
});

/** What a sentence begins with, and what it is evidence of; the first that fits counts. @type {[RegExp, (found: string[]) => Evidence | null][]} */
const SENTENCES = [
  [/^Same GTIN (\S+?)( in the photo)?$/, ([, code, photo]) => ({ lane: 'code', step: 5, key: photo ? 'code.photo' : 'code.same', values: { code } })],
  [/^GTIN (\S+?)( in the photo)? is not (\S+)$/, ([, code, , other]) => ({ lane: 'code', step: -5, key: 'code.other', values: { code, other } })],
  [/^The shop's own number/, () => ({ lane: 'code', step: 5, key: 'code.shop' })],
  [/^Pictures look (very much alike|alike|somewhat alike|different)/, ([, how]) => ({ lane: 'pictures', step: ALIKE[how][0], key: `pictures.${ALIKE[how][1]}` })],
  [/^Pictures have the same fingerprint|^Pictures differ by [0-4] of/, () => ({ lane: 'pictures', step: 5, key: 'pictures.same' })],
  [/^Pictures differ by/, () => null],
  [/^Words and picture are (very much alike|alike|somewhat alike|different)/, ([, how]) => ({ lane: 'shown', step: ALIKE[how][0], key: `shown.${ALIKE[how][1]}` })],
  [/^Same title$/, () => ({ lane: 'words', step: 5, key: 'words.same' })],
  [/^Titles are alike in meaning/, () => ({ lane: 'words', step: 3, key: 'words.meaning' })],
  [/^Titles read (very much alike|alike|somewhat alike|different)/, ([, how]) => ({ lane: 'words', step: ALIKE[how][0], key: `words.${ALIKE[how][1]}` })],
  [/^Not in the listing's title: (.+)$/, ([, words]) => ({ lane: 'missing', step: -2, key: 'missing.words', values: { words } })],
  [/^Same price$/, () => ({ lane: 'price', step: 1, key: 'price.same' })],
  [/^One costs ([\d.]+) times/, ([, times]) => ({ lane: 'price', step: -2, key: 'price.other', values: { times: Number(times) } })],
  [/^(.+) is asked for, and the listing does not say so$/i, ([, one]) => ({ lane: 'stated', step: -3, key: 'stated.unsaid', values: { one } })],
  [/^The listing is (.+), which is not asked for$/i, ([, one]) => ({ lane: 'stated', step: -3, key: 'stated.unasked', values: { one } })],
  [/^Same model number (.+)$/i, ([, one]) => ({ lane: 'model', step: 5, key: 'stated.both', values: { one } })],
  [/^Model number (.+) goes with (.+)$/i, ([, one, other]) => ({ lane: 'model', step: 3, key: 'stated.with', values: { one, other } })],
  [/^(.+) agrees in part with (.+)$/i, ([, one, other]) => stated(one, other, 2, 'stated.part')],
  [/^(.+) agrees with (.+)$/i, ([, one, other]) => stated(one, other, 4, 'stated.agrees')],
  [/^Both (.+)$/i, ([, one]) => stated(one, one, 4, 'stated.both')],
  [/^(.+) is not (.+)$/i, ([, one, other]) => stated(one, other, -4, 'stated.not')],
];

/** Words before a value that say what it is of. @type {[RegExp, string][]} */
const KINDS = [
  [/^(model number) /i, 'model'],
  [/^(pack of) /i, 'pack'],
  [/^(size) /i, 'size'],
  [/^(colour|color) /i, 'colour'],
];

/** @param {string} one @param {string} other @param {number} step @param {string} key @returns {Evidence} */
function stated(one, other, step, key) {
  for (const [prefix, lane] of KINDS) {
    if (prefix.test(one)) return { lane, step, key, values: { one: one.replace(prefix, ''), other: other.replace(prefix, '') } };
  }
  return { lane: /^[\d.,]+ ?(ml|l|cl|g|kg|mg|oz|lb)\b/i.test(one) ? 'amount' : 'stated', step, key, values: { one, other } };
}

/**
 * The evidence for and against a hit, one a lane, the weightiest first.
 *
 * @param {import('./reading.js').Hit} hit
 * @returns {Evidence[]}
 */
export function evidenceOf(hit) {
  /** @type {Map<string, Evidence>} */
  const lanes = new Map();
  const put = (/** @type {Evidence | null} */ evidence) => {
    const before = evidence && lanes.get(evidence.lane);
    if (evidence && (!before || Math.abs(evidence.step) > Math.abs(before.step))) lanes.set(evidence.lane, evidence);
  };
  for (const sentence of hit.why ?? []) {
    for (const [pattern, evidence] of SENTENCES) {
      const found = sentence.match(pattern);
      if (!found) continue;
      put(evidence(found));
      break;
    }
  }
  put(coloursOf(hit.lanes?.colourHistogram));
  return [...lanes.values()].sort((a, b) => Math.abs(b.step) - Math.abs(a.step));
}

/** @param {number | null | undefined} alike 0 to 1 @returns {Evidence | null} */
function coloursOf(alike) {
  if (alike === null || alike === undefined) return null;
  if (alike >= 0.8) return { lane: 'colours', step: 3, key: 'colours.much' };
  if (alike >= 0.65) return { lane: 'colours', step: 2, key: 'colours.alike' };
  return alike >= 0.5 ? { lane: 'colours', step: 1, key: 'colours.somewhat' } : { lane: 'colours', step: -1, key: 'colours.different' };
}
