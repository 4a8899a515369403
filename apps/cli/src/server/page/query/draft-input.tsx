import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';

interface DraftInputProps {
  readonly id: string;
  readonly type?: 'number' | 'search' | 'text';
  readonly list?: string;
  readonly placeholder?: string;
  readonly maxLength?: number;
  readonly value: string;
  readonly onCommit: (value: string) => void;
  readonly onDraft?: (value: string) => void;
  readonly onFocus?: () => void;
}

/** A field that keeps what is being typed until it is done, whatever else of the page changes meanwhile. */
export function DraftInput({ type = 'text', value, onCommit, onDraft, ...rest }: DraftInputProps): JSX.Element {
  const [draft, setDraft] = useState(value);
  useEffect(() => {
    setDraft(value);
    onDraft?.(value);
  }, [value]);
  return (
    <input
      {...rest}
      type={type}
      {...(type === 'number' && { min: 0, step: 'any', inputMode: 'decimal' })}
      autoComplete="off"
      value={draft}
      onInput={({ currentTarget }) => {
        setDraft(currentTarget.value);
        onDraft?.(currentTarget.value);
      }}
      onChange={({ currentTarget }) => {
        onCommit(currentTarget.value.trim());
      }}
    />
  );
}
