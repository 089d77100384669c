// node overhead.mjs URL: the share of lanes and fusion in a match over the demo shop, as JSON: the median over the samples
// and several rounds, for queries by photo, by title and by both.

import { half, launch, openPage, samples } from './harness.mjs';

const ROUNDS = 7;

const [url] = process.argv.slice(2);
if (!url) {
  console.error('overhead.mjs: expected the URL of the served page, found no argument');
  process.exit(2);
}

const browser = await launch();
try {
  const { page, trouble } = await openPage(browser, url);
  const queries = (await samples(page)).map(({ file, title }) => ({ file, title: half(title) }));
  const shares = await page.evaluate(measure, { queries, rounds: ROUNDS });
  if (trouble.length) throw new Error(`the page reports ${trouble.join('; ')}`);
  console.log(JSON.stringify(shares));
} finally {
  await browser.close();
}

/** In the page. @param {{ queries: { file: string, title: string }[], rounds: number }} work */
async function measure({ queries, rounds }) {
  const matcher = await globalThis.twinlens.matcher;
  const shares = { photo: [], title: [], both: [] };
  for (let round = 0; round <= rounds; round += 1) {
    for (const { file, title } of queries) {
      const photo = await (await fetch(file)).blob();
      for (const [kind, query] of Object.entries({ photo: { photo }, title: { title }, both: { photo, title } })) {
        const { timings } = await matcher.match(query);
        // The first round warms up.
        if (round > 0) shares[kind].push(timings.fuse / timings.total);
      }
    }
  }
  const median = (values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];
  return Object.fromEntries(Object.entries(shares).map(([kind, values]) => [kind, median(values)]));
}
