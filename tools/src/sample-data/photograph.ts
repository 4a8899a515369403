import { drawBackdrop, type Backdrop } from './backdrop.js';
import { fabric, type Pattern } from './fabric.js';
import type { Garment } from './garments.js';
import type { ColourName } from './palette.js';

/** One garment, as it hangs in the wardrobe. */
export interface Look {
  readonly garment: Garment;
  readonly pattern: Pattern;
  readonly colour: ColourName;
}

/** How it was photographed. */
export interface Setting {
  readonly backdrop: Backdrop;
  /** Pixels. */
  readonly width: number;
  readonly height: number;
}

/** Draws a garment in its setting as SVG. `random` places it, tilts it and throws the light on it. */
export function photograph(
  { garment, pattern, colour }: Look,
  { backdrop, width, height }: Setting,
  random: () => number,
): string {
  const between = (low: number, high: number): number => low + random() * (high - low);
  const size = Math.min(width, height * 0.9) * between(0.84, 0.97);
  const x = (width * between(0.47, 0.53)).toFixed(1);
  const y = (height * between(0.47, 0.53)).toFixed(1);
  const tilt = between(-5, 5).toFixed(2);
  const copies = garment.copies.map((transform) => `<g transform="${transform}">${draw(garment)}</g>`);

  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">` +
    `<defs>${fabric(pattern, colour, between(0.85, 1.2))}${lightFrom(between(0.1, 0.9))}</defs>` +
    drawBackdrop(backdrop, width, height, random) +
    `<g transform="translate(${x} ${y}) rotate(${tilt}) scale(${(size / 1000).toFixed(4)})">${copies.join('')}</g></svg>`
  );
}

/** A gradient with the id `light`, brightest at this part of a garment's width. */
function lightFrom(side: number): string {
  return (
    `<linearGradient id="light" x1="0" x2="1" y1="0" y2="0.4"><stop offset="0" stop-color="#000" stop-opacity="0.28"/>` +
    `<stop offset="${side.toFixed(2)}" stop-color="#fff" stop-opacity="0.2"/>` +
    `<stop offset="1" stop-color="#000" stop-opacity="0.3"/></linearGradient>`
  );
}

function draw({ silhouette, folds, details }: Garment): string {
  // Ever wider faint outlines look like a soft shadow, and cost far less than a blur.
  const shadow = [70, 54, 40, 27, 15].map((width) => `<path d="${silhouette}" stroke-width="${width}"/>`).join('');
  return (
    `<g fill="none" stroke="#000" stroke-opacity="0.06" stroke-linejoin="round" transform="translate(10 16)">${shadow}</g>` +
    `<path d="${silhouette}" fill="url(#fabric)"/>` +
    `<path d="${silhouette}" fill="url(#light)" stroke="#000" stroke-opacity="0.45" stroke-width="5"/>` +
    `<path d="${folds}" fill="none" stroke="#000" stroke-opacity="0.35" stroke-width="5" stroke-linecap="round"/>` +
    details
  );
}
