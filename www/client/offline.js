// What makes a page of a shop answer in flight mode: its own files in a service worker's cache, and a store that the browser
// does not clear by itself. Both are for the page to ask for, at a moment that suits it.

import { trustedScript } from './script-url.js';

/**
 * Registers the service worker of a published shop; from the next visit on its page opens without a network. False where the
 * browser has none or refuses: private windows, pages without encryption, a Content-Security-Policy.
 *
 * @param {URL | string} url of service-worker.js, which serves pages in its own folder and below
 * @returns {Promise<boolean>}
 */
export async function keepPage(url) {
  try {
    await navigator.serviceWorker.register(trustedScript(new URL(url, document.baseURI).href), { updateViaCache: 'none' });
    return true;
  } catch {
    return false;
  }
}

/**
 * Asks the browser not to clear what is kept when space is short. Some ask the user, so do it when they know why: after the
 * first answer. False where the browser has no such promise, or does not give it.
 *
 * @returns {Promise<boolean>}
 */
export async function keepFiles() {
  try {
    return (await navigator.storage.persisted()) || (await navigator.storage.persist());
  } catch {
    return false;
  }
}
