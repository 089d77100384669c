const SHELL = { version: "development", files: [] };

// Keeps the files of a published page, all of one version, so that it opens without a network. Catalogue, packs and pictures are
// not its business: the matcher keeps those by their content. What a shopper asks never comes here.

/** @typedef {string | { file: string, sha256: string }} Entry relative to this script; `./` is the page itself */

const worker = /** @type {any} */ (self);
const SCOPE = new URL('./', worker.location.href).href;
/** Several shops may be published under one origin. */
const PREFIX = `twinlens-page ${SCOPE} `;
const CACHE = PREFIX + SHELL.version;
const URLS = new Set(SHELL.files.map((/** @type {Entry} */ entry) => new URL(nameOf(entry), SCOPE).href));

// A new version waits until no page of the one before is open: a page never gets files of two versions.
worker.addEventListener('install', (/** @type {any} */ event) => event.waitUntil(fill()));
worker.addEventListener('activate', (/** @type {any} */ event) => event.waitUntil(dropOthers()));
worker.addEventListener('fetch', (/** @type {any} */ event) => {
  const url = kept(event.request);
  if (url) event.respondWith(answer(event.request, url));
});

async function fill() {
  const cache = await caches.open(CACHE);
  const put = async (/** @type {Entry} */ entry) => {
    const url = new URL(nameOf(entry), SCOPE).href;
    // Named by its content or not, it must be that of this version, which a browser's cache may not have yet.
    const response = await fetch(url, { cache: 'no-cache' });
    if (!response.ok) throw new Error(`${url}: expected HTTP status 200, found ${response.status}`);
    const bytes = await response.arrayBuffer();
    if (typeof entry !== 'string' && (await hash(bytes)) !== entry.sha256) throw new Error(`${url}: expected version ${SHELL.version}, found another`);
    const headers = new Headers(response.headers);
    // The bytes are as they were before they were compressed.
    for (const name of ['content-encoding', 'content-length']) headers.delete(name);
    // Made anew: an answer that came by way of a redirect may not be given to a navigation.
    await cache.put(url, new Response(bytes, { headers }));
  };
  try {
    await Promise.all(SHELL.files.map(put));
  } catch (error) {
    await caches.delete(CACHE);
    throw error;
  }
}

async function dropOthers() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith(PREFIX) && name !== CACHE).map((name) => caches.delete(name)));
}

/** Under which URL a request's answer is kept. @param {Request} request */
function kept({ method, mode, url }) {
  if (method !== 'GET') return undefined;
  const { origin, pathname } = new URL(url);
  // Parameters of a page are read by its script.
  const path = origin + (mode === 'navigate' ? pathname.replace(/\/index\.html$/, '/') : pathname);
  return [url, path, `${path}index.html`].find((each) => URLS.has(each));
}

/** @param {Request} request @param {string} url */
async function answer(request, url) {
  const cache = await caches.open(CACHE);
  // The browser may have cleared it.
  return (await cache.match(url)) ?? fetch(request);
}

/** @param {Entry} entry */
function nameOf(entry) {
  return typeof entry === 'string' ? entry : entry.file;
}

/** @param {ArrayBuffer} bytes */
async function hash(bytes) {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
