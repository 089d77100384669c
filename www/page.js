// The page around the element: which language and which device, and the matcher for the console and for tests.

import { Matcher, keepFiles, keepPage } from './twinlens.js';

const element = /** @type {import('./twinlens-search.js').TwinlensSearch} */ (document.querySelector('twinlens-search'));
const links = /** @type {NodeListOf<HTMLAnchorElement>} */ (document.querySelectorAll('nav a[lang]'));
const parameters = new URLSearchParams(location.search);

/** The one that was chosen, else the shop's, else the first of the browser's that the page has. */
function language() {
  const offered = [...links].map((link) => link.lang);
  const wanted = [parameters.get('lang'), element.getAttribute('lang'), ...navigator.languages].map((name) => name?.toLowerCase().split('-')[0]);
  return wanted.find((name) => name && offered.includes(name)) ?? 'en';
}

/** @param {string} chosen */
function speak(chosen) {
  document.documentElement.lang = chosen;
  element.lang = chosen;
  sayAround(chosen).catch(() => {
    // Its file did not arrive: the page's English stays.
  });
  for (const link of links) {
    if (link.lang === chosen) link.setAttribute('aria-current', 'true');
    else link.removeAttribute('aria-current');
  }
}

/** What the page itself says, around the element. @param {string} chosen */
async function sayAround(chosen) {
  const { default: strings } = await import(`./lang/${chosen}.js`);
  if (element.lang !== chosen) return;
  for (const node of document.querySelectorAll('[data-say]')) node.textContent = strings[node.getAttribute('data-say') ?? ''];
  for (const node of document.querySelectorAll('[data-name]')) node.setAttribute('aria-label', strings[node.getAttribute('data-name') ?? '']);
}

speak(language());
for (const link of links) {
  link.addEventListener('click', (event) => {
    event.preventDefault();
    speak(link.lang);
    parameters.set('lang', link.lang);
    history.replaceState(history.state, '', `?${parameters}`);
  });
}
// What lets the page open without a network is fetched before anything of the shopper's is read, so that nothing is after.
element.addEventListener('twinlens-ready', () => void keepPage('./service-worker.js'), { once: true });
// Browsers may ask: from the first answer on the shopper knows why.
element.addEventListener('twinlens-answer', () => void keepFiles(), { once: true });
const device = parameters.get('device');
if (device) element.setAttribute('device', device);
// Only now, so that it draws itself once, in the right language.
void import('./twinlens-search.js');

/** The page's own matcher with all there is, which the first look at it starts loading. @type {Promise<Matcher> | undefined} */
let whole;

async function load() {
  await customElements.whenDefined('twinlens-search');
  const matcher = await element.matcher;
  await matcher.prepare('all');
  return matcher;
}

const twinlens = {
  Matcher,
  get matcher() {
    whole ??= load();
    return whole;
  },
};
// For the developer console and for tests.
Object.defineProperty(globalThis, 'twinlens', { configurable: true, value: twinlens });
