/** How an image file without an ICC profile says what its colours mean: the code points of ITU-T H.273. */
export interface CodedColours {
  readonly primaries: number;
  readonly transfer: number;
}

/** Samples side by side: red, green, blue, and if there is a fourth, how opaque the pixel is. */
export interface SampleLayout {
  readonly channels: 3 | 4;
  /** 8 to 16: the largest value means full light. */
  readonly bits: number;
}

type Row = readonly [number, number, number];
type Matrix = readonly [Row, Row, Row];

const SAME: Matrix = [
  [1, 0, 0],
  [0, 1, 0],
  [0, 0, 1],
];

/**
 * Light of a wide gamut as light of sRGB, all with the white D65. Narrow gamuts are left as they are: they differ from
 * sRGB by a few levels at most, and encoders write their code points for the sake of the matrix alone.
 */
const GAMUTS: ReadonlyMap<number, Matrix> = new Map([
  // BT.2020
  [
    9,
    [
      [1.660491, -0.587641, -0.07285],
      [-0.12455, 1.1329, -0.008349],
      [-0.018151, -0.100579, 1.11873],
    ] as const,
  ],
  // Display P3
  [
    12,
    [
      [1.22494, -0.22494, 0],
      [-0.042057, 1.042057, 0],
      [-0.019638, -0.078636, 1.098274],
    ] as const,
  ],
]);

/** cd/m² that both curves for high dynamic range give to a white sheet of paper (ITU-R BT.2408); what is brighter is white. */
const PAPER_WHITE = 203;

/** From a sample, 0 to 1, to light, of which 1 is white. The curves of cameras and television count as that of sRGB. */
const CURVES: ReadonlyMap<number, (sample: number) => number> = new Map([
  [8, (sample: number) => sample],
  [16, (sample: number) => (10_000 / PAPER_WHITE) * perceptualQuantiser(sample)],
  [18, (sample: number) => (1000 / PAPER_WHITE) * hybridLogGamma(sample) ** 1.2],
]);

/** Where sRGB is steepest, a step of light is a fifth of a level. */
const LIGHT_STEPS = 2 ** 14;

/**
 * Makes what writes samples as sRGB of 8 bits, opacity too.
 *
 * @param colours of the samples, where they may be others than those of sRGB.
 */
export function srgbWriter(
  { channels, bits }: SampleLayout,
  colours: CodedColours | undefined,
): (values: Uint8Array | Uint16Array, out: Uint8Array) => void {
  const gamut = colours && GAMUTS.get(colours.primaries);
  const curve = colours && CURVES.get(colours.transfer);
  // Samples are within their bits, and the tables as long as that.
  const most = 2 ** bits - 1;
  const levels = Uint8Array.from({ length: most + 1 }, (_, value) => Math.round((value / most) * 255));
  const writeLevels = (values: Uint8Array | Uint16Array, out: Uint8Array): void => {
    for (let i = 0; i < out.length; i++) out[i] = levels[values[i] ?? 0] ?? 255;
  };
  if (!gamut && !curve) return writeLevels;

  const light = Float32Array.from({ length: most + 1 }, (_, value) =>
    Math.min(1, (curve ?? lightOfSrgb)(value / most)),
  );
  const encoded = Uint8Array.from({ length: LIGHT_STEPS + 1 }, (_, step) =>
    Math.round(255 * srgbOfLight(step / LIGHT_STEPS)),
  );
  const level = (amount: number): number => encoded[Math.round(Math.min(1, Math.max(0, amount)) * LIGHT_STEPS)] ?? 255;
  const [[rr, rg, rb], [gr, gg, gb], [br, bg, bb]] = gamut ?? SAME;
  return (values, out) => {
    // Opacity is no light.
    if (channels === 4) writeLevels(values, out);
    for (let i = 0; i < out.length; i += channels) {
      const red = light[values[i] ?? 0] ?? 1;
      const green = light[values[i + 1] ?? 0] ?? 1;
      const blue = light[values[i + 2] ?? 0] ?? 1;
      out[i] = level(rr * red + rg * green + rb * blue);
      out[i + 1] = level(gr * red + gg * green + gb * blue);
      out[i + 2] = level(br * red + bg * green + bb * blue);
    }
  };
}

function lightOfSrgb(sample: number): number {
  return sample <= 0.04045 ? sample / 12.92 : ((sample + 0.055) / 1.055) ** 2.4;
}

function srgbOfLight(light: number): number {
  return light <= 0.0031308 ? light * 12.92 : 1.055 * light ** (1 / 2.4) - 0.055;
}

/** SMPTE ST 2084, of 10,000 cd/m². */
function perceptualQuantiser(sample: number): number {
  const power = sample ** (1 / 78.84375);
  return (Math.max(power - 0.8359375, 0) / (18.8515625 - 18.6875 * power)) ** (1 / 0.1593017578125);
}

/** ARIB STD-B67: light at the scene. */
function hybridLogGamma(sample: number): number {
  return sample <= 0.5 ? sample ** 2 / 3 : (Math.exp((sample - 0.55991073) / 0.17883277) + 0.28466892) / 12;
}
