import { ItemError } from '@fashionmatch/domain';
import type { LibHeif } from 'libheif-js/libheif-wasm/libheif-bundle.mjs';

import { srgbWriter, type CodedColours } from './coded-colours.js';
import { exifOrientation } from './exif-orientation.js';
import { LibHeifSession } from './libheif-session.js';
import { plainTiff } from './plain-tiff.js';

// Numbers of libheif's own (heif.h).
const RGB = 1;
const INTERLEAVED = 10;
const CHROMA_OF_BYTES = { 3: 10, 4: 11 } as const;
/** Little-endian. */
const CHROMA_OF_WORDS = { 3: 14, 4: 15 } as const;
/** In `heif_security_limits`. */
const MAX_IMAGE_PIXELS_AT = 8;
/** In `heif_decoding_options`. */
const STRICT_DECODING_AT = 21;

const ROTATION = fourCharacters('irot');
const MIRROR = fourCharacters('imir');
const NCLX = fourCharacters('nclx');

/**
 * Decodes the primary image of a HEIC file, which may be a grid; depth, gain maps, thumbnails and further images stay
 * unread. The file's own rotation and mirroring are applied; EXIF's orientation is handed on where there is neither,
 * as Apple's programs take it then.
 *
 * @returns a TIFF file without compression, with the colour profile.
 * @throws ItemError `IMAGE_TOO_LARGE` before anything is decoded; LibHeifError when the file is damaged.
 */
export function readHeic(lib: LibHeif, bytes: Uint8Array, maxPixels: number): Uint8Array<ArrayBuffer> {
  using session = new LibHeifSession(lib);
  const data = session.allocate(bytes.length);
  lib.HEAPU8.set(bytes, data);
  const context = session.own(lib._heif_context_alloc(), (it) => {
    lib._heif_context_free(it);
  });
  // What the picture itself declares may be more than its file does.
  session.setLong(lib._heif_context_get_security_limits(context) + MAX_IMAGE_PIXELS_AT, maxPixels);
  session.check((error) => {
    lib._heif_context_read_from_memory_without_copy(error, context, data, bytes.length, 0);
  });
  const handle = session.own(
    session.out((error, out) => {
      lib._heif_context_get_primary_image_handle(error, context, out);
    }),
    (it) => {
      lib._heif_image_handle_release(it);
    },
  );
  const width = lib._heif_image_handle_get_width(handle);
  const height = lib._heif_image_handle_get_height(handle);
  if (width * height > maxPixels) {
    throw new ItemError(
      'IMAGE_TOO_LARGE',
      `The image has ${String(width)}×${String(height)} pixels, more than the limit of ${String(maxPixels)}`,
    );
  }
  const orientation = orientsItself(lib, context, handle) ? 1 : orientationInExif(session, handle);
  return picture(session, handle, orientation);
}

function orientsItself(lib: LibHeif, context: number, handle: number): boolean {
  const item = lib._heif_image_handle_get_item_id(handle);
  return [ROTATION, MIRROR].some((type) => lib._heif_item_get_properties_of_type(context, item, type, 0, 0) > 0);
}

function orientationInExif(session: LibHeifSession, handle: number): number {
  const { lib } = session;
  const ids = session.allocate(4);
  if (lib._heif_image_handle_get_list_of_metadata_block_IDs(handle, session.text('Exif'), ids, 1) === 0) return 1;
  const id = session.word(ids);
  const block = session.bytes(lib._heif_image_handle_get_metadata_size(handle, id), (error, out) => {
    lib._heif_image_handle_get_metadata(error, handle, id, out);
  });
  return exifOrientation(block);
}

function picture(session: LibHeifSession, handle: number, orientation: number): Uint8Array<ArrayBuffer> {
  const { lib } = session;
  const channels = lib._heif_image_handle_has_alpha_channel(handle) === 1 ? 4 : 3;
  const isDeep = lib._heif_image_handle_get_luma_bits_per_pixel(handle) > 8;
  const chroma = (isDeep ? CHROMA_OF_WORDS : CHROMA_OF_BYTES)[channels];
  const options = session.own(lib._heif_decoding_options_alloc(), (it) => {
    lib._heif_decoding_options_free(it);
  });
  // Otherwise the missing tiles of a file that is cut short are black.
  lib.HEAPU8[options + STRICT_DECODING_AT] = 1;
  const image = session.own(
    session.out((error, out) => {
      lib._heif_decode_image(error, handle, out, RGB, chroma, options);
    }),
    (it) => {
      lib._heif_image_release(it);
    },
  );
  const width = lib._heif_image_get_width(image, INTERLEAVED);
  const height = lib._heif_image_get_height(image, INTERLEAVED);
  const bits = isDeep ? lib._heif_image_get_bits_per_pixel_range(image, INTERLEAVED) : 8;
  const icc = iccProfile(session, handle);
  const colours = icc ? undefined : codedColours(session, handle);
  const { file, pixels } = plainTiff({ width, height, channels, orientation, icc });

  const strideAt = session.allocate(4);
  const plane = lib._heif_image_get_plane_readonly2(image, INTERLEAVED, strideAt);
  const stride = session.word(strideAt);
  const rowLength = width * channels;
  const Values = isDeep ? Uint16Array : Uint8Array;
  const write = srgbWriter({ channels, bits }, colours);
  for (let row = 0; row < height; row++) {
    const values = new Values(lib.HEAPU8.buffer, plane + row * stride, rowLength);
    write(values, pixels.subarray(row * rowLength, (row + 1) * rowLength));
  }
  if (lib._heif_image_handle_is_premultiplied_alpha(handle) === 1) divideByAlpha(pixels);
  return file;
}

function iccProfile(session: LibHeifSession, handle: number): Uint8Array | undefined {
  const { lib } = session;
  const size = lib._heif_image_handle_get_raw_color_profile_size(handle);
  if (size === 0) return undefined;
  return session.bytes(size, (error, out) => {
    lib._heif_image_handle_get_raw_color_profile(error, handle, out);
  });
}

function codedColours(session: LibHeifSession, handle: number): CodedColours | undefined {
  const { lib } = session;
  if (lib._heif_image_handle_get_color_profile_type(handle) !== NCLX) return undefined;
  const nclx = session.own(
    session.out((error, out) => {
      lib._heif_image_handle_get_nclx_color_profile(error, handle, out);
    }),
    (it) => {
      lib._heif_nclx_color_profile_free(it);
    },
  );
  return { primaries: session.word(nclx + 4), transfer: session.word(nclx + 8) };
}

function divideByAlpha(pixels: Uint8Array): void {
  for (let i = 0; i < pixels.length; i += 4) {
    const alpha = pixels[i + 3] ?? 255;
    if (alpha === 0) continue;
    for (let c = i; c < i + 3; c++) pixels[c] = Math.min(255, Math.round(((pixels[c] ?? 0) * 255) / alpha));
  }
}

function fourCharacters(name: string): number {
  return Buffer.from(name, 'latin1').readUInt32BE();
}
