import { isIPv6 } from 'node:net';

import { InvalidArgumentError, type Command, type OptionValues } from '@commander-js/extra-typings';

/** Where a process can be watched over. */
export interface MonitorAddress {
  readonly host: string;
  readonly port: number;
}

/** The option of commands that run long. */
export function withMonitorOption<Args extends unknown[], Options extends OptionValues>(
  command: Command<Args, Options>,
) {
  return command.option(
    '--metrics <[host:]port>',
    'serve metrics for Prometheus, /healthz and /readyz there; on this machine only, unless a host is named',
    monitorAddress,
  );
}

/** `9464`, `0.0.0.0:9464` or `[::]:9464`. */
export function monitorAddress(text: string): MonitorAddress {
  const {
    v6,
    name = '127.0.0.1',
    port = '',
  } = /^(?:(?:\[(?<v6>[\da-f:.]+)\]|(?<name>[\w.-]+)):)?(?<port>\d{1,5})$/i.exec(text)?.groups ?? {};
  const isRight = port !== '' && Number(port) <= 65_535 && (v6 === undefined || isIPv6(v6));
  if (isRight) return { host: v6 ?? name, port: Number(port) };
  throw new InvalidArgumentError('It must be a port such as 9464, or a host and a port such as 0.0.0.0:9464.');
}
