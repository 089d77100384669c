// The steps of a shopper on the page.

/** @typedef {import('playwright-core').Page} Page */

/**
 * Drops a photo on the drop zone. It is the demo's, cropped by a tenth on each side and brightened, in place of another
 * photo of the product.
 *
 * @param {Page} page
 * @param {string} file
 */
export async function dropAlteredPhoto(page, file) {
  await page.evaluate(async (file) => {
    const original = await createImageBitmap(await (await fetch(file)).blob());
    const { width, height } = original;
    const canvas = new OffscreenCanvas(Math.round(width * 0.8), Math.round(height * 0.8));
    const context = canvas.getContext('2d');
    context.filter = 'brightness(1.2)';
    context.drawImage(original, -width * 0.1, -height * 0.1);
    const blob = await canvas.convertToBlob({ type: 'image/jpeg', quality: 0.85 });

    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File([blob], 'my-photo.jpg', { type: blob.type }));
    const zone = document.getElementById('drop');
    for (const type of ['dragenter', 'dragover', 'drop']) {
      zone.dispatchEvent(new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true }));
    }
  }, file);
}

/**
 * The title on the first card, once the search has ended.
 *
 * @param {Page} page
 */
export async function firstCard(page) {
  const card = page.locator('#results[aria-busy="false"] > .card').first();
  const alert = page.locator('[role="alert"]:not(:empty)');
  await card.or(alert).first().waitFor();
  if (await alert.count()) throw new Error(`the page shows an error: ${await alert.textContent()}`);
  return card.locator('h3').textContent();
}

/**
 * Calls the page's own matcher and gives its error as data.
 *
 * @param {Page} page
 * @param {{ bytes?: number[], title?: string }} query
 */
export function matchError(page, query) {
  return page.evaluate(async ({ bytes, title }) => {
    const matcher = await globalThis.twinlens.matcher;
    const photo = bytes && new Uint8Array(bytes);
    return matcher.match({ photo, title }).then(
      () => ({ name: 'no error', code: '', message: '' }),
      ({ name, code, message }) => ({ name, code, message }),
    );
  }, query);
}
