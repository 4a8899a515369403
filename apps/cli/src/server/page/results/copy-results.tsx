import type { JSX } from 'preact';
import { useState } from 'preact/hooks';

import { delimitedText, type Row } from './delimited-text.js';

/** Gives what is shown to other programs. */
export function CopyResults({ rows }: { readonly rows: readonly Row[] }): JSX.Element {
  const [told, setTold] = useState('');
  const copy = async (text: string, name: string): Promise<void> => {
    setTold('');
    setTold((await give(text, name)) ? `Copied ${String(rows.length)} as ${name}.` : `Saved as ${fileName(name)}.`);
  };
  return (
    <div class="copying">
      <button type="button" class="plain" onClick={() => void copy(JSON.stringify(rows, undefined, 2), 'JSON')}>
        Copy as JSON
      </button>
      <button type="button" class="plain" onClick={() => void copy(delimitedText(rows), 'CSV')}>
        Copy as CSV
      </button>
      <span role="status" class="quiet">
        {told}
      </span>
    </div>
  );
}

const fileName = (name: string): string => `fashionmatch.${name.toLowerCase()}`;

/** @returns whether it was copied: browsers allow that on this machine, or with HTTPS. A file is given elsewhere. */
async function give(text: string, name: string): Promise<boolean> {
  if (isSecureContext) {
    const isCopied = await navigator.clipboard.writeText(text).then(
      () => true,
      () => false,
    );
    if (isCopied) return true;
  }
  const address = URL.createObjectURL(new Blob([text], { type: 'text/plain' }));
  Object.assign(document.createElement('a'), { href: address, download: fileName(name) }).click();
  setTimeout(() => {
    URL.revokeObjectURL(address);
  }, 60_000);
  return false;
}
