import { closeSync, constants, openSync, writeSync } from 'node:fs';

/** Never waits for a reader, as opening a named pipe would. */
const FLAGS = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NONBLOCK;

/** Only its owner reads a log. */
const MODE = 0o600;

/** Makes the file when it is not there. @throws Error when nothing could be added to it. */
export function requireLogFile(path: string): void {
  closeSync(openSync(path, FLAGS, MODE));
}

/**
 * Opens a file to add lines to, making it when it is not there. What has been written stays when the process dies.
 *
 * @param onLost told once, when a line could not be written, such as on a full disk: the run goes on.
 * @throws Error when it cannot be opened.
 */
export function openLogFile(path: string, onLost: (reason: unknown) => void): (line: string) => void {
  const file = openSync(path, FLAGS, MODE);
  let lost = false;
  return (line) => {
    try {
      writeSync(file, line);
    } catch (error) {
      if (!lost) onLost(error);
      lost = true;
    }
  };
}
