import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { half, launch, openPage, ready, samples } from './harness.mjs';
import { dropAlteredPhoto, firstCard } from './query.mjs';
import { openShop } from './shop.mjs';

const shop = openShop();

for (const device of ['webgpu', 'cpu']) {
  describe(`on ${device}`, () => {
    /** @type {Awaited<ReturnType<typeof openPage>>} */
    let open;
    before(async () => {
      open = await openPage(shop.browser, `${shop.server.url}?device=${device}`);
      await ready(open.page);
    });
    after(() => open?.context.close());

    test('an altered photo dropped and half the title typed put the product first', async (t) => {
      const { page } = open;
      for (const { file, title } of await samples(page)) {
        await t.test(title, async () => {
          await dropAlteredPhoto(page, file);
          await page.getByLabel('Title').fill(half(title));
          await page.getByRole('button', { name: 'Find product' }).click();
          assert.equal(await firstCard(page), title);
        });
      }
    });

    test('the page says which device ran it and how long each step took', async () => {
      assert.match(await open.page.locator('#device').innerText(), device === 'webgpu' ? /GPU/ : /the CPU/);
      const timings = open.page.getByRole('table', { name: 'How long each step took' });
      for (const step of ['Encode the photo', 'Encode the title', 'Search', 'In all']) {
        assert.match(await timings.getByRole('row', { name: step }).innerText(), /[\d.]+ ms/);
      }
    });

    test('info() names this device', async () => {
      const info = await open.page.evaluate(async () => (await globalThis.twinlens.matcher).info());
      assert.equal(info.device, device);
      assert.ok(info.memory > 0, 'expected the bytes of WebAssembly memory');
      if (device === 'webgpu') assert.ok(info.adapter, 'expected the name of the adapter');
      else assert.ok(info.reason, 'expected the reason for the CPU');
    });

    test('the console is empty and no request left the origin', () => {
      assert.deepEqual(open.trouble, []);
    });
  });
}

test('without WebGPU, auto answers on the CPU and says why', async (t) => {
  const bare = await launch({ webgpu: false });
  t.after(() => bare.close());
  const { page, trouble } = await openPage(bare, shop.server.url);
  await ready(page);
  const [{ title }] = await samples(page);
  await page.getByLabel('Title').fill(title);
  await page.getByRole('button', { name: 'Find product' }).click();
  assert.equal(await firstCard(page), title);
  const info = await page.evaluate(async () => (await globalThis.twinlens.matcher).info());
  // A machine with a GPU of its own may have an adapter without the flag.
  assert.ok(info.device === 'webgpu' ? info.adapter : info.reason, `expected an adapter or a reason, found ${JSON.stringify(info)}`);
  assert.deepEqual(trouble, []);
});

test('a catalogue with an altered shard is refused with a clear error that names both hashes', async (t) => {
  /** @type {string[]} */
  let hashes = [];
  const { page, context } = await openPage(shop.browser, `${shop.server.url}?device=cpu`, (context) =>
    context.route('**/catalogue/**/*.safetensors', async (route) => {
      const response = await route.fetch();
      const altered = Buffer.from(await response.body());
      hashes = [sha256(altered)];
      altered[altered.length - 1] ^= 1;
      hashes.push(sha256(altered));
      await route.fulfill({ response, body: altered });
    }),
  );
  t.after(() => context.close());
  const shown = await page.locator('[role="alert"]:not(:empty)').textContent();
  assert.equal(hashes.length, 2, 'expected a shard to be fetched');
  for (const hash of hashes) assert.ok(shown.includes(hash.slice(0, 12)), `expected ${hash} in: ${shown}`);
  const code = await page.evaluate(() => globalThis.twinlens.matcher.catch((error) => error.code));
  assert.equal(code, 'bad-shard');
});

/** @param {Buffer} bytes */
function sha256(bytes) {
  return createHash('sha256').update(bytes).digest('hex');
}
