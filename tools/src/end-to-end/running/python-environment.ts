import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Packages are fetched once a machine; a registry that does not answer by then is none. */
const INSTALLING_MS = 300_000;

/** The interpreter, or one sentence about why there is none. */
export type PythonEnvironment = { readonly python: string } | { readonly missing: string };

/** An environment with the pinned packages of a requirements file, made when it is first asked for and kept in the cache. */
export async function pythonEnvironment(
  requirements: string,
  installingMs = INSTALLING_MS,
): Promise<PythonEnvironment> {
  const version = await run('python3', ['--version']).catch(() => undefined);
  if (version === undefined) return { missing: 'there is no python3' };
  const key = createHash('sha256')
    .update(version.stdout)
    .update(await readFile(requirements));
  const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'fashionmatch', 'python');
  const folder = join(cache, key.digest('hex').slice(0, 16));
  const python = join(folder, 'bin', 'python');
  if (await stat(python).catch(() => undefined)) return { python };
  const unfinished = `${folder}.${String(process.pid)}`;
  try {
    await mkdir(cache, { recursive: true });
    await run('python3', ['-m', 'venv', unfinished]);
    const install = [
      '-m',
      'pip',
      'install',
      '--quiet',
      '--no-input',
      '--no-compile',
      '--only-binary=:all:',
      '-r',
      requirements,
    ];
    await run(join(unfinished, 'bin', 'python'), install, { timeout: installingMs });
    await rename(unfinished, folder);
    return { python };
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    // Another process may have been faster.
    if (await stat(python).catch(() => undefined)) return { python };
    const [reason = ''] = String(error).split('\n');
    return { missing: `its packages cannot be installed (${reason})` };
  }
}
