// The page: it takes a photo, a title or both and shows the products that match, best first.

import { Matcher } from './twinlens.js';
import { clearTimings, showDevice, showTimings } from './page/device.js';
import { element } from './page/element.js';
import { LatestOnly } from './page/latest-only.js';
import { hideProgress, showProgress } from './page/loading.js';
import { PhotoField } from './page/photo-field.js';
import { clearResults, showResults } from './page/results.js';
import { offerSamples } from './page/samples.js';

const form = element('query', HTMLFormElement);
const title = element('title', HTMLInputElement);
const errorLine = element('error');
const results = element('results');

const matcher = Matcher.load({
  models: './models/',
  catalogue: './catalogue/',
  device: /** @type {any} */ (new URLSearchParams(location.search).get('device') ?? 'auto'),
  onProgress: showProgress,
});
// For the developer console and for tests.
Object.assign(globalThis, { twinlens: { Matcher, matcher } });
matcher.then((loaded) => showDevice(loaded.info()), showError).finally(hideProgress);

const photo = new PhotoField(search, async (file) => (await matcher).previewPhoto(file));
offerSamples((file) => photo.take(file), showError);
form.addEventListener('submit', (event) => {
  event.preventDefault();
  search();
});

const searches = new LatestOnly(async (/** @type {import('./twinlens.js').Query} */ query) => {
  const loaded = await matcher;
  return { result: await loaded.match(query), info: loaded.info() };
});

async function search() {
  errorLine.textContent = '';
  results.ariaBusy = 'true';
  // An empty field is no title. Spaces are left as they are: what counts as text is for the encoder to say.
  const query = { photo: photo.file, title: title.value || undefined };
  const outcome = await searches.run(query);
  if (outcome.superseded) return;
  results.ariaBusy = 'false';
  if ('error' in outcome) {
    // The results on the screen are those of an earlier query.
    clearResults();
    clearTimings();
    return showError(outcome.error);
  }
  const { result, info } = outcome.value;
  showResults(result);
  showTimings(result.timings);
  showDevice(info);
}

/** @param {unknown} error */
function showError(error) {
  errorLine.textContent = error instanceof Error ? error.message : String(error);
}
