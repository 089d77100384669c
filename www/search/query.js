// What a shopper asks, as the page has it and as the matcher takes it.

/** @typedef {import('./crop.js').Region} Region */
/** @typedef {import('../twinlens.js').Filter} Filter */
/** @typedef {{ photo: Blob | null, words: string, filter: Filter, region: Region | null, by: 'photo' | 'words' | null }} Query */

/** Hits that are asked for, of which some are shown: the two sides of a contradiction are to be among them. */
const HITS = 24;

/** What the matcher is asked; null where there is nothing to ask. @param {Query} query */
export function askedOf({ photo, words, filter, region, by }) {
  const title = by !== 'photo' && words.trim() ? words : undefined;
  const file = by !== 'words' ? photo ?? undefined : undefined;
  if (!title && !file) return null;
  return { photo: file, title, filter, limit: HITS, ...(file && region ? { region } : {}) };
}

/** @typedef {(kind: 'photo' | 'words') => boolean} Reads whether a catalogue has encoders for that kind of query */

/** A query without what the catalogue has no encoders for. @param {Query} query @param {Reads} reads @returns {Query} */
export function readable(query, reads) {
  return { ...query, photo: reads('photo') ? query.photo : null, words: reads('words') ? query.words : '' };
}

/** The code of what `readable` leaves out of a query; null where that is nothing. @param {Query} query @param {Reads} reads */
export function leftOut(query, reads) {
  const asked = askedOf(query);
  if (asked?.photo && !reads('photo')) return 'no-photos';
  return asked?.title && !reads('words') ? 'no-words' : null;
}

/** A photo that the page offers to try. @param {string} file its address, relative to the page */
export async function sampleFrom(file) {
  const response = await fetch(new URL(file, document.baseURI));
  if (!response.ok) throw Object.assign(new Error(`sample photo: expected HTTP 200, found ${response.status} in ${file}`), { code: 'io' });
  return new File([await response.blob()], file.slice(file.lastIndexOf('/') + 1));
}
