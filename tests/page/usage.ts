// What a caller in TypeScript may write and may not; types.test.mjs has it checked, nothing runs it.

import { Matcher, TwinlensError, keepFiles, keepPage } from '../../www/twinlens.js';

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

export async function inStages(photo: Blob, signal: AbortSignal): Promise<void> {
  using matcher = await Matcher.load({
    models: './models/',
    catalogue: './catalogue/',
    stage: 'first',
    store: 'none',
    timeout: 5000,
    tries: 2,
    workerUrl: new URL('https://shop.example/worker.js'),
    signal,
  });
  await matcher.prepare('photo', { signal, onProgress: ({ stage }) => console.log(stage satisfies string) });
  const { complete, waiting, hits } = await matcher.match({ photo, region: { x: 0, y: 0, width: 0.5, height: 1 } }, { signal });
  const [first] = hits;
  if (!first || !complete) return console.log(waiting.join());
  const { hits: neighbours } = await matcher.similar(first.id, { limit: 4 });
  const { hits: shelf } = await matcher.browse(first.category ?? '', { offset: neighbours.length });
  const picture: Blob | null = await matcher.picture(shelf[0]?.id ?? first.id, 1);
  matcher.offline = picture !== null;
  for (const { url, kind, bytes, from } of matcher.requests()) console.log(url, kind, bytes, from === 'store');
  await Promise.all([keepPage('./service-worker.js'), keepFiles()]);
}

export function explain(error: unknown): string {
  if (!(error instanceof TwinlensError)) return 'another error';
  switch (error.code) {
    case 'timeout':
      return error.retry ? 'try again' : error.message;
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
  // @ts-expect-error: no such part
  void matcher.prepare('shoes');
  // @ts-expect-error: a signal is an option, not a part of the query
  void matcher.match({ title: 'laptop', signal: AbortSignal.timeout(1) });
  // @ts-expect-error: misspelt
  void matcher.match({ titel: 'laptop' });
  // @ts-expect-error: misspelt
  void matcher.match({ title: 'laptop', filter: { min_price: 100 } });
  // @ts-expect-error: a number loses leading zeros
  void matcher.match({ title: 'laptop', gtin: 4006381333931 });
}
