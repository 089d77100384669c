// Opens files for the WebAssembly side, which hashes what arrives and says whether it is to be kept. Nothing is stored yet
// beside the browser's own cache.

/** @type {Record<string, RequestCache>} */
const CACHES = { default: 'default', revalidate: 'no-cache', reload: 'reload' };

export const host = {
  /**
   * @param {string} url
   * @param {number | undefined} bytes
   * @param {string | undefined} sha256
   * @param {string} mode
   */
  async open(url, bytes, sha256, mode) {
    let response = await fetch(url, { cache: CACHES[mode] });
    // A cache may hold an answer from when there was no such file.
    if (!response.ok && mode === 'default') response = await fetch(url, { cache: 'reload' });
    if (!response.ok) throw new Error(`expected HTTP status 200, found ${response.status} in ${url}`);
    const reader = response.body?.getReader();
    return {
      next: async () => (await reader?.read())?.value,
      accept() {},
      cancel: () => void reader?.cancel().catch(() => {}),
    };
  },
};

/**
 * The files of a catalogue's pictures, each whole.
 *
 * @param {string} url
 * @param {{ bytes: number, sha256: string }} entry
 * @param {(bytes: number) => void} onBytes
 */
export async function pictureFile(url, { bytes, sha256 }, onBytes) {
  for (const mode of ['default', 'reload']) {
    const body = await host.open(url, bytes, sha256, mode);
    const file = new Uint8Array(bytes);
    let at = 0;
    for (let piece = await body.next(); piece; piece = await body.next()) {
      if (at + piece.length <= bytes) file.set(piece, at);
      at += piece.length;
      onBytes(piece.length);
    }
    const found = at === bytes ? hex(await crypto.subtle.digest('SHA-256', file)) : '';
    if (found === sha256) {
      body.accept();
      return new Pictures(file);
    }
  }
  throw { code: 'bad-shard', message: `pictures: expected ${bytes} bytes with SHA-256 ${sha256}, found others in ${url}` };
}

/** @param {ArrayBuffer} digest */
function hex(digest) {
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** A file of pictures: safetensors, whose hash has vouched for its form. */
class Pictures {
  /** @param {Uint8Array<ArrayBuffer>} file */
  constructor(file) {
    const view = new DataView(file.buffer);
    const start = 8 + Number(view.getBigUint64(0, true));
    const header = JSON.parse(new TextDecoder().decode(file.subarray(8, start)));
    const tensor = (/** @type {string} */ name) => file.subarray(...header[name].data_offsets.map((/** @type {number} */ at) => start + at));
    this.bytes = tensor('pictures');
    this.ends = tensor('picture_ends');
  }

  /** @param {number} row */
  get(row) {
    const ends = new DataView(this.ends.buffer, this.ends.byteOffset, this.ends.byteLength);
    const start = row > 0 ? ends.getUint32((row - 1) * 4, true) : 0;
    const picture = this.bytes.subarray(start, ends.getUint32(row * 4, true));
    return picture.length > 0 ? new Blob([picture], { type: 'image/webp' }) : null;
  }
}
