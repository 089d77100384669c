/**
 * What the parts of an answer can ask the app to do.
 *
 * @typedef {object} Acts
 * @property {(offer: import('../reading.js').Offer, event: Event) => boolean} select false where the page has prevented it
 * @property {(offer: import('../reading.js').Offer) => void} more what is like a listing
 * @property {(side: 'photo' | 'words' | null) => void} by which of the two counts
 * @property {() => void} crop
 * @property {() => void} type
 * @property {() => void} show another photo
 * @property {() => void} unfilter
 * @property {() => void} retry
 * @property {(kind: 'photo' | 'words') => void} prepare
 * @property {(kind: 'photo' | 'words') => void} cancel
 */

export {};
