import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

import { markup, Html } from './html.js';

/** The look of every page, as it stands in the source, which the package brings along. */
export const PAGE_STYLE = readFileSync(new URL('../../src/pages/page.css', import.meta.url), 'utf8');

/** Nothing is loaded, nothing runs, nothing is sent; pictures are in the page, and so is its one style sheet. */
function contentSecurityPolicy(style: string): string {
  const hash = createHash('sha256').update(style).digest('base64');
  return `default-src 'none'; img-src data:; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`;
}

/** A page that needs nothing but itself, piece by piece: it is never in memory as a whole. */
export async function* page(title: string, main: Iterable<Html> | AsyncIterable<Html>): AsyncGenerator<string> {
  yield markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${new Html(contentSecurityPolicy(PAGE_STYLE))}">
<meta name="referrer" content="no-referrer">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · FashionMatch</title>
<style>${new Html(PAGE_STYLE)}</style>
</head>
<body>
<main>
`.text;
  for await (const { text } of main) yield `${text}\n`;
  yield '</main>\n</body>\n</html>\n';
}
