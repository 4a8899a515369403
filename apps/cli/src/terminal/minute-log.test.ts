import { RecordingLogger } from '@fashionmatch/domain/testing';
import { expect, test } from '@jest/globals';

import { minuteLog } from './minute-log.js';

test('a run of three minutes and a half is told of three times', () => {
  const logger = new RecordingLogger();
  let time = 5_000;
  const log = minuteLog(logger, () => time);
  log.report({ type: 'planned', source: 'references', total: 1_000, work: 500 });
  log.report({ type: 'advanced', source: 'references', items: 500, work: 0, outcome: 'skipped' });
  for (let i = 0; i < 210; i++) {
    time += 1_000;
    log.report({ type: 'advanced', source: 'references', items: 1, work: 1, outcome: 'processed' });
  }
  expect(logger.events.map(({ message }) => message)).toEqual([
    'Processed 560 of 1000 references (1.0/s)',
    'Processed 620 of 1000 references (1.0/s)',
    'Processed 680 of 1000 references (1.0/s)',
  ]);
  expect(logger.events[0]).toMatchObject({
    level: 'info',
    fields: { source: 'references', done: 560, total: 1_000, items_per_second: 1, seconds_left: 440 },
  });
});
