// What is asked for stays with the page's entry in the session history, on this device and for as long as the tab: going back to
// the page finds the answer where it stood. Nothing of it is in the address.

/** Larger photos are kept smaller; it is more than an encoder sees. */
const LARGEST = 1_000_000;
const SIDE = 1600;

/** @typedef {{ words: string, photo: Blob | null, region: object | null, filter: object, by: string | null }} Kept */

/** Raised whenever something else is to be kept, or nothing: what was begun before that is not written any more. */
let latest = 0;
/** A photo is made small once, however many words are asked for with it. @type {WeakMap<Blob, Promise<ArrayBuffer | null>>} */
const small = new WeakMap();

/** @param {Kept} query */
export async function remember(query) {
  const own = ++latest;
  const photo = query.photo && (await bytesOf(query.photo));
  if (own === latest) replace({ ...query, photo });
}

/** @returns {Kept | null} */
export function recalled() {
  const kept = history.state?.twinlens;
  return kept ? { ...kept, photo: kept.photo ? new Blob([kept.photo]) : null } : null;
}

export function forget() {
  latest++;
  if (history.state?.twinlens) replace(undefined);
}

/** @param {object | undefined} twinlens */
function replace(twinlens) {
  try {
    history.replaceState({ ...history.state, twinlens }, '');
  } catch {
    // Browsers limit how often and how much; the answer is asked for again then.
  }
}

/** @param {Blob} photo */
function bytesOf(photo) {
  const known = small.get(photo);
  if (known) return known;
  const bytes = smaller(photo).then((blob) => blob.arrayBuffer()).catch(() => null);
  small.set(photo, bytes);
  return bytes;
}

/** @param {Blob} photo */
async function smaller(photo) {
  if (photo.size <= LARGEST) return photo;
  const bitmap = await createImageBitmap(photo);
  const scale = Math.min(1, SIDE / Math.max(bitmap.width, bitmap.height));
  const canvas = new OffscreenCanvas(Math.round(bitmap.width * scale), Math.round(bitmap.height * scale));
  canvas.getContext('2d')?.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  return canvas.convertToBlob({ type: 'image/jpeg', quality: 0.92 });
}
