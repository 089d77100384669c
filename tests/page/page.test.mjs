import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { half, launch, openPage, ready, samples } from './harness.mjs';
import { answerTo, dropAlteredPhoto, shownTitles, words } from './query.mjs';
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
          await answerTo(page, () => dropAlteredPhoto(page, file));
          await answerTo(page, () => words(page).fill(half(title)));
          assert.equal((await shownTitles(page))[0], title);
        });
      }
    });

    test('the page says under Details which device ran it and how long it took', async () => {
      const { page } = open;
      await page.locator('.why summary').first().click();
      await page.locator('.details summary').first().click();
      const figures = await page.locator('.details dl').first().innerText();
      assert.match(figures, device === 'webgpu' ? /Worked out on\s+the graphics chip/ : /Worked out on\s+the processor/);
      for (const step of ['photo', 'words']) assert.match(figures, new RegExp(`Time for the ${step}\\s+[\\d,]+ ms`));
      assert.match(figures, /Time in all\s+[\d,]+ ms/);
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
  await answerTo(page, () => words(page).fill(title));
  assert.equal((await shownTitles(page))[0], title);
  const info = await page.evaluate(async () => (await globalThis.twinlens.matcher).info());
  // A machine with a GPU of its own may have an adapter without the flag.
  assert.ok(info.device === 'webgpu' ? info.adapter : info.reason, `expected an adapter or a reason, found ${JSON.stringify(info)}`);
  assert.deepEqual(trouble, []);
});
