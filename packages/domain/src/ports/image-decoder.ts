/** An upright sRGB image: rows from the top, three bytes (red, green, blue) a pixel, no padding. */
export interface DecodedImage {
  readonly width: number;
  readonly height: number;
  /** `width × height × 3` bytes. */
  readonly data: Uint8Array;
}

/**
 * Turns the bytes of a photograph into pixels.
 *
 * Guarantees: the content decides the format, not a name; the orientation of EXIF is applied; colours
 * are sRGB; transparency lies on white; of several frames the first is taken. Concurrent calls are safe.
 */
export interface ImageDecoder {
  /**
   * @throws ItemError `IMAGE_INVALID` when the bytes are no readable image,
   *   `IMAGE_TOO_LARGE` when the image has more pixels than the decoder was opened for.
   */
  decode(bytes: Uint8Array): Promise<DecodedImage>;
}
