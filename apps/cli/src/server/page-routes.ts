import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';

import type { FastifyInstance } from 'fastify';

import { PAGE_STYLE } from '../pages/page.js';

/** From the source, which the package brings along. */
const pageFile = (name: string): string =>
  readFileSync(new URL(`../../src/server/page/${name}`, import.meta.url), 'utf8');

/** Made of the page's modules by the last step of the build. */
const PAGE_SCRIPT = new URL('../../dist/bundle/page.js', import.meta.url);

/** The page for people. It has nothing in it that needs a token: all it shows comes from the API. */
export function addPageRoutes(server: FastifyInstance): void {
  const files: readonly (readonly [path: string, type: string, content: string])[] = [
    ['/', 'text/html; charset=utf-8', pageFile('index.html')],
    ['/page.css', 'text/css; charset=utf-8', PAGE_STYLE + pageFile('serve.css') + pageFile('results/results.css')],
    // Browsers ask for one.
    ['/favicon.ico', 'image/svg+xml', '<svg xmlns="http://www.w3.org/2000/svg"/>'],
  ];
  for (const [path, type, content] of files) {
    server.get(path, { schema: { hide: true } }, (_, reply) => reply.type(type).send(content));
  }
  // Read when it is asked for: the server of an unbuilt source has all but this.
  server.get('/page.js', { schema: { hide: true } }, async (_, reply) =>
    reply.type('text/javascript; charset=utf-8').send(await readFile(PAGE_SCRIPT)),
  );
}
