/** Where a garment was photographed. */
export const BACKDROPS = ['studio', 'wall', 'planks', 'tiles', 'blanket', 'garden'] as const;

export type Backdrop = (typeof BACKDROPS)[number];

/** What a backdrop is drawn with. */
interface Drawing {
  readonly width: number;
  readonly height: number;
  readonly random: () => number;
  /** A colour near that one. */
  readonly vary: (hue: number, saturation: number, lightness: number) => string;
  /** The whole picture in one paint. */
  readonly fill: (paint: string) => string;
}

/** A backdrop that fills the picture, as SVG. `random` varies its colours. */
export function drawBackdrop(backdrop: Backdrop, width: number, height: number, random: () => number): string {
  const around = (value: number, range: number): string => (value + (random() - 0.5) * range).toFixed(1);
  return DRAWN[backdrop]({
    ...{ width, height, random },
    vary: (hue, saturation, lightness) => `hsl(${around(hue, 24)} ${around(saturation, 8)}% ${around(lightness, 12)}%)`,
    fill: (paint) => `<rect width="${width}" height="${height}" fill="${paint}"/>`,
  });
}

const DRAWN: Readonly<Record<Backdrop, (drawing: Drawing) => string>> = {
  studio: ({ vary, fill }) =>
    `<radialGradient id="studio" cx="0.5" cy="0.42" r="0.75"><stop offset="0" stop-color="${vary(40, 8, 94)}"/>` +
    `<stop offset="1" stop-color="${vary(40, 8, 74)}"/></radialGradient>${fill('url(#studio)')}`,

  wall({ width, height, random, vary, fill }) {
    const floor = height * (0.8 + random() * 0.1);
    return (
      fill(vary(200, 14, 78)) +
      `<rect y="${floor.toFixed(0)}" width="${width}" height="${height}" fill="${vary(28, 30, 46)}"/>` +
      `<rect y="${(floor - 26).toFixed(0)}" width="${width}" height="26" fill="#f2f0ec"/>`
    );
  },

  planks({ width, height, random, vary }) {
    const plank = Math.round(width / 7);
    const planks = Array.from({ length: 8 }, (_, i) => {
      const x = i * plank;
      const joint = (random() * height).toFixed(0);
      const grain = x + Math.round(plank * (0.3 + random() * 0.4));
      return (
        `<rect x="${x}" width="${plank}" height="${height}" fill="${vary(30, 34, 52)}"/>` +
        `<path d="M${x} 0V${height}M${x} ${joint}h${plank}" stroke="#3d2a1a" stroke-width="4"/>` +
        `<path d="M${grain} 0V${height}" stroke="#3d2a1a" stroke-opacity="0.25" stroke-width="6"/>`
      );
    });
    return planks.join('');
  },

  tiles: ({ vary, fill }) =>
    repeat(
      'tiles',
      150,
      `<rect width="150" height="150" fill="${vary(190, 10, 84)}"/><path d="M0 0H150M0 0V150" stroke="#8a8f90" stroke-width="10"/>`,
    ) + fill('url(#tiles)'),

  blanket: ({ vary, fill }) =>
    repeat(
      'wool',
      44,
      `<rect width="44" height="44" fill="${vary(15, 22, 70)}"/><path d="M0 44L44 0M-11 11L11 -11M33 55L55 33" stroke="#fff" stroke-opacity="0.35" stroke-width="9"/>`,
    ) + fill('url(#wool)'),

  garden({ width, height, random, vary, fill }) {
    const leaves = Array.from({ length: 90 }, () => {
      const [x, y, turn] = [random() * width, random() * height, random() * 360].map((value) => value.toFixed(0));
      return `<ellipse rx="70" ry="26" transform="translate(${x} ${y}) rotate(${turn})" fill="${vary(105, 30, 40)}"/>`;
    });
    return fill(vary(100, 28, 34)) + leaves.join('');
  },
};

function repeat(id: string, size: number, tile: string): string {
  return `<pattern id="${id}" patternUnits="userSpaceOnUse" width="${size}" height="${size}">${tile}</pattern>`;
}
