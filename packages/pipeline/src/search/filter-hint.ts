/** A comparison that no stored item meets, and what was perhaps meant. */
export interface FilterHint {
  /** As it is written in a filter. */
  readonly field: string;
  readonly operator: '=' | '==' | '!=' | '~' | '<' | '<=' | '>' | '>=';
  readonly asked: string;
  /** The stored value that is nearest to what was asked for; for `~`, perhaps a word of one. */
  readonly nearest: string;
  /** How many items have it; for `=`, `==` and `~`, how many would be found with it. */
  readonly items: number;
}
