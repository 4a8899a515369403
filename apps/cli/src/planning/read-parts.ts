import { FashionMatchError, ItemError } from '@fashionmatch/domain';
import type { AppConfig, QueryPart } from '@fashionmatch/pipeline';

import type { NamedPart } from '../pages/search-page.js';
import { isAddress, pathOf } from './search-query.js';

/** Reads what parts come from standard input or the web; files are read by the search. @throws FashionMatchError, ItemError */
export function readParts(
  parts: readonly NamedPart[],
  config: AppConfig,
  stdin: AsyncIterable<unknown>,
): Promise<QueryPart[]> {
  return Promise.all(
    parts.map(async (part): Promise<QueryPart> => {
      if ('text' in part) return part;
      const { path, weight, region } = part;
      if (path === '-') return { bytes: await allOf(stdin, config.limits.maxFileBytes), weight, region };
      if (!isAddress(path)) return { path: pathOf(path), weight, region };
      const { downloadQueryImage } = await import('@fashionmatch/pipeline');
      return { bytes: await downloadQueryImage(config, path), weight, region };
    }),
  );
}

async function allOf(stdin: AsyncIterable<unknown>, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stdin) {
    if (!(chunk instanceof Uint8Array)) throw new TypeError('Standard input is no bytes');
    bytes += chunk.length;
    if (bytes > maxBytes)
      throw new ItemError('IMAGE_TOO_LARGE', 'standard input has more bytes than an image may have');
    chunks.push(Buffer.from(chunk));
  }
  if (bytes > 0) return Buffer.concat(chunks);
  throw new FashionMatchError('USAGE_INVALID', 'Standard input is empty: pipe an image into it.');
}
