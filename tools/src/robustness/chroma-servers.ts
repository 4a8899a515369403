import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** Process numbers of the embedded servers that serve a directory. */
export async function chromaServersOn(directory: string): Promise<number[]> {
  const { stdout } = await promisify(execFile)('ps', ['-ww', '-eo', 'pid,stat,args']);
  return stdout.split('\n').flatMap((line) => {
    const [, pid, state, args] = /^\s*(\d+)\s+(\S+)\s+(.*)$/.exec(line) ?? [];
    const serves = args?.includes('chroma-server-process') && args.includes(`--path ${directory} `);
    return serves && !state?.startsWith('Z') ? [Number(pid)] : [];
  });
}
