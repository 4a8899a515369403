/** The code of a system's error, such as `ENOENT`; `''` for anything else. */
export function systemCode(thrown: unknown): string {
  return typeof thrown === 'object' && thrown !== null && 'code' in thrown ? String(thrown.code) : '';
}
