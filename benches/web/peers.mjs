// Exact search that a page could take from npm. Each puts `search(query: Float32Array): number[]` on the page, over the
// vectors that the set-up made.

/** @typedef {import('playwright-core').Page} Page */

/** hnswlib's brute-force index; it holds f32. @param {Page} page */
export function loadHnswlib(page) {
  return page.evaluate(async () => {
    const read = async (file) => (await fetch(`/search/${file}`)).arrayBuffer();
    const { loadHnswlib } = await import(`${location.origin}/hnswlib-wasm/hnswlib.js`);
    const library = await loadHnswlib();
    const [codes, scales] = [new Int8Array(await read('codes.i8')), new Float32Array(await read('scales.f32'))];
    const width = codes.length / scales.length;
    const index = new library.BruteforceSearch('ip', width);
    index.initIndex(scales.length);
    for (let row = 0; row < scales.length; row += 1) {
      const vector = Float32Array.from(codes.subarray(row * width, (row + 1) * width), (code) => code * scales[row]);
      index.addPoint(vector, row);
    }
    globalThis.search = (query) => index.searchKnn(query, 10, undefined).neighbors;
  });
}

/** sqlite-vec's table of int8 vectors; of the two versions on npm the later does not start. @param {Page} page */
export function loadSqlite(page) {
  return page.evaluate(async () => {
    const read = async (file) => (await fetch(`/search/${file}`)).arrayBuffer();
    const { default: init } = await import(`${location.origin}/sqlite-vec/sqlite3.mjs`);
    const sqlite = await init();
    const [codes, scales] = [new Int8Array(await read('codes.i8')), new Float32Array(await read('scales.f32'))];
    const width = codes.length / scales.length;
    const database = new sqlite.oo1.DB(':memory:');
    database.exec(`create virtual table listings using vec0(vector int8[${width}] distance_metric=cosine)`);
    const insert = database.prepare('insert into listings(rowid, vector) values (?, vec_int8(?))');
    database.exec('begin');
    for (let row = 0; row < scales.length; row += 1) {
      // Row numbers begin at 1.
      insert.bind([row + 1, new Uint8Array(codes.buffer, row * width, width)]).stepReset();
    }
    database.exec('commit');
    insert.finalize();
    const nearest = database.prepare('select rowid from listings where vector match vec_int8(?) and k = 10');
    globalThis.search = (query) => {
      const largest = query.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      const rounded = Int8Array.from(query, (value) => Math.round((value / largest) * 127));
      nearest.bind(1, new Uint8Array(rounded.buffer));
      const found = [];
      while (nearest.step()) found.push(nearest.getInt(0) - 1);
      nearest.reset();
      return found;
    };
  });
}
