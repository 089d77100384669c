import { Matcher } from './twinlens/twinlens.js';

const matcher = Matcher.load({ models: './models/', catalogue: './catalogue/' });

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
