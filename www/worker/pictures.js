// The small pictures of a catalogue. A file of them is a safetensors file that is kept as one Blob; a picture is a slice of it,
// and no byte of one passes through WebAssembly.

import { TwinlensError } from '../client/error.js';

/** @typedef {{ file: string, bytes: number, sha256: string }} Entry as the manifest has it */
/** @typedef {{ whole: Blob, start: number, ends: Uint32Array }} PictureFile `start` and `ends` of the pictures, in bytes */

export class Pictures {
  #host;
  #folder;
  #entries;
  /** @type {PictureFile[]} */
  #files = [];

  /**
   * @param {import('./download.js').Downloads} host
   * @param {string} folder of the catalogue, with a slash at its end
   * @param {Entry[]} entries
   */
  constructor(host, folder, entries) {
    this.#host = host;
    this.#folder = folder;
    this.#entries = entries;
  }

  /** @param {(loaded: number, total: number) => void} onProgress */
  async load(onProgress) {
    const total = this.#entries.reduce((sum, { bytes }) => sum + bytes, 0);
    let loaded = 0;
    const add = (/** @type {number} */ bytes) => onProgress((loaded += bytes), total);
    const load = async (/** @type {Entry} */ entry, /** @type {number} */ shard) => {
      this.#files[shard] ??= await this.#file(entry, add);
    };
    await Promise.all(this.#entries.map(load));
  }

  /** Null where the files are not here, or hold none in that place. @param {Iterable<number> | null | undefined} place */
  picture(place) {
    const [shard, index] = place ?? [];
    const file = this.#files[shard];
    if (!file) return null;
    const start = index === 0 ? 0 : file.ends[index - 1];
    const end = file.ends[index];
    return end > start ? file.whole.slice(file.start + start, file.start + end, 'image/webp') : null;
  }

  /** @param {Entry} entry @param {(bytes: number) => void} add */
  async #file(entry, add) {
    try {
      return await this.#attempt(entry, 'default', add);
    } catch (error) {
      if (!(error instanceof TwinlensError) || error.code !== 'bad-shard') throw error;
      return this.#attempt(entry, 'reload', () => {});
    }
  }

  /** @param {Entry} entry @param {'default' | 'reload'} mode @param {(bytes: number) => void} add */
  async #attempt({ file, bytes, sha256 }, mode, add) {
    const url = this.#folder + file;
    const body = await this.#host.open(url, bytes, sha256, mode);
    const pieces = [];
    for (let piece; (piece = await body.next()); add(piece.length)) pieces.push(piece);
    const whole = new Blob(/** @type {BlobPart[]} */ (pieces));
    const found = await hash(whole);
    if (found !== null && found !== sha256) {
      throw new TwinlensError('bad-shard', `shard: expected SHA-256 ${sha256}, found ${found} in ${url}`);
    }
    const read = await layout(whole, url);
    body.accept();
    return read;
  }
}

/** Null where the browser does not hash: in a page that came without encryption. @param {Blob} file */
async function hash(file) {
  if (!globalThis.crypto?.subtle) return null;
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', await file.arrayBuffer()));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** @param {Blob} whole @param {string} url @returns {Promise<PictureFile>} */
async function layout(whole, url) {
  try {
    const length = new DataView(await whole.slice(0, 8).arrayBuffer()).getBigUint64(0, true);
    const data = 8 + Number(length);
    const { pictures, picture_ends: ends } = JSON.parse(await whole.slice(8, data).text());
    const [from, to] = ends.data_offsets;
    const words = new DataView(await whole.slice(data + from, data + to).arrayBuffer());
    // Written little-endian, whatever this machine is.
    const read = Uint32Array.from({ length: words.byteLength / 4 }, (_, index) => words.getUint32(4 * index, true));
    return { whole, start: data + pictures.data_offsets[0], ends: read };
  } catch (error) {
    const found = error instanceof Error ? error.message : String(error);
    throw new TwinlensError('bad-shard', `shard: expected a safetensors file of pictures and picture_ends, found ${found} in ${url}`);
  }
}
