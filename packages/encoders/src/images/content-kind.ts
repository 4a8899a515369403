const HEIF_BRANDS_OF_AVIF = new Set(['avif', 'avis']);
const HEIF_BRANDS_OF_HEIC = new Set(['heic', 'heix', 'heim', 'heis', 'hevc', 'hevx', 'hevm', 'hevs']);
/** Say that there are images, and not how they are coded: some files have no other. */
const HEIF_BRANDS_OF_ANY = new Set(['mif1', 'msf1']);

/** Enough for every signature below; a `ftyp` box is never longer in practice. */
const SIGNATURE_BYTES = 256;

/** The boxes that describe a HEIF file's images come first, and their pixels after them. */
const HEIF_DESCRIPTION_BYTES = 64 * 1024;

/** The image formats that can be read. */
export type ImageFormat = 'JPEG' | 'PNG' | 'WebP' | 'AVIF' | 'HEIC' | 'TIFF' | 'GIF';

/** What the first bytes of a file say that it is, whatever its name says. */
export type ContentKind =
  | { readonly image: ImageFormat }
  /** No image that can be read. `looksLike` is a noun phrase for a message; `''` when it looks like nothing known. */
  | { readonly image: undefined; readonly looksLike: string };

/** Recognises content by its signature. Never throws. */
export function contentKind(bytes: Uint8Array): ContentKind {
  const head = textOf(bytes, SIGNATURE_BYTES);
  const image = imageFormat(head) ?? heifFormat(heifBrands(head), bytes);
  return image === undefined ? { image, looksLike: otherContent(head) } : { image };
}

function imageFormat(head: string): ImageFormat | undefined {
  // Two bytes, not the usual three: real cameras have written padding before the next marker.
  if (head.startsWith('\xff\xd8')) return 'JPEG';
  if (head.startsWith('\x89PNG\r\n\x1a\n')) return 'PNG';
  if (head.startsWith('RIFF') && head.startsWith('WEBP', 8)) return 'WebP';
  // Decoders don't look at the version that follows.
  if (head.startsWith('GIF8')) return 'GIF';
  if (/^(II[*+]\0|MM\0[*+])/.test(head)) return 'TIFF';
  return undefined;
}

function otherContent(head: string): string {
  if (head === '') return 'an empty file';
  if (head.startsWith('version https://git-lfs')) return 'a git-LFS pointer in place of the file';
  if (head.startsWith('\0\0\0\x0cjP  ')) return 'a JPEG 2000 image';
  if (head.startsWith('BM')) return 'a BMP image';
  if (head.startsWith('%PDF')) return 'a PDF document';

  const text = head
    .replace(/^\xef\xbb\xbf/, '')
    .trimStart()
    .toLowerCase();
  if (/^<(!doctype html|html|head|body)/.test(text)) return 'an HTML page';
  if (/^<(svg|!doctype svg|\?xml)/.test(text)) return 'an SVG or XML document';
  if (/^[{[]\s*["{[\]}]/.test(text)) return 'JSON text';
  return '';
}

function heifFormat(brands: readonly string[], bytes: Uint8Array): 'AVIF' | 'HEIC' | undefined {
  if (brands.some((brand) => HEIF_BRANDS_OF_AVIF.has(brand))) return 'AVIF';
  if (brands.some((brand) => HEIF_BRANDS_OF_HEIC.has(brand))) return 'HEIC';
  if (!brands.some((brand) => HEIF_BRANDS_OF_ANY.has(brand))) return undefined;
  const description = textOf(bytes, HEIF_DESCRIPTION_BYTES);
  return description.includes('hvcC') && !description.includes('av1C') ? 'HEIC' : 'AVIF';
}

function textOf(bytes: Uint8Array, atMost: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, atMost)).toString('latin1');
}

/** The brands that an ISO base media file names in its `ftyp` box (ISO/IEC 14496-12, 4.3), else none. */
function heifBrands(head: string): string[] {
  if (!head.startsWith('ftyp', 4)) return [];
  const boxSize = Buffer.from(head.slice(0, 4), 'latin1').readUInt32BE();
  const brands = head.slice(8, Math.min(boxSize, head.length)).match(/.{4}/gs) ?? [];
  // The second field is a version number.
  return brands.filter((_, i) => i !== 1);
}
