import { markup, type Html } from './html.js';

/** Only a ratio: the drawing fills whatever room there is. */
const HEIGHT = 100;

/** Items a second over time, with its numbers in words beside it. */
export function throughputChart(binSeconds: number, rates: readonly number[]): Html {
  const highest = Math.max(...rates);
  const seconds = binSeconds * rates.length;
  const columns = rates.map((rate, i) => {
    const height = highest > 0 ? (rate / highest) * HEIGHT : 0;
    const y = (HEIGHT - height).toFixed(2);
    return markup`<rect class="fused" x="${i}" y="${y}" width="0.9" height="${height.toFixed(2)}"/>`;
  });
  const mean = rates.reduce((sum, rate) => sum + rate, 0) / rates.length;
  const summary = `Up to ${highest.toFixed(1)} items a second, ${mean.toFixed(1)} on average, over ${durationText(seconds)}.`;
  return markup`<figure>
<svg class="chart" viewBox="0 0 ${rates.length} ${HEIGHT}" preserveAspectRatio="none" aria-hidden="true">${columns}</svg>
<p class="ends quiet" aria-hidden="true"><span>0 s</span><span>${durationText(seconds)}</span></p>
<figcaption>${summary}</figcaption>
</figure>`;
}

/** A bar that fills a share of its room, from 0 to 1. */
export function bar(kind: 'fused' | 'clip' | 'dino', share: number): Html {
  const percent = (Math.min(1, Math.max(0, share)) * 100).toFixed(1);
  return markup`<svg class="bar" aria-hidden="true"><rect class="${kind}" width="${percent}%" height="100%"/></svg>`;
}

export function durationText(seconds: number): string {
  if (seconds < 120) return `${seconds.toFixed(seconds < 10 ? 1 : 0)} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 120 ? `${String(minutes)} min` : `${(seconds / 3600).toFixed(1)} h`;
}
