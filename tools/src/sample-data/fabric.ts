import { PALETTE, type ColourName } from './palette.js';

export const PATTERNS = ['plain', 'striped', 'checked', 'dotted', 'floral', 'pinstriped'] as const;

export type Pattern = (typeof PATTERNS)[number];

/**
 * An SVG paint server with the id `fabric`, in the units of a garment (see `garments.ts`). The repeat of
 * the pattern is `scale` times its usual size.
 */
export function fabric(pattern: Pattern, colour: ColourName, scale: number): string {
  const [width, height] = TILE_SIZES[pattern];
  const { hex, contrast } = PALETTE[colour];
  return (
    `<pattern id="fabric" patternUnits="userSpaceOnUse" width="${width}" height="${height}" patternTransform="scale(${scale})">` +
    `<rect width="${width}" height="${height}" fill="${hex}"/>${marks(pattern, PALETTE[contrast].hex)}</pattern>`
  );
}

const TILE_SIZES: Readonly<Record<Pattern, readonly [width: number, height: number]>> = {
  plain: [100, 100],
  striped: [100, 90],
  checked: [110, 110],
  dotted: [90, 90],
  floral: [170, 170],
  pinstriped: [46, 100],
};

function marks(pattern: Pattern, ink: string): string {
  switch (pattern) {
    case 'plain':
      return '';
    case 'striped':
      return `<rect width="100" height="40" fill="${ink}"/>`;
    case 'checked':
      return (
        `<g fill="${ink}" opacity="0.55"><rect width="55" height="110"/><rect width="110" height="55"/></g>` +
        `<rect width="55" height="55" fill="${ink}"/>`
      );
    case 'dotted':
      return `<g fill="${ink}"><circle cx="22" cy="22" r="14"/><circle cx="67" cy="67" r="14"/></g>`;
    case 'floral':
      return flower(45, 50, 17, ink) + flower(125, 128, 22, ink) + leaf(110, 45) + leaf(40, 130);
    case 'pinstriped':
      return `<rect x="20" width="7" height="100" fill="${ink}"/>`;
  }
}

function flower(x: number, y: number, radius: number, ink: string): string {
  const petals = [0, 72, 144, 216, 288].map(
    (angle) => `<ellipse cy="${-radius}" rx="${radius * 0.6}" ry="${radius}" transform="rotate(${angle})"/>`,
  );
  const heart = `<circle r="${radius * 0.5}" fill="${PALETTE.mustard.hex}"/>`;
  return `<g transform="translate(${x} ${y})"><g fill="${ink}">${petals.join('')}</g>${heart}</g>`;
}

function leaf(x: number, y: number): string {
  return `<ellipse cx="${x}" cy="${y}" rx="24" ry="9" fill="${PALETTE.green.hex}" transform="rotate(35 ${x} ${y})"/>`;
}
