/// <reference lib="esnext.disposable" />

/** Where the work runs. `"auto"` takes WebGPU where a real adapter answers and passes its self-test, else the CPU. */
export type DeviceChoice = 'auto' | 'webgpu' | 'cpu';
export type Device = 'webgpu' | 'cpu';
export type Decision = 'Match' | 'Unsure' | 'No-Match';

/**
 * What can be had after the first stage: the encoder of photos, that of words (which refines what the preliminary one finds),
 * the small pictures of listings.
 */
export type Part = 'photo' | 'words' | 'pictures';
export type Stage = 'catalogue' | Part;

/**
 * Bytes so far and in all: of one stage, or of all of them where `load` fetches everything. `total` is 0 while it is not known, and
 * does not change once it is.
 */
export interface Progress {
  /** What has just come. */
  stage: Stage;
  loaded: number;
  total: number;
}

export interface CallOptions {
  /**
   * Rejects at once with code `"aborted"`. A call that still waits for others is dropped; one that runs ends unheard, and what
   * follows waits for it.
   */
  signal?: AbortSignal | null;
}

export interface LoadOptions extends CallOptions {
  /** Folder of the encoders' packs. Relative URLs are resolved against the page. */
  models: URL | string;
  /** Folder with `catalogue.json`. Relative URLs are resolved against the page. */
  catalogue: URL | string;
  /** Default `"auto"`. */
  device?: DeviceChoice;
  /**
   * When `load` resolves: `"all"` (the default) once everything is there; `"first"` once titles can be answered from the
   * catalogue and its preliminary encoder, some hundred kB to 3 MB; the rest comes by `prepare`.
   */
  stage?: 'all' | 'first';
  /**
   * `"auto"` (the default) keeps files on this device by their content, so that the next visit requests none of them: in the
   * Cache, else in the origin's private file system, else until the page goes. `"none"` keeps nothing.
   */
  store?: 'auto' | 'none';
  /** Milliseconds without a sign of life after which a request is given up and made again. Default 20,000. */
  timeout?: number;
  /** Requests of a file without progress before loading fails. Default 4. */
  tries?: number;
  /** Where `worker.js` lies, if not beside the package or where the bundler put it. Relative URLs are resolved against the page. */
  workerUrl?: URL | string;
  /** If it throws, the first error is reported as an uncaught one of the page; loading goes on, and so do the calls. */
  onProgress?: (progress: Progress) => void;
}

export interface PrepareOptions extends CallOptions {
  /** As that of `load`. */
  onProgress?: (progress: Progress) => void;
}

export interface SimilarOptions extends CallOptions {
  /** From 1. Default 10. */
  limit?: number;
  /** Which listings may be given. */
  filter?: Filter | null;
}

export interface BrowseOptions extends SimilarOptions {
  /** How many listings to leave out first. Default 0. */
  offset?: number;
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
  /** Only this part of the photo counts: fractions of its width and height, once it is upright. */
  region?: Region | null;
}

/** A rectangle within 0 to 1, measured from the upper left corner. */
export interface Region {
  x: number;
  y: number;
  width: number;
  height: number;
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
  /** Mean cosine of the query's title and the nearest of the listing's pictures, by joint encoders, −1 to 1. */
  joint: number | null;
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
  | 'image' | 'colourHistogram' | 'phash' | 'joint'
  | 'text' | 'lexical' | 'edit' | 'attributes'
  | 'price' | 'rank' | 'gtin';

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
  /** Null where the shop does not say. */
  inStock: boolean | null;
  /** Listings with the same number are offers of one product; null where the shop does not say. */
  group: number | null;
  /**
   * Which of the listing's pictures is nearest to the query's photo, from 0; null without a photo, and where the nearest is a
   * customer's photo, of which only vectors are published.
   */
  picture: number | null;
  /**
   * That picture, or the listing's first: a small one of type `image/webp`. Null where there is none, and until the pictures are
   * prepared. It holds no URL: `URL.createObjectURL` and its revoking are yours.
   */
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
  /** 0 where the shop does not have the product, or the first hit is surely another; 1 where one listing alone fits. */
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
  fits: Fits;
  /** Ids of the listings that the photo and the title point at, where these are not the same one. */
  prefers: { photo: string; title: string } | null;
  /** Words of the title that no text encoder of the shop reads; empty where all are read. */
  unread: string[];
  /** What was done to the photo that the shopper may not expect; `first-frame` for an animation, `browser-decoded`
   * for AVIF, HEIC, JPEG XL, GIF and BMP, whose pixels are the browser's, `ends-early` where the file does,
   * `barcode-read` for a bar code whose GTIN decides, `several-barcodes` where there are several and none decides. */
  notes: { code: string; message: string }[];
  /** Best first. */
  hits: Hit[];
  /** Whether everything that the query can use was there. If not, the decision is Unsure, but where one piece of evidence decides alone. */
  complete: boolean;
  /** What `prepare` would add to this answer. */
  waiting: ('photo' | 'words')[];
  /** What this query ran on. */
  device: Device;
  timings: Timings;
}

/** Listings that answer no query: neighbours of one, or those of a category. */
export interface Listings {
  hits: Listed[];
  /** How many there are without a limit: the listings of a category, or those that were compared with one (not all of a large shop). */
  total: number;
  device: Device;
  timings: Timings;
}

export type Listed = Pick<
  Hit,
  'id' | 'title' | 'price' | 'currency' | 'url' | 'category' | 'inStock' | 'group' | 'lanes' | 'why' | 'thumbnail'
>;

/** One file that was asked for. */
export interface RequestRecord {
  url: string;
  /** `"runtime"` is the package itself, `"table"` the preliminary encoder. */
  kind: 'runtime' | 'catalogue' | 'table' | Part;
  /** So far. */
  bytes: number;
  /** `"store"`: from this device. */
  from: 'network' | 'store';
  /** Milliseconds since 1970. */
  at: number;
}

export interface Info {
  packs: {
    name: string;
    kind: string;
    dimension: number;
    bytes: number;
    fingerprint: string;
    tokenizerBytes?: number;
    preliminary?: boolean;
    /** Of an encoder of words that are compared with pictures: the encoder of these. */
    pictures?: string;
  }[];
  shards: number;
  listings: number;
  /** Of the shards and all packs. */
  bytes: number;
  pictureBytes: number;
  /** Bytes of WebAssembly memory: the most that was needed so far. */
  memory: number;
  device: Device;
  /** The GPU's name, on `"webgpu"`. */
  adapter: string | null;
  /** Why this device, where there is something to say. */
  reason: string | null;
  /** In the shop's order. */
  categories: { name: string; count: number }[];
  /** Of all listings that have one; null where none has, or where their currencies differ. */
  prices: { min: number; max: number; currency: string | null } | null;
  encoders: { name: string; kind: 'image' | 'text'; preliminary: boolean; bytes: number; attached: boolean }[];
}

export type ErrorCode =
  /** The call's signal. */
  | 'aborted'
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
  /** A photo alone, before `prepare("photo")`. */
  | 'not-ready'
  /** A file that is not on this device, and no network or `offline` set. */
  | 'offline'
  /** The server did not answer, or fell silent, as often as it was tried. */
  | 'timeout'
  /** WebAssembly is missing, switched off or forbidden by the worker's Content-Security-Policy. */
  | 'no-webassembly'
  /** There is no `Worker`. */
  | 'no-worker'
  /** The page may not run the worker's scripts: another origin without CORS, a sandbox, a Content-Security-Policy. */
  | 'worker-blocked'
  /** The worker's script or its WebAssembly did not load, or it stopped; load a new matcher. */
  | 'worker-failed';

export class TwinlensError extends Error {
  name: 'TwinlensError';
  /** Later versions may add codes. */
  code: ErrorCode | (string & {});
  /** Whether the same call can succeed later without anything being changed. */
  retry: boolean;
  constructor(code: string, message: string, options?: { retry?: boolean; cause?: unknown });
}

/** Where a method of it rejects, then with a `TwinlensError`. */
export class Matcher {
  private constructor();
  /** Starts a worker, fetches the catalogue and, unless `stage` is `"first"`, everything else. Aborting it frees all of it. */
  static load(options: LoadOptions): Promise<Matcher>;
  /**
   * Fetches a part and takes it into use; answers go on meanwhile. Calls for the same part share one download, which ends when
   * all of them are aborted and is taken up by the next one. It resolves at once for what is there already.
   */
  prepare(part: Part | 'all', options?: PrepareOptions): Promise<void>;
  match(query: Query, options?: CallOptions): Promise<MatchResult>;
  /** The listings nearest to one, without it, by its own pictures and title. */
  similar(id: string, options?: SimilarOptions): Promise<Listings>;
  /** The listings of a category, or without one of the whole shop, in the shop's order. It stands before a category of the filter. */
  browse(category?: string | null, options?: BrowseOptions): Promise<Listings>;
  /** The listing's picture number `n`, from 0; null where it has none. Waits for `prepare("pictures")`, and starts it. */
  picture(id: string, n?: number, options?: CallOptions): Promise<Blob | null>;
  /** L2-normalised. */
  embedPhoto(photo: Blob | Uint8Array | ArrayBuffer, options?: CallOptions): Promise<Float32Array>;
  /** The photo as it is read, upright and in sRGB, with no side longer than `side` pixels: 1 to 2000, by default 320. */
  previewPhoto(photo: Blob | Uint8Array | ArrayBuffer, side?: number, options?: CallOptions): Promise<ImageData>;
  /** L2-normalised. */
  embedTitle(title: string, options?: CallOptions): Promise<Float32Array>;
  /** Every file that was asked for, in order. None depends on what a query holds. */
  requests(): RequestRecord[];
  /** Whether nothing may be requested any more: what is on this device is all there is. What is being fetched fails. */
  offline: boolean;
  /** As of the latest answer; still there after `close()`. */
  info(): Info;
  /** Stops the worker and frees its memory. What is pending, and every later call, rejects with code `"closed"`. */
  close(): void;
  /** `close()`, for `using`. */
  [Symbol.dispose](): void;
}

/**
 * Registers the service worker of a published shop, so that its page opens without a network from the next visit on. False
 * where the browser has none or refuses.
 */
export function keepPage(serviceWorker: URL | string): Promise<boolean>;

/**
 * Asks the browser not to clear what is kept when space is short. Some ask the user: do it after the first answer, when they
 * know why. False where the browser has no such promise, or does not give it.
 */
export function keepFiles(): Promise<boolean>;
