// The code of docs/api.md, as it stands there, on the served page and under its policy.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { checkout, openPage } from './harness.mjs';
import { openShop } from './shop.mjs';

const text = readFileSync(`${checkout}docs/api.md`, 'utf8');
const code = [...text.matchAll(/^```js\n(.*?)^```/gms)].map(([, block]) => block).join('\n');
const shop = openShop();

test('every block of code in docs/api.md runs, one after another', { timeout: 180_000 }, async (t) => {
  // Beside twinlens.js, as the text has it.
  const { page, context } = await openPage(shop.browser, shop.server.url, (context) =>
    context.route('**/api-example.js', (route) => route.fulfill({ body: code, contentType: 'text/javascript' })));
  t.after(() => context.close());
  assert.ok(code.split('await').length > 5, 'expected blocks of code, found fewer');
  const failed = await page.evaluate(() => import('/api-example.js').then(() => null, (error) => `${error.code}: ${error.message}`));
  assert.equal(failed, null);
});

test('every option and every error code of twinlens.d.ts is in docs/api.md', () => {
  const types = readFileSync(`${checkout}www/twinlens.d.ts`, 'utf8');
  const [, options] = /interface LoadOptions.*?\{(.*?)^\}/ms.exec(types) ?? [];
  const [, codes] = /type ErrorCode =(.*?)';$/ms.exec(types) ?? [];
  const names = [...options.matchAll(/^ {2}(\w+)\??:/gm), ...codes.matchAll(/'([a-z-]+)'/g)].map(([, name]) => name);
  assert.ok(names.length > 20, `expected options and codes, found ${names}`);
  for (const name of names) assert.ok(text.includes(`\`${name}\``), `expected \`${name}\` in docs/api.md`);
});
