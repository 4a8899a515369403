export const COLOUR_NAMES = [
  'black',
  'white',
  'grey',
  'navy',
  'sky',
  'red',
  'burgundy',
  'pink',
  'orange',
  'mustard',
  'olive',
  'green',
  'teal',
  'lilac',
  'brown',
  'beige',
] as const;

/** A colour as a seller would call it. */
export type ColourName = (typeof COLOUR_NAMES)[number];

interface Dye {
  readonly hex: string;
  /** Stands out from the colour, for stripes, dots and flowers on it. */
  readonly contrast: ColourName;
}

export const PALETTE: Readonly<Record<ColourName, Dye>> = {
  black: { hex: '#232327', contrast: 'white' },
  white: { hex: '#f1eee6', contrast: 'navy' },
  grey: { hex: '#8b8d91', contrast: 'white' },
  navy: { hex: '#1f2f55', contrast: 'white' },
  sky: { hex: '#8fb8de', contrast: 'white' },
  red: { hex: '#b5262c', contrast: 'white' },
  burgundy: { hex: '#5f1626', contrast: 'beige' },
  pink: { hex: '#e6a1b4', contrast: 'burgundy' },
  orange: { hex: '#d9762b', contrast: 'beige' },
  mustard: { hex: '#d1a12a', contrast: 'brown' },
  olive: { hex: '#66702f', contrast: 'beige' },
  green: { hex: '#2f7d4f', contrast: 'white' },
  teal: { hex: '#1f7a80', contrast: 'mustard' },
  lilac: { hex: '#a893c8', contrast: 'white' },
  brown: { hex: '#6d452b', contrast: 'beige' },
  beige: { hex: '#d8c3a0', contrast: 'red' },
};
