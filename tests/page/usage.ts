// What a caller in TypeScript may write and may not; types.test.mjs has it checked, nothing runs it.

import { Matcher, TwinlensError } from '../../www/twinlens.js';

export async function everything(photo: Blob): Promise<void> {
  const matcher = await Matcher.load({
    models: new URL('https://shop.example/models/'),
    catalogue: './catalogue/',
    device: 'cpu',
    onProgress: ({ stage, loaded, total }) => console.log(stage, loaded / total),
  });
  const { hits } = await matcher.match({
    photo,
    title: 'laptop',
    price: 999,
    gtin: '04006381333931',
    limit: 3,
    filter: { category: 'computers', minPrice: 100, maxPrice: 2000, inStock: true },
  });
  for (const { id, logOdds, lanes, contributions } of hits) {
    console.log(id.length, logOdds.toFixed(2), lanes.colourHistogram ?? 0, lanes.tfIdf ?? 0, contributions.prior ?? 0);
  }
  const vector: Float32Array = await matcher.embedTitle('laptop');
  const preview: ImageData = await matcher.previewPhoto(photo, 200);
  console.log(preview.width, vector, matcher.info().packs[0]?.dimension);
  matcher.close();
}

export function explain(error: unknown): string {
  if (!(error instanceof TwinlensError)) return 'another error';
  switch (error.code) {
    case 'no-webassembly':
    case 'worker-blocked':
      return error.message;
    default:
      return error.code;
  }
}

export function mistakes(matcher: Matcher): void {
  // @ts-expect-error: made by load
  new Matcher();
  // @ts-expect-error: without a catalogue
  void Matcher.load({ models: './models/' });
  // @ts-expect-error: misspelt
  void matcher.match({ titel: 'laptop' });
  // @ts-expect-error: misspelt
  void matcher.match({ title: 'laptop', filter: { min_price: 100 } });
  // @ts-expect-error: a number loses leading zeros
  void matcher.match({ title: 'laptop', gtin: 4006381333931 });
}
