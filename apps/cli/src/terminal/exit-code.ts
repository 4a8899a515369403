import type { FatalCode } from '@fashionmatch/domain';

/** What the process tells its parent. Documented in the README; never renumbered. */
export const EXIT = {
  done: 0,
  fatal: 1,
  usage: 2,
  someFailed: 3,
  drift: 4,
  store: 5,
  model: 6,
  device: 7,
  sigint: 130,
  sigterm: 143,
} as const;

const EXIT_OF_CODE: Readonly<Record<FatalCode, number>> = {
  USAGE_INVALID: EXIT.usage,
  CONFIG_INVALID: EXIT.usage,
  SOURCE_UNREADABLE: EXIT.fatal,
  TOO_MANY_FAILURES: EXIT.fatal,
  STORE_UNREACHABLE: EXIT.store,
  QUEUE_UNREACHABLE: EXIT.store,
  STORE_LOCKED: EXIT.store,
  STORE_FAILED: EXIT.fatal,
  PERMISSION_DENIED: EXIT.fatal,
  ENCODER_MISMATCH: EXIT.usage,
  MODEL_MISSING: EXIT.model,
  MODEL_INVALID: EXIT.model,
  DEVICE_UNAVAILABLE: EXIT.device,
  ENCODER_FAILED: EXIT.fatal,
  UNEXPECTED: EXIT.fatal,
};

export function exitCodeOf(code: FatalCode): number {
  return EXIT_OF_CODE[code];
}
