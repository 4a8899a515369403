import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';

import { ask } from '../api/ask.js';
import { printable } from '../api/printable.js';
import { Turns } from './turns.js';

/** So far from what is seen, pictures are fetched: by when they are scrolled to, they are there. */
const AHEAD = '600px 0px';

/** A browser has six connections to a server: what is asked meanwhile finds one free. */
const turns = new Turns(4);

interface PictureProps {
  readonly address: string;
  /** Fetched at once, wherever it is. */
  readonly isAlone?: boolean;
}

/** A picture in a square that is there before it. Decorative: the item's title stands beside it. */
export function Picture({ address, isAlone = false }: PictureProps): JSX.Element {
  const place = useRef<HTMLDivElement>(null);
  const isNear = useIsNear(place);
  const { source, fault } = useFetchedPicture(isAlone || isNear ? address : undefined);
  return (
    <div ref={place} class="picture">
      {source !== undefined && <img src={source} alt="" />}
      {fault !== undefined && <span class="no-picture">No picture: {printable(fault)}</span>}
    </div>
  );
}

function useIsNear(place: { readonly current: Element | null }): boolean {
  const [isNear, setIsNear] = useState(false);
  useEffect(() => {
    if (place.current === null) return;
    const observer = new IntersectionObserver(
      (entries) => {
        if (entries.some(({ isIntersecting }) => isIntersecting)) setIsNear(true);
      },
      { rootMargin: AHEAD },
    );
    observer.observe(place.current);
    return () => {
      observer.disconnect();
    };
  }, []);
  return isNear;
}

/** Fetched rather than linked: an <img> cannot bring the token along. The browser keeps what it has fetched. */
function useFetchedPicture(address: string | undefined): { readonly source?: string; readonly fault?: string } {
  const [fetched, setFetched] = useState<{ readonly source?: string; readonly fault?: string }>({});
  useEffect(() => {
    if (address === undefined) return;
    const gone = new AbortController();
    let source: string | undefined;
    const fetchPicture = async (): Promise<void> => {
      const response = await ask(address, { signal: gone.signal });
      const picture = await response.blob();
      if (gone.signal.aborted) return;
      source = URL.createObjectURL(picture);
      setFetched({ source });
    };
    turns.take(fetchPicture, gone.signal).catch((error: unknown) => {
      if (!gone.signal.aborted) setFetched({ fault: error instanceof Error ? error.message : String(error) });
    });
    return () => {
      gone.abort();
      if (source !== undefined) URL.revokeObjectURL(source);
      setFetched({});
    };
  }, [address]);
  return fetched;
}
