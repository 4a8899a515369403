import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import { Redis } from 'ioredis';

/** Whether there is a `redis-server` on the PATH; says in one line where there is none. */
export function hasRedisServer(): boolean {
  const { status } = spawnSync('redis-server', ['--version']);
  if (status !== 0) process.stderr.write('No redis-server on the PATH: the tests that need one are skipped.\n');
  return status === 0;
}

/** A server of the test's own, on 127.0.0.1, that forgets everything when it stops. */
export class RedisServer implements AsyncDisposable {
  readonly port: number;
  readonly #directory: string;
  readonly #settings: readonly string[];
  #process: ChildProcess | undefined;

  private constructor(port: number, directory: string, settings: readonly string[]) {
    this.port = port;
    this.#directory = directory;
    this.#settings = settings;
  }

  /** @param settings As on its command line, such as `['--requirepass', 'secret']`. */
  static async start(...settings: readonly string[]): Promise<RedisServer> {
    const directory = await mkdtemp(join(tmpdir(), 'fashionmatch-redis-'));
    const server = new RedisServer(await freePort(), directory, settings);
    await server.start();
    return server;
  }

  get url(): string {
    return `redis://127.0.0.1:${String(this.port)}`;
  }

  /** Starts it again, on the same port. */
  async start(): Promise<void> {
    const place = ['--bind', '127.0.0.1', '--port', String(this.port), '--dir', this.#directory];
    this.#process = spawn('redis-server', [...place, '--save', '', ...this.#settings], { stdio: 'ignore' });
    while (!(await isListening(this.port))) await pause(20);
  }

  /** What has gone in and out of it since it was started. */
  async networkBytes(): Promise<number> {
    const redis = new Redis(this.url);
    const stats = await redis.info('stats');
    redis.disconnect();
    const bytes = Array.from(stats.matchAll(/^total_net_(?:input|output)_bytes:(\d+)/gm), ([, count]) => Number(count));
    return bytes.reduce((sum, count) => sum + count, 0);
  }

  /** Ends it as a power cut would. */
  async stop(): Promise<void> {
    const ended = this.#process;
    this.#process = undefined;
    if (ended?.exitCode !== null) return;
    ended.kill('SIGKILL');
    await once(ended, 'exit');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await rm(this.#directory, { recursive: true, force: true });
  }
}

/** One on which nothing listens now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('No port is free');
  return address.port;
}

async function isListening(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
