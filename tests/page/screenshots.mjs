// node screenshots.mjs: makes the README's pictures of the page, docs/page-*.png, with the demo shop.

import { PHONE, checkout, launch, openPage, startServer } from './harness.mjs';
import { answerTo, choosePhoto, samplePath, words } from './query.mjs';

const LAPTOP = { viewport: { width: 1024, height: 640 } };
/** A shop's own page with the element in it. */
const SHOP = `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Linden</title>
  <style>
    :root { color-scheme: light; }
    body { margin: 0; background: #f6f1e7; color: #33261b; font: 17px/1.5 "Palatino Linotype", Palatino, P052, Georgia, "DejaVu Serif", serif; }
    header, main { max-width: 960px; margin: 0 auto; padding: 0 32px; }
    header { display: flex; align-items: center; justify-content: space-between; min-height: 64px; border-bottom: 1px solid #33261b33; }
    header b { font-size: 24px; } nav { display: flex; gap: 28px; }
    h1 { margin: 20px 0 0; font-size: 28px; font-weight: 400; } main > p { margin: 0 0 12px; }
    twinlens-search { --twinlens-accent: #9c3d22; --twinlens-ground: #f6f1e7; --twinlens-gutter: 0px; }
  </style><script type="module" src="twinlens-search.js"></script></head>
  <body><header><b>Linden</b><nav><span>Seating</span><span>Tables</span><span>Lighting</span></nav></header>
  <main><h1>Seen a chair you like?</h1><p>Show us a photo, and we tell you whether it is one of ours.</p>
  <twinlens-search catalogue="./catalogue/" models="./models/"></twinlens-search></main></body></html>`;

/** @typedef {import('playwright-core').Page} Page */
const photo = (/** @type {string} */ name) => (/** @type {Page} */ page) => answerTo(page, () => choosePhoto(page, samplePath(`demo/photos/${name}.jpg`)));

/** @type {{ name: string, path?: string, options: import('playwright-core').BrowserContextOptions, act: (page: Page) => Promise<unknown> }[]} */
const PICTURES = [
  { name: 'laptop', options: LAPTOP, act: (page) => answerTo(page, () => words(page).fill('sofa')) },
  { name: 'phone', options: { ...PHONE, deviceScaleFactor: 1 }, act: photo('camera') },
  { name: 'dark', options: { ...PHONE, deviceScaleFactor: 1, colorScheme: 'dark' }, act: (page) => page.locator('.sample img').last().waitFor() },
  {
    name: 'why', options: { viewport: { width: 1024, height: 940 } }, act: async (page) => {
      await words(page).fill('instant');
      await photo('camera')(page);
      await page.locator('.why summary').first().click();
      await page.locator('.why').first().evaluate((why) => why.scrollIntoView({ block: 'end' }));
    },
  },
  { name: 'in-a-shop', path: 'linden', options: LAPTOP, act: photo('chair') },
];

const [server, browser] = await Promise.all([startServer(), launch()]);
try {
  for (const { name, path = '', options, act } of PICTURES) {
    const { page, context } = await openPage(browser, `${server.url}${path}`, (context) => context.route('**/linden', (route) => route.fulfill({ contentType: 'text/html', body: SHOP })), options);
    await words(page).waitFor();
    await act(page);
    await page.waitForLoadState('networkidle');
    await page.evaluate(() => /** @type {HTMLElement} */ (document.activeElement)?.blur());
    await page.screenshot({ path: `${checkout}docs/page-${name}.png` });
    await context.close();
  }
} finally {
  await browser.close();
  server.stop();
}
