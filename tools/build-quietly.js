// Builds, and says of it no more than a newcomer wants to know: all of it when it fails.
import { spawnSync } from 'node:child_process';

process.stdout.write('Building (about a minute, the first time) …\n');
const { status, stdout, stderr } = spawnSync('npm run build', { shell: true, encoding: 'utf8' });
if (status !== 0) {
  process.stderr.write(stdout + stderr);
  process.exitCode = status ?? 1;
}
