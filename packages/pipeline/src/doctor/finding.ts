import { FashionMatchError, reasonOf, type FatalCode } from '@fashionmatch/domain';

/** What one part of the installation turned out to be. */
export interface Finding {
  /** Such as `decoder` or `CLIP encoder`. */
  readonly part: string;
  readonly status: 'ok' | 'warning' | 'error';
  /** One sentence. */
  readonly message: string;
  /** What to do about it; `''` when there is nothing to do. */
  readonly nextStep: string;
  /** Of an error. */
  readonly code?: FatalCode;
}

export function fine(part: string, message: string): Finding {
  return { part, status: 'ok', message, nextStep: '' };
}

export function warning(part: string, message: string, nextStep: string): Finding {
  return { part, status: 'warning', message, nextStep };
}

const NEXT_STEPS: Readonly<Partial<Record<FatalCode, string>>> = {
  MODEL_MISSING: 'Run `fashionmatch models pull`, or configure the built-in encoders.',
  MODEL_INVALID: 'Run `fashionmatch models verify`, then `fashionmatch models pull`.',
  DEVICE_UNAVAILABLE: 'Set models.device to cpu, or install what it needs: docs/devices.md.',
  STORE_UNREACHABLE: 'See that the server of database.host runs, or that nothing else has taken the folder.',
  PERMISSION_DENIED: 'Give this user the permission, or run as the user that it belongs to.',
  STORE_LOCKED: 'Wait until the process that is named has ended.',
};

/** A fault that was thrown. */
export function fault(part: string, thrown: unknown, nextStep?: string): Finding {
  const code = thrown instanceof FashionMatchError ? thrown.code : 'UNEXPECTED';
  const next = nextStep ?? NEXT_STEPS[code] ?? 'Run again with --log-level debug, and report what it says.';
  return { part, status: 'error', message: reasonOf(thrown), nextStep: next, code };
}

/** The finding of a check that may throw. */
export async function checked(part: string, check: () => Promise<Finding>, nextStep?: string): Promise<Finding> {
  try {
    return await check();
  } catch (thrown) {
    return fault(part, thrown, nextStep);
  }
}
