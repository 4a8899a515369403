/** The streams and the environment that a command runs in; tests bring their own. */
export interface Terminal {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  readonly env: NodeJS.ProcessEnv;
}

/** Whether the person at the other end sees colours and moving bars. */
export function isInteractive({ stderr, env }: Terminal): boolean {
  return stderr.isTTY && env['TERM'] !== 'dumb';
}
