// node sample-photos.mjs ORIGINALS PHOTOS: makes the demo's sample photos. No second photo of its products is free to use, so each
// is the shop's own as a shopper might have taken it: from another place, held at an angle, cut, in another light, and saved again.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { launch } from './harness.mjs';

const [originals, photos] = process.argv.slice(2);
if (!originals || !photos) {
  console.error('sample-photos.mjs: expected two folders, found too few arguments');
  process.exit(2);
}

/** Pixels of a photo's sides. */
const [WIDTH, HEIGHT] = [840, 840];

/** @type {{ file: string, original: string, width: number, left: number, top: number, transform: string, filter: string, light: string }[]} */
const PHOTOS = [
  {
    file: 'camera.jpg', original: 'eniko-kis-663725-unsplash.jpg', width: 1700, left: -470, top: -290,
    transform: 'perspective(1500px) rotateY(-17deg) rotateX(5deg) rotate(-5deg)', filter: 'sepia(0.34) brightness(0.93) contrast(0.95)',
    light: 'radial-gradient(circle at 25% 15%, rgb(255 226 170 / 0.3), transparent 60%)',
  },
  {
    file: 'chair.jpg', original: 'kari-shea-398668-unsplash.jpg', width: 1050, left: -110, top: -400,
    transform: 'perspective(1600px) rotateY(13deg) rotate(4deg)', filter: 'brightness(1.16) saturate(0.72) hue-rotate(-6deg)',
    light: 'linear-gradient(100deg, rgb(190 215 255 / 0.28), transparent 55%)',
  },
  {
    file: 'laptop.jpg', original: 'derick-david-409858-unsplash.jpg', width: 1420, left: -290, top: -150,
    transform: 'perspective(1400px) rotateX(10deg) rotateY(10deg) rotate(5deg)', filter: 'brightness(1.35) contrast(0.85) saturate(0.85)',
    light: 'linear-gradient(160deg, rgb(255 255 255 / 0.1), transparent 60%)',
  },
];

const browser = await launch();
try {
  const page = await browser.newPage({ viewport: { width: WIDTH, height: HEIGHT } });
  for (const { file, original, ...look } of PHOTOS) {
    const picture = `data:image/jpeg;base64,${readFileSync(join(originals, original)).toString('base64')}`;
    await page.setContent('<body style="margin:0;overflow:hidden;background:#1a1a1a"><img style="position:absolute"><div style="position:absolute;inset:0"></div>');
    await page.evaluate(async ({ picture, look: { width, left, top, transform, filter, light } }) => {
      const img = /** @type {HTMLImageElement} */ (document.querySelector('img'));
      img.src = picture;
      await img.decode();
      Object.assign(img.style, { width: `${width}px`, left: `${left}px`, top: `${top}px`, transform, filter });
      /** @type {HTMLElement} */ (document.querySelector('div')).style.background = light;
    }, { picture, look });
    writeFileSync(join(photos, file), await page.screenshot({ type: 'jpeg', quality: 76 }));
  }
} finally {
  await browser.close();
}
