import { create, element } from './element.js';

/** @typedef {{ file: string, title: string }} Sample */

/**
 * Photos for visitors who have none at hand, as index.html lists them.
 *
 * @param {(photo: File) => void} onPhoto
 * @param {(error: unknown) => void} onError
 */
export function offerSamples(onPhoto, onError) {
  /** @type {Sample[]} */
  const samples = JSON.parse(element('samples').textContent || '[]');
  element('sample-row').hidden = samples.length === 0;
  element('sample-list').append(...samples.map((sample) => create('li', '', button(sample, onPhoto, onError))));
}

/**
 * @param {Sample} sample
 * @param {(photo: File) => void} onPhoto
 * @param {(error: unknown) => void} onError
 */
function button({ file, title }, onPhoto, onError) {
  const picture = document.createElement('img');
  picture.src = file;
  picture.alt = '';
  picture.loading = 'lazy';
  const made = create('button', 'sample', picture, title);
  made.setAttribute('type', 'button');
  made.addEventListener('click', () => fetchPhoto(file).then(onPhoto, onError));
  return made;
}

/** @param {string} file */
async function fetchPhoto(file) {
  const response = await fetch(file);
  if (!response.ok) throw new Error(`sample photo: expected HTTP 200, found ${response.status} at ${file}`);
  return new File([await response.blob()], file.slice(file.lastIndexOf('/') + 1));
}
