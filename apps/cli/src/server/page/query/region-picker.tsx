import type { CSSProperties, JSX, TargetedKeyboardEvent, TargetedPointerEvent } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';

import { contains, isTooSmall, moved, regionBetween, regionText, resized, type Point, type Region } from './region.js';

const STEP = 0.02;
/** Where keys begin when nothing is drawn. */
const MIDDLE: Region = { x: 0.25, y: 0.25, width: 0.5, height: 0.5 };
/** Keys are pressed one after the other, in milliseconds: what they lead to is looked for once. */
const PAUSE_MS = 500;

const ARROWS = new Map<string, Point>([
  ['ArrowLeft', { x: -STEP, y: 0 }],
  ['ArrowRight', { x: STEP, y: 0 }],
  ['ArrowUp', { x: 0, y: -STEP }],
  ['ArrowDown', { x: 0, y: STEP }],
]);

interface RegionPickerProps {
  readonly region: Region | undefined;
  readonly onPick: (region: Region | undefined) => void;
}

/** Lies above the photo: a rectangle on it is drawn with a mouse, a finger or keys. */
export function RegionPicker({ region, onPick }: RegionPickerProps): JSX.Element {
  const [drawn, setDrawn] = useState(region);
  const drag = useDrag(drawn, setDrawn, () => {
    if (drawn !== region) onPick(drawn);
  });
  const pause = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => {
    setDrawn(region);
  }, [region && regionText(region)]);
  const pickSoon = (next: Region | undefined): void => {
    setDrawn(next);
    clearTimeout(pause.current);
    pause.current = setTimeout(() => {
      onPick(next);
    }, PAUSE_MS);
  };
  useEffect(
    () => () => {
      clearTimeout(pause.current);
    },
    [],
  );
  const press = (event: TargetedKeyboardEvent<HTMLDivElement>): void => {
    const by = ARROWS.get(event.key);
    if (by === undefined && event.key !== 'Escape') return;
    event.preventDefault();
    if (by === undefined) pickSoon(undefined);
    else if (drawn === undefined) pickSoon(MIDDLE);
    else pickSoon(event.shiftKey ? resized(drawn, by) : moved(drawn, by));
  };
  return (
    <div
      id="region"
      class="region"
      role="application"
      aria-roledescription="rectangle on the photo"
      aria-label={drawn ? `Looked for: ${regionText(drawn)}` : 'The whole photo is looked for'}
      aria-describedby="region-help"
      tabIndex={0}
      onKeyDown={press}
      {...drag}
    >
      {drawn && <div class="rectangle" style={styleOf(drawn)} />}
    </div>
  );
}

interface Drag {
  readonly from: Point;
  readonly before: Region | undefined;
}

type PointerHandler = (event: TargetedPointerEvent<HTMLDivElement>) => void;

/** Draws a rectangle from corner to corner, or takes the one that is touched elsewhere. */
function useDrag(
  drawn: Region | undefined,
  draw: (region: Region | undefined) => void,
  drop: () => void,
): Readonly<Record<'onPointerDown' | 'onPointerMove' | 'onPointerUp' | 'onPointerCancel', PointerHandler>> {
  const dragged = useRef<Drag>(undefined);
  return {
    onPointerDown: (event) => {
      if (event.button !== 0) return;
      event.currentTarget.setPointerCapture(event.pointerId);
      dragged.current = { from: pointOf(event), before: drawn };
    },
    onPointerMove: (event) => {
      if (dragged.current === undefined) return;
      const { from, before } = dragged.current;
      const to = pointOf(event);
      const next =
        before && contains(before, from)
          ? moved(before, { x: to.x - from.x, y: to.y - from.y })
          : regionBetween(from, to);
      draw(isTooSmall(next) ? before : next);
    },
    onPointerUp: () => {
      if (dragged.current !== undefined) drop();
      dragged.current = undefined;
    },
    onPointerCancel: () => {
      if (dragged.current !== undefined) draw(dragged.current.before);
      dragged.current = undefined;
    },
  };
}

function pointOf(event: TargetedPointerEvent<HTMLDivElement>): Point {
  const { left, top, width, height } = event.currentTarget.getBoundingClientRect();
  return { x: (event.clientX - left) / width, y: (event.clientY - top) / height };
}

function styleOf({ x, y, width, height }: Region): CSSProperties {
  const percent = (part: number): string => `${String(part * 100)}%`;
  return { left: percent(x), top: percent(y), width: percent(width), height: percent(height) };
}
