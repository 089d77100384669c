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

/** A photo that the page offers to try. @param {string} file its address, relative to the page */
export async function sampleFrom(file) {
  const response = await fetch(new URL(file, document.baseURI));
  if (!response.ok) throw Object.assign(new Error(`sample photo: expected HTTP 200, found ${response.status} in ${file}`), { code: 'io' });
  return new File([await response.blob()], file.slice(file.lastIndexOf('/') + 1));
}
