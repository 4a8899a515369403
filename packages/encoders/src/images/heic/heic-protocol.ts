/** To the thread that reads HEIC files: one after the other. */
export interface HeicRequest {
  readonly bytes: Uint8Array;
  readonly maxPixels: number;
}

/** From it. */
export type HeicReply = {
  /** Bytes that libheif holds, used or not. */
  readonly memory: number;
} & (
  | { readonly name: 'picture'; readonly tiff: Uint8Array<ArrayBuffer> }
  | { readonly name: 'fault'; readonly fault: 'too-large' | 'unsupported' | 'damaged'; readonly message: string }
);
