// node check.mjs URL: one photo + title match through the served page, its result as one line of JSON, exit 1 if wrong.

import { half, launch, openPage, samples } from './harness.mjs';

const [url] = process.argv.slice(2);
if (!url) {
  console.error('check.mjs: expected the URL of the served page, found no argument');
  process.exit(2);
}

const browser = await launch();
try {
  const { page, trouble } = await openPage(browser, url);
  const [{ file, title }] = await samples(page);
  const report = await page.evaluate(match, { file, title: half(title) });
  const ok = report.first?.title === title && trouble.length === 0;
  console.log(JSON.stringify({ ok, expected: title, ...report, ...(trouble.length ? { trouble } : {}) }));
  process.exitCode = ok ? 0 : 1;
} finally {
  await browser.close();
}

/** In the page. @param {{ file: string, title: string }} query */
async function match({ file, title }) {
  try {
    const matcher = await globalThis.twinlens.matcher;
    const photo = await (await fetch(file)).blob();
    const { hits, decision, device, timings } = await matcher.match({ photo, title });
    const [first] = hits.map(({ id, title, probability }) => ({ id, title, probability }));
    return { device, first, decision, timings, info: matcher.info() };
  } catch ({ code, message }) {
    return { error: { code, message } };
  }
}
