import type { RunProfile } from '@fashionmatch/pipeline';

/** The `profile` of `embed --json`. Shares are of the run's time; stages overlap, so they don't add up to 1. */
export function profileDocument(profile: RunProfile): object {
  const { seconds, cpuSeconds, cores, images, stages, boundedBy, withTwiceTheCores, withInt8 } = profile;
  const stage = ({ items, busySeconds }: RunProfile['stages']['decode']): object => ({
    items,
    seconds: busySeconds,
    ...(items > 0 && busySeconds > 0 && { items_per_second: items / busySeconds }),
    share: seconds > 0 ? busySeconds / seconds : 0,
  });
  return {
    seconds,
    cpu_seconds: cpuSeconds,
    cores,
    images,
    images_per_second: seconds > 0 ? images / seconds : 0,
    stages: Object.fromEntries(Object.entries(stages).map(([name, time]) => [name, stage(time)])),
    bounded_by: boundedBy ?? null,
    estimates: {
      twice_the_cores_images_per_second: withTwiceTheCores ?? null,
      int8_images_per_second: withInt8 ?? null,
    },
  };
}

/** The same for people: a line for each stage that did anything, what bounded the run, and what would help. */
export function profileTable(profile: RunProfile): string {
  const { seconds, cpuSeconds, cores, images, stages, boundedBy } = profile;
  const busyStages = Object.entries(stages).filter(([, { busySeconds }]) => busySeconds > 0);
  const rows = busyStages.map(([name, { items, busySeconds }]) => {
    const rate = items > 0 ? (items / busySeconds).toFixed(1) : '';
    const share = `${((100 * busySeconds) / seconds).toFixed(0)} %`;
    return `  ${name.padEnd(12)}${busySeconds.toFixed(2).padStart(9)}${rate.padStart(11)}${share.padStart(8)}`;
  });
  const busy = seconds > 0 ? (100 * cpuSeconds) / (cores * seconds) : 0;
  return [
    'PROFILE (stages overlap: shares are of the time that the run took)',
    '  stage         seconds    items/s   share',
    ...rows,
    '',
    `  ${String(images)} images encoded in ${seconds.toFixed(2)} s; ${busy.toFixed(0)} % of ${String(cores)} cores busy.`,
    ...(boundedBy === undefined ? [] : [`  Bounded by: ${boundedBy}`]),
    ...estimates(profile),
    '',
  ].join('\n');
}

function estimates({ images, seconds, withTwiceTheCores, withInt8 }: RunProfile): string[] {
  const now = images / seconds;
  const line = (what: string, rate: number | undefined): string[] =>
    rate === undefined ? [] : [`  ${what}: about ${rate.toFixed(1)} images/s in place of ${now.toFixed(1)}`];
  return [...line('Twice the cores', withTwiceTheCores), ...line('models.precision int8', withInt8)];
}
