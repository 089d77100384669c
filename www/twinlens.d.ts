/** Where the work runs. `"auto"` takes WebGPU where a real adapter answers and passes its self-test, else the CPU. */
export type DeviceChoice = 'auto' | 'webgpu' | 'cpu';
export type Device = 'webgpu' | 'cpu';
export type Decision = 'Match' | 'Unsure' | 'No-Match';

/** Bytes so far and in all, over every file that loading needs; `total` is 0 while it is not known. */
export interface Progress {
  /** What is being fetched: the catalogue with what answers first, encoders of photos, encoders of words, or pictures. */
  stage: 'catalogue' | 'photo' | 'words' | 'pictures';
  loaded: number;
  total: number;
}

export interface LoadOptions {
  /** Folder of the encoders' packs. Relative URLs are resolved against the page. */
  models: URL | string;
  /** Folder with `catalogue.json`. Relative URLs are resolved against the page. */
  catalogue: URL | string;
  /** Default `"auto"`. */
  device?: DeviceChoice;
  /** `"all"` (the default) loads everything; `"first"` the catalogue and what answers words at once, `prepare` the rest. */
  stage?: 'all' | 'first';
  /** If it throws, the first error is reported as an uncaught one of the page; loading goes on, and so do the calls. */
  onProgress?: (progress: Progress) => void;
}

/** Which listings can be hits; the others are left out before the search. A key that is missing or null asks for nothing. */
export interface Filter {
  /** The listing's category, letter by letter. */
  category?: string | null;
  /** The lowest price, inclusive, in the shop's currency, from 0. Listings without a price are left out. */
  minPrice?: number | null;
  /** The highest price, inclusive, likewise and not below `minPrice`. */
  maxPrice?: number | null;
  /** `true` leaves out listings that are known to be out of stock. */
  inStock?: boolean | null;
}

/** At least one of `photo` and `title`. A key that is not listed here is a `bad-argument`, as in `filter`. */
export interface Query {
  /**
   * A picture file: JPEG, PNG, WebP, GIF or BMP, and AVIF, HEIC or JPEG XL where the browser decodes it. The bytes are copied,
   * yours stay as they are.
   */
  photo?: Blob | Uint8Array | ArrayBuffer | null;
  title?: string | null;
  /** What the product costs elsewhere, from 0, in the shop's currency: evidence that weighs, not a filter. */
  price?: number | null;
  /**
   * GTIN-8, -12, -13 or -14 (EAN, UPC), all digits with the check digit. A listing with the same one is the product. Without one,
   * and without one in the title, a bar code in the photo is read where the shop has GTINs.
   */
  gtin?: string | null;
  /** How many hits at most, from 1. Default 10. */
  limit?: number | null;
  filter?: Filter | null;
  /** Which part of the upright photo is meant, in fractions of its width and height, 0 to 1. */
  region?: { x: number; y: number; width: number; height: number } | null;
}

export interface Lanes {
  /** Mean cosine of the pictures' vectors, −1 to 1. */
  image: number | null;
  /** How alike the pictures' colours are, 0 to 1. */
  colourHistogram: number | null;
  /** Bits in which the perceptual hashes differ, 0 to 64. */
  phash: number | null;
  /** Mean cosine of the titles' vectors, −1 to 1. */
  text: number | null;
  /** Cosine of the TF-IDF vectors of character trigrams, 0 to 1. */
  tfIdf: number | null;
  /** BM25 over words, 0 to 1. */
  bm25: number | null;
  /** Levenshtein similarity of the titles, 0 to 1. */
  levenshtein: number | null;
  /** Words of both titles over words of either, 0 to 1. */
  jaccard: number | null;
  /** Share of the query's words, by rarity, that the listing has, 0 to 1. */
  coverage: number | null;
  /** Worst contradiction or best agreement in model numbers, quantities, sizes, colours and editions, −1 to 1. */
  attributes: number | null;
  /** Logarithm of the ratio of the prices, −4 to 0. */
  price: number | null;
  /** Whether the GTINs are the same. */
  gtin: boolean | null;
}

/** `prior` are the log-odds before any evidence, `rank` is the hit's score relative to those of the other candidates. */
export type ContributingLane =
  | 'prior'
  | 'image'
  | 'colourHistogram'
  | 'phash'
  | 'text'
  | 'lexical'
  | 'edit'
  | 'attributes'
  | 'price'
  | 'rank'
  | 'gtin';

export interface Hit {
  id: string;
  title: string;
  /** That this listing is the product, 0 to 1: calibrated, of a hundred hits at 0.9 some ninety are. */
  probability: number;
  decision: Decision;
  /** The evidence by lane; a lane without evidence is absent or null. */
  lanes: Partial<Lanes>;
  /** The natural logarithm of the odds of `probability`. */
  logOdds: number;
  /** @deprecated The former name of `logOdds`, with the same value. */
  log_odds: number;
  /** What each lane adds to `logOdds`; they add up to it. */
  contributions: Partial<Record<ContributingLane, number>>;
  /** The reasons, one sentence each. */
  why: string[];
  price: number | null;
  /** Of the price: an ISO 4217 code, or the sign as the merchant writes it where several currencies share it. */
  currency: string | null;
  url: string | null;
  category: string | null;
  /** Null where it is not known. */
  inStock: boolean | null;
  /** Listings with the same number are the same product. */
  group: number | null;
  /**
   * Which of the listing's pictures is nearest to the query's photo, from 0; null without a photo, and where the nearest is a
   * customer's photo, of which only vectors are published.
   */
  picture: number | null;
  /** That picture, or the listing's first: a small one of type `image/webp`; null while the pictures are not loaded. It holds no URL: `URL.createObjectURL` and its revoking are yours. */
  thumbnail: Blob | null;
}

/** Milliseconds; 0 or null for a step that the query did not need. */
export interface Timings {
  decode: number | null;
  embedPhoto: number | null;
  embedTitle: number | null;
  /** Retrieval: the nearest vectors, the lexical index, perceptual hashes and GTINs. */
  search: number | null;
  /** Of `search`, the nearest vectors alone. */
  scan: number | null;
  /** Lanes, fusion and reasons. */
  fuse: number | null;
  total: number;
}

/** How many listings the query fits, and what would tell them apart. */
export interface Fits {
  /** 0 where the shop does not have the product, 1 where one listing alone fits. */
  count: number;
  /** The attribute in which the listings differ, `"colour"` for example; null where there is no such one. */
  differIn: string | null;
  /** In the order of the hits, what each listing has in its title that not all of them have. */
  values: string[];
}

export interface MatchResult {
  /** Match: the best hit is the product. No-Match: this shop does not have it. Unsure: neither can be said. */
  decision: Decision;
  /** That the best hit is the product, 0 to 1. */
  probability: number;
  /** That the shop has the product, whichever listing it is, 0 to 1; not below `probability`. */
  presence: number;
  /** Whether all was loaded that the query uses. An answer that is not complete is Unsure, but where a GTIN or the whole title decides. */
  complete: boolean;
  /** What was not. */
  waiting: ('photo' | 'words')[];
  fits: Fits;
  /** Ids of the listings that the photo and the title point at, where these are not the same one. */
  prefers: { photo: string; title: string } | null;
  /** Words of the title that no text encoder of the shop reads; empty where all are read. */
  unread: string[];
  /** What was done to the photo that the shopper may not expect; `first-frame` for an animation, `browser-decoded`
   * for AVIF, HEIC and JPEG XL, whose pixels are the browser's, `ends-early` where the file does,
   * `barcode-read` for a bar code whose GTIN decides, `several-barcodes` where there are several and none decides. */
  notes: { code: string; message: string }[];
  /** Best first. */
  hits: Hit[];
  /** What this query ran on. */
  device: Device;
  timings: Timings;
}

/** Listings without a query. */
export interface Listings {
  hits: Listed[];
  /** How many there are without a limit. */
  total: number;
  device: Device;
  timings: Timings;
}

export interface Listed {
  id: string;
  title: string;
  price: number | null;
  currency: string | null;
  url: string | null;
  category: string | null;
  inStock: boolean | null;
  group: number | null;
  lanes: Partial<Lanes>;
  why: string[];
  thumbnail: Blob | null;
}

export interface Info {
  packs: { name: string; kind: string; dimension: number; bytes: number; fingerprint: string; tokenizerBytes?: number; preliminary?: boolean }[];
  encoders: { name: string; kind: 'image' | 'text'; preliminary: boolean; bytes: number; attached: boolean }[];
  shards: number;
  listings: number;
  /** Of the shards and all packs. */
  bytes: number;
  pictureBytes: number;
  /** In the shop's order. */
  categories: { name: string; count: number }[];
  prices: { min: number; max: number; currency: string | null } | null;
  /** Bytes of WebAssembly memory: the most that was needed so far. */
  memory: number;
  device: Device;
  /** The GPU's name, on `"webgpu"`. */
  adapter: string | null;
  /** Why this device, where there is something to say. */
  reason: string | null;
}

export type ErrorCode =
  | 'bad-argument'
  | 'bad-manifest'
  | 'bad-pack'
  | 'bad-photo'
  | 'bad-shard'
  | 'bad-title'
  /** `close()` was called. */
  | 'closed'
  /** Neither photo nor title. */
  | 'empty-query'
  | 'gpu-failed'
  /** A fault of Twinlens itself; this matcher answers nothing else from then on. */
  | 'internal'
  /** The network or a file failed. */
  | 'io'
  /** `device: "webgpu"` without WebGPU. */
  | 'no-device'
  /** WebAssembly is there but has no SIMD: the browser is older than 2023. */
  | 'no-simd'
  /** WebAssembly is missing, switched off or forbidden by the worker's Content-Security-Policy. */
  | 'no-webassembly'
  /** The query needs an encoder that is still to be loaded: `prepare` it. */
  | 'not-ready'
  /** There is no `Worker`. */
  | 'no-worker'
  /** The page may not run the worker's scripts: another origin without CORS, a sandbox, a Content-Security-Policy. */
  | 'worker-blocked'
  /** The worker's scripts did not load, or it stopped; load a new matcher. */
  | 'worker-failed';

export class TwinlensError extends Error {
  name: 'TwinlensError';
  /** Later versions may add codes. */
  code: ErrorCode | (string & {});
  constructor(code: string, message: string);
}

/** Where a method of it rejects, then with a `TwinlensError`. */
export class Matcher {
  private constructor();
  /** Starts a worker, fetches encoders and catalogue, and makes ready. */
  static load(options: LoadOptions): Promise<Matcher>;
  match(query: Query): Promise<MatchResult>;
  /** Loads what is missing for photos, for words, or the pictures. */
  prepare(what: 'photo' | 'words' | 'pictures' | 'all', options?: { onProgress?: (progress: Progress) => void }): Promise<void>;
  /** What is like one of the listings, best first. */
  similar(id: string, options?: { limit?: number }): Promise<Listings>;
  /** The listings of a category, or of the whole shop, in the shop's order. */
  browse(category: string | null, options?: { limit?: number; offset?: number }): Promise<Listings>;
  /** A picture of a listing; null where it has none. */
  picture(id: string, n?: number): Promise<Blob | null>;
  /** L2-normalised. */
  embedPhoto(photo: Blob | Uint8Array | ArrayBuffer): Promise<Float32Array>;
  /** The photo as it is read, upright and in sRGB, with no side longer than `side` pixels: 1 to 2000, by default 320. */
  previewPhoto(photo: Blob | Uint8Array | ArrayBuffer, side?: number): Promise<ImageData>;
  /** L2-normalised. */
  embedTitle(title: string): Promise<Float32Array>;
  /** As of the latest answer; still there after `close()`. */
  info(): Info;
  /** Stops the worker and frees its memory. What is pending, and every later call, rejects with code `"closed"`. */
  close(): void;
}
