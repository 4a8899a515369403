import { createContext, type ComponentChildren, type JSX } from 'preact';
import { useContext, useEffect, useMemo, useState } from 'preact/hooks';

import { FIRST_STATE, readAddress, writeAddress, type PageState } from './address.js';

/** Where the page is, and the way elsewhere. */
export interface Navigation {
  readonly state: PageState;
  /** What is not named stays as it is. */
  readonly go: (change: Partial<PageState>, how?: 'push' | 'replace') => void;
}

const NavigationContext = createContext<Navigation>({ state: FIRST_STATE, go: () => undefined });

export function useNavigation(): Navigation {
  return useContext(NavigationContext);
}

/** Keeps the page and its address one: what is shown is what the address says. */
export function AddressBar({ children }: { readonly children: ComponentChildren }): JSX.Element {
  // An object: who goes where the page is already wants it asked again.
  const [place, setPlace] = useState({ search: location.search });
  useEffect(() => {
    const follow = (): void => {
      setPlace({ search: location.search });
    };
    addEventListener('popstate', follow);
    return () => {
      removeEventListener('popstate', follow);
    };
  }, []);
  const navigation = useMemo(
    (): Navigation => ({
      state: readAddress(place.search),
      go: (change, how = 'push') => {
        const address = writeAddress({ ...readAddress(location.search), ...change });
        const isElsewhere = address !== location.pathname + location.search;
        if (isElsewhere && how === 'push') history.pushState(null, '', address);
        if (isElsewhere && how === 'replace') history.replaceState(null, '', address);
        setPlace({ search: location.search });
      },
    }),
    [place],
  );
  return <NavigationContext.Provider value={navigation}>{children}</NavigationContext.Provider>;
}

interface LinkProps {
  readonly to: Partial<PageState>;
  /** Everything else is as at first, in place of as it is. */
  readonly afresh?: boolean;
  readonly class?: string;
  readonly label?: string;
  readonly isCurrent?: boolean;
  readonly onFollow?: () => void;
  readonly children: ComponentChildren;
}

/** A link within the page, which can be opened in another tab, copied and kept like any other. */
export function Link({ to, afresh = false, label, isCurrent, onFollow, children, ...rest }: LinkProps): JSX.Element {
  const { state, go } = useNavigation();
  const target = { ...(afresh ? FIRST_STATE : state), ...to };
  const follow = (event: MouseEvent): void => {
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    go(target);
    onFollow?.();
  };
  return (
    <a
      {...rest}
      href={writeAddress(target)}
      aria-label={label}
      aria-current={isCurrent ? 'page' : undefined}
      onClick={follow}
    >
      {children}
    </a>
  );
}
