import { Matcher } from 'twinlens';

// esbuild bundles a worker where it is told to: build.js does.
const workerUrl = new URL('./worker.js', import.meta.url);

const matcher = Matcher.load({ models: './models/', catalogue: './catalogue/', workerUrl });

const form = document.querySelector('form');
const output = document.querySelector('output');
form.addEventListener('submit', async (event) => {
  event.preventDefault();
  try {
    const { decision, hits } = await (await matcher).match({ title: new FormData(form).get('title') });
    output.textContent = `${decision}: ${hits.map(({ title }) => title).join(', ')}`;
  } catch ({ code, message }) {
    output.textContent = `${code}: ${message}`;
  }
});
