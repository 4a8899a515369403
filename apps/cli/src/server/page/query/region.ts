/** A rectangle on a photo as it is seen, in parts of its width and height: all of it is 0, 0, 1, 1. */
export interface Region {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** What is smaller was a click, or nothing that could be looked for. */
const LEAST = 0.02;

const DIGITS = 1e4;
const rounded = (part: number): number => Math.round(part * DIGITS) / DIGITS;
const within = (part: number, most: number): number => rounded(Math.min(Math.max(part, 0), most));

/** The rectangle between two corners, as far as it is on the photo. */
export function regionBetween(a: Point, b: Point): Region {
  const [left, right] = [within(Math.min(a.x, b.x), 1), within(Math.max(a.x, b.x), 1)];
  const [top, bottom] = [within(Math.min(a.y, b.y), 1), within(Math.max(a.y, b.y), 1)];
  return { x: left, y: top, width: rounded(right - left), height: rounded(bottom - top) };
}

export function isTooSmall({ width, height }: Region): boolean {
  return width < LEAST || height < LEAST;
}

/** Elsewhere, of the same size. */
export function moved({ x, y, width, height }: Region, by: Point): Region {
  return { x: within(x + by.x, 1 - width), y: within(y + by.y, 1 - height), width, height };
}

/** With its right and lower edges elsewhere. */
export function resized({ x, y, width, height }: Region, by: Point): Region {
  const size = (length: number, change: number, start: number): number =>
    Math.max(within(length + change, 1 - start), LEAST);
  return moved({ x, y, width: size(width, by.x, x), height: size(height, by.y, y) }, { x: 0, y: 0 });
}

export function contains({ x, y, width, height }: Region, point: Point): boolean {
  return point.x >= x && point.x <= x + width && point.y >= y && point.y <= y + height;
}

export function writeRegion({ x, y, width, height }: Region): string {
  return [x, y, width, height].join(',');
}

/** @returns undefined where the text names no rectangle on a photo. */
export function readRegion(text: string): Region | undefined {
  const parts = text.split(',').map((part) => (/^[01](?:\.\d{1,6})?$/.test(part) ? Number(part) : NaN));
  const [x, y, width, height] = parts;
  if (x === undefined || y === undefined || width === undefined || height === undefined) return undefined;
  const region = regionBetween({ x, y }, { x: x + width, y: y + height });
  const isWhole = parts.length === 4 && parts.every((part) => !Number.isNaN(part)) && !isTooSmall(region);
  return isWhole ? region : undefined;
}

/** In whole percents, for people. */
export function regionText({ x, y, width, height }: Region): string {
  const percent = (part: number): string => `${String(Math.round(part * 100))} %`;
  return `${percent(x)} from the left, ${percent(y)} from the top, ${percent(width)} wide, ${percent(height)} high`;
}
