/**
 * Lets `instanceof` know a class's objects of every copy of this package. A consumer's tree can hold two, and without
 * this an item's fault that another copy throws would be unknown, and stop a run.
 *
 * @param name the same in every version, and of no other class.
 */
export function knowAcrossCopies(type: { readonly prototype: object }, name: string): void {
  const brand = Symbol.for(`@fashionmatch/domain.${name}`);
  Object.defineProperty(type.prototype, brand, { value: true });
  Object.defineProperty(type, Symbol.hasInstance, {
    // A subclass inherits this, but not the brand.
    value(this: unknown, value: unknown): boolean {
      if (this !== type) return Function.prototype[Symbol.hasInstance].call(this, value);
      return typeof value === 'object' && value !== null && brand in value;
    },
  });
}
