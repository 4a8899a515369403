/** The streams and the environment that a command runs in; tests bring their own. */
export interface Terminal {
  readonly stdin: NodeJS.ReadableStream;
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number };
  readonly env: NodeJS.ProcessEnv;
}

/** Whether the person at the other end sees colours and moving bars. */
export function isInteractive({ stderr, env }: Terminal): boolean {
  return stderr.isTTY === true && env['TERM'] !== 'dumb';
}

/** Whether standard output is a terminal that shows links. */
export async function showsLinks({ stdout, env }: Terminal): Promise<boolean> {
  if (stdout !== process.stdout || env['TERM'] === 'dumb') return false;
  const { createSupportsHyperlinks } = await import('supports-hyperlinks');
  return createSupportsHyperlinks(process.stdout);
}

/** Whether standard output is a terminal. */
export function printsToTerminal({ stdout }: Terminal): boolean {
  return stdout === process.stdout && process.stdout.isTTY;
}

/** How many columns a line of standard output has; undefined where that is no terminal. */
export function columnsOf(terminal: Terminal): number | undefined {
  return printsToTerminal(terminal) ? process.stdout.columns : undefined;
}
