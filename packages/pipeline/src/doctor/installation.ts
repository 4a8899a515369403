import type { DecodedImage, ImageDecoder, ImageEncoder, StoreEngine } from '@fashionmatch/domain';

import type { AppConfig } from '../config/config.js';

/** What the shipped encoders gave where they were written, to compare a machine with. */
export interface KnownResults {
  /** A small image file. */
  readonly image: Uint8Array;
  /** Whether a decoder gave exactly this image's pixels. */
  readonly isDecoded: (decoded: DecodedImage) => boolean;
  /** By the model's name: its file's SHA-256, and its vector of the image. */
  readonly models: ReadonlyMap<string, { readonly sha256: string; readonly vector: Float32Array }>;
  /** How far a vector may be from the known one, as cosine error. */
  readonly tolerance: number;
}

export type EncoderSettings = Pick<AppConfig['models'], 'precision' | 'device' | 'resample'>;

/** A model whose files were looked at. */
export interface InspectedModel {
  readonly name: string;
  readonly kind: 'hub' | 'folder' | 'builtin';
  readonly precision: string;
  readonly files: readonly {
    readonly path: string;
    readonly size?: number | undefined;
    readonly neededFor: 'images' | 'texts';
    readonly state: 'present' | 'missing' | 'corrupt';
  }[];
}

/** The parts of an installation, each of which the doctor tries by itself. Nothing is downloaded. */
export interface Installation {
  /** Versions of the native libraries, by name. */
  readonly versions: () => Readonly<Record<string, string>>;
  readonly knownResults: () => Promise<KnownResults>;
  readonly decoder: () => ImageDecoder;
  /** Of the configured models; every byte of them is read. */
  readonly inspectModels: () => Promise<readonly InspectedModel[]>;
  readonly openEncoder: (name: string, settings: EncoderSettings) => Promise<ImageEncoder & AsyncDisposable>;
  /** The store that is configured. */
  readonly engine: StoreEngine;
  /** A new store in a folder of this machine, to be written to. */
  readonly trialStore: (folder: string) => StoreEngine;
}
