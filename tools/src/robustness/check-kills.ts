import { parseArgs } from 'node:util';

import { checkKills } from './kills/kill-check.js';
import type { Pace } from './kills/kill-plan.js';
import type { KilledStore } from './kills/killed-store.js';

/**
 * Kills runs of the pipeline in the middle, and looks at what the next run makes of it:
 * `node tools/dist/robustness/check-kills.js [--cli 20] [--server 20] [--items 2000] [--seed 1]`.
 */
const { values } = parseArgs({
  options: {
    cli: { type: 'string', default: '20' },
    server: { type: 'string', default: '20' },
    items: { type: 'string', default: '2000' },
    seed: { type: 'string', default: '1' },
  },
});

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

const inSeconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(1)} s`;

function sayPace({ wholeMs, idleMs, serverMs }: Pace): void {
  say(
    `${values.items} images in ${inSeconds(wholeMs)}, ${inSeconds(idleMs)} when all are stored; ` +
      `the server's process is there after ${inSeconds(serverMs)}`,
  );
}

function sayStore({ target, kills, survived, found, repairs, seconds, faults }: KilledStore): void {
  const whose = target === 'cli' ? 'command line' : 'server';
  const times = kills.length === 1 ? 'once' : `${String(kills.length)} times`;
  say(
    [
      `${whose} killed ${times} (${kills.map(({ afterMs }) => (afterMs / 1000).toFixed(1)).join(' ')} s)`,
      ...(target === 'server' ? [`${String(survived)} runs survived it`] : []),
      `${String(found)} items in place`,
      ...(repairs > 0 ? ['repaired'] : []),
      `${faults.length === 0 ? 'as uninterrupted' : 'NOT as uninterrupted'} after ${seconds.toFixed(1)} s`,
    ].join(', '),
  );
  for (const fault of faults) say(`  ${fault}`);
}

const startedAt = performance.now();
const stores = await checkKills({
  items: Number(values.items),
  cliKills: Number(values.cli),
  serverKills: Number(values.server),
  seed: Number(values.seed),
  onPace: sayPace,
  onStore: sayStore,
});

function killsOf(target: KilledStore['target']): number {
  return stores.filter((store) => store.target === target).reduce((sum, { kills }) => sum + kills.length, 0);
}

const faults = stores.flatMap((store) => store.faults);
const repairs = stores.reduce((sum, store) => sum + store.repairs, 0);
const [cliKills, serverKills] = [killsOf('cli'), killsOf('server')];
say(
  `${String(cliKills)} kills of the command line and ${String(serverKills)} of the server in ` +
    `${String(stores.length)} stores, ${String(repairs)} repairs, ${inSeconds(performance.now() - startedAt)}; ` +
    `${String(faults.length)} faults`,
);
const isComplete = cliKills === Number(values.cli) && serverKills === Number(values.server);
process.exitCode = faults.length > 0 || !isComplete ? 1 : 0;
