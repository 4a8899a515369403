import { isIPv6 } from 'node:net';

import { LISTING_FIELDS } from '@fashionmatch/domain';
import { z } from 'zod';

import { NEVER_MEANT } from './never-meant.js';

const path = z.string().min(1);
const positiveInteger = z.int().min(1);
const weight = z.number().min(0).max(1e6);

/** Chroma's own rules for collection names, less the room for `_clip` and `_dino`. */
const collectionName = z
  .string()
  .regex(
    /^(?!.*\.\.)(?!(?:\d+\.){3}\d+$)[a-zA-Z0-9][a-zA-Z0-9._-]{1,498}[a-zA-Z0-9]$/,
    'must be 3 to 500 letters, digits, dashes, underscores or single dots, with a letter or digit at both ends, and no IP address',
  );

/** A part of a collection's name. */
const GENERATION_NAME = /^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/;

const fusionWeights = z
  .strictObject({
    clip: weight.default(0.6).describe('How much CLIP counts in the fused score.'),
    dino: weight.default(0.4).describe('How much DINOv2 counts in the fused score.'),
  })
  .refine(({ clip, dino }) => clip + dino > 0, 'must not both be 0')
  .describe('Only their ratio matters.');

/** Measured: a batch of this size is as fast as any on a processor, and small enough to stop soon. */
export const DEFAULT_BATCH_SIZE = 32;

const DEVICES = 'cpu, cuda, cuda:0 (the first card), cuda:all, webgpu, coreml, dml';

const device = z.union([
  z.enum(['cpu', 'cuda', 'cuda:all', 'webgpu', 'coreml', 'dml']),
  z.templateLiteral(['cuda:', z.int().min(0).max(63)]),
]);

/** Two copies on a card would take its memory twice. */
function namesCardTwice(devices: readonly string[]): boolean {
  const cards = devices.filter((name) => name.startsWith('cuda')).map((name) => (name === 'cuda' ? 'cuda:0' : name));
  return new Set(cards).size < cards.length;
}

const models = z.strictObject({
  clip_model: z
    .string()
    .min(1)
    .default('openai/clip-vit-base-patch32')
    .describe(
      'The encoder in the CLIP place: a name of `fashionmatch models list`, a hub repository, a local folder, or builtin/colour-layout.',
    ),
  dino_model: z
    .string()
    .min(1)
    .default('dinov2_vits14')
    .describe('The encoder in the DINOv2 place: a name, a hub repository, a local folder, or builtin/structure.'),
  fusion_weights: fusionWeights.prefault({}),
  device: z
    .union([z.literal('auto'), device, z.array(device).min(1).max(64)], {
      error: `must be one of auto, ${DEVICES}, or a list of them`,
    })
    .refine(
      (devices) => !Array.isArray(devices) || devices.length === 1 || !devices.includes('cuda:all'),
      'must have nothing beside cuda:all: give it alone, or name the cards, such as cuda:0',
    )
    .refine((devices) => !namesCardTwice([devices].flat()), 'must name no card twice (cuda is cuda:0)')
    .default('auto')
    .describe(
      `What runs the models: auto, ${DEVICES}, or a list of them that work at the same time. One that is named but cannot be used ends the run, or is left out of a list with a warning; there is no silent fallback.`,
    ),
  precision: z
    .enum(['fp32', 'fp16', 'int8'])
    .default('fp32')
    .describe('A precision is a space of its own: vectors of two precisions never mix.'),
  resample: z
    .enum(['fast', 'exact'])
    .default('fast')
    .describe('How images are scaled: exact (as the models’ authors do) or fast (50 dB from that on photographs).'),
  colour: z
    .enum(['convert', 'ignore-profiles'])
    .default('convert')
    .describe(
      'What becomes of colour profiles and CMYK: convert them to sRGB, or ignore-profiles, as the Python original did. A space of its own.',
    ),
  threads: z
    .union([z.literal('auto'), positiveInteger.max(256)])
    .default('auto')
    .describe(
      'Threads for each encoder; auto is one for each core. From two on, two copies of a model are loaded, and two encodings run at a time: 1 takes the least memory, and one core.',
    ),
  batch_size: z
    .union([z.literal('auto'), positiveInteger.max(1024)])
    .default(DEFAULT_BATCH_SIZE)
    .describe(`Images an encoding call; auto is ${String(DEFAULT_BATCH_SIZE)}.`),
});

/** An address with more in it, such as a password, must not get as far as a log. */
const host = z
  .string()
  .min(1)
  .refine(
    (text) => /^[\p{L}\p{N}._-]+$/u.test(text) || isIPv6(text),
    'must be a host name or address, without scheme, credentials, port and path',
  );

const urlPath = z
  .string()
  .regex(/^\/[\w.~!$&'()*+,;=:@%/-]*$/, 'must be a path that begins with a slash, such as /chroma, without ? and #');

const headers = z.record(
  z.string().regex(/^[\w!#$%&'*+.^`|~-]+$/),
  z.string().regex(/^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/, 'must be a text without line breaks'),
);

const database = z.strictObject({
  persist_directory: path.default('data/chromadb').describe('Where the embedded Chroma server keeps its data.'),
  collection_name: collectionName.default('fashion_items').describe('The collections are {name}_clip and {name}_dino.'),
  generation: z
    .string()
    .regex(GENERATION_NAME, 'must be up to 40 small letters, digits and dashes, with a letter or digit at both ends')
    .optional()
    .describe('Which generation of the store is opened; the one that serves when not given. --generation is the same.'),
  batch_size: positiveInteger.max(5000).default(100).describe('Items an upsert.'),
  host: host.optional().describe('A Chroma server to use instead of the embedded one.'),
  port: z.int().min(1).max(65_535).optional().describe('Its port; 8000, or 443 with ssl, when not given.'),
  ssl: z.boolean().default(false).describe('Whether it speaks HTTPS.'),
  path: urlPath.optional().describe('What comes before the paths of its API behind a proxy, such as /chroma.'),
  tenant: z.string().min(1).optional().describe('The tenant on that server.'),
  database: z.string().min(1).optional().describe('The database of that tenant.'),
  patience_s: z
    .number()
    .min(0)
    .max(86_400)
    .default(60)
    .describe('How long a run waits for it when it does not answer any more, in seconds; a restart takes that long.'),
  token: z
    .string()
    .min(1)
    .optional()
    // What is write-only, in the words of JSON Schema, is not shown to anybody.
    .meta({ description: 'Its access token; better in the environment, as CHROMA_TOKEN.', writeOnly: true }),
  headers: headers.optional().meta({
    description:
      'Headers for each request, by name. In a value, ${NAME} stands for that variable of the environment; FASHIONMATCH_DATABASE__HEADERS__X_API_KEY gives X-Api-Key.',
    writeOnly: true,
  }),
});

const scraper = z.strictObject({
  output_dir: path.default('data/scraped').describe('The folder of scraped batches.'),
  references_dir: path.default('data/references').describe('The folder of reference images.'),
});

const glob = z.string().min(1).max(1_000);
const globs = z.array(glob).max(1_000);

const columnNames = z.union([z.string().min(1), z.array(z.string().min(1)).max(20)]);

const listingMapping = z.strictObject({
  files: glob.describe('Which files, by a glob for their paths below the scraped folder, such as shop/*.csv.'),
  columns: z
    .partialRecord(z.enum(LISTING_FIELDS), columnNames)
    .describe(
      'For each field the column it stands in, or several of which the first with a value wins; a.b is b in a.',
    ),
  images: z
    .union([glob, globs])
    .optional()
    .describe('Where images lie from the folder of the file: {id}, {id:0:3} for its first three characters, {column}.'),
  currency: z
    .string()
    .regex(/^[A-Z]{3}$/, 'must be a code of ISO 4217, such as EUR')
    .optional()
    .describe('Of prices that name none.'),
  base_url: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('What relative addresses of pages are relative to.'),
});

const sources = z.strictObject({
  listings: z
    .array(listingMapping)
    .max(100)
    .default([])
    .describe(
      'How files of listings are read whose columns are not known: a list of files, columns, images, currency, base_url.',
    ),
  exclude: globs
    .default([])
    .describe(
      'Patterns of files and folders to leave out: without a slash, of a name at any depth; with one, of a path below the folder. --exclude adds to them.',
    ),
  ignore: globs
    .default([...NEVER_MEANT])
    .describe('Patterns of what systems and programs leave behind, left out unless this list is another one.'),
  include_hidden: z.boolean().default(false).describe('Whether names that begin with a dot are listed as well.'),
  download_images: z
    .boolean()
    .default(false)
    .describe('Whether images that a listing has only an address of are downloaded, as with embed --download-images.'),
  allow_private_addresses: z
    .boolean()
    .default(false)
    .describe('Whether they may come from this machine and private networks, and not only from the public internet.'),
});

const limits = z.strictObject({
  max_megapixels: z.number().min(1).max(1000).default(100).describe('Larger images are refused.'),
  max_file_mb: z.number().min(0.001).max(1000).default(100).describe('Larger image files are refused.'),
  allow_outside_paths: z
    .boolean()
    .default(false)
    .describe(
      'Whether batches may name images outside the batch, scraped and working folders; / and the home directory count as no working folder.',
    ),
});

const queueUrl = z
  .url({ protocol: /^rediss?$/, error: 'must be an address such as redis://host:6379/0, or rediss:// with TLS' })
  .refine((text) => {
    const { username, password } = new URL(text);
    return username + password === '';
  }, 'must hold no user and password: they belong in FASHIONMATCH_QUEUE__USERNAME and FASHIONMATCH_QUEUE__PASSWORD, or in the config file');

const servingPlace = z.string().refine((text) => {
  const [, host, port] = /^(?:([\p{L}\p{N}._-]+|\[[\da-f:.]+\]):)?(\d{1,5})$/iu.exec(text) ?? [];
  const isAddress = host?.startsWith('[') !== true || isIPv6(host.slice(1, -1));
  return port !== undefined && Number(port) <= 65_535 && isAddress;
}, 'must be a port, or a host and a port, such as 7070 or 0.0.0.0:7070');

const queue = z.strictObject({
  url: queueUrl
    .optional()
    .describe('The Redis server by which encoding is spread over workers; embed encodes by itself when not given.'),
  username: z.string().min(1).optional().describe('The user there.'),
  password: z.string().min(1).optional().meta({
    description: 'The password there; better in the environment, as FASHIONMATCH_QUEUE__PASSWORD.',
    writeOnly: true,
  }),
  lost_after_s: z
    .number()
    .min(0.5)
    .max(3_600)
    .default(10)
    .describe('After how many seconds without a sign of life a worker is lost, and its images go to others.'),
  serve_images: servingPlace
    .optional()
    .describe(
      'Where workers that have no way to the images get them (worker --fetch): PORT on this machine alone, or HOST:PORT.',
    ),
});

/** The configuration as its file has it: the names and defaults of the original, and ours. */
export const configSchema = z.strictObject({
  models: models.prefault({}),
  database: database.prefault({}),
  scraper: scraper.prefault({}),
  sources: sources.prefault({}),
  limits: limits.prefault({}),
  queue: queue.prefault({}),
});

export type ConfigFile = z.output<typeof configSchema>;

/** What may be given in a file or in code: every key is optional. */
export type ConfigInput = z.input<typeof configSchema>;
