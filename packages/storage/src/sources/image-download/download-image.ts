import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { readRegularFile } from '../../files/safe-open.js';
import { ImageDownloader, type ImageDownloaderOptions } from './image-downloader.js';
import { ImageFolder } from './image-folder.js';

/**
 * The bytes of the image behind an address. Nothing is kept.
 *
 * @throws ItemError `IMAGE_MISSING`, saying why.
 */
export async function downloadImage(address: string, options: ImageDownloaderOptions): Promise<Buffer> {
  const folder = await mkdtemp(join(await realpath(tmpdir()), 'fashionmatch-download-'));
  try {
    await using downloader = new ImageDownloader(options);
    const { path } = await downloader.download(address, new ImageFolder(folder, [folder]));
    return await readRegularFile(path, { within: [folder], maxBytes: options.maxBytes });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
