import { TestEnvironment } from 'jest-environment-node';

const SHARED_TYPES = [Float32Array, Float64Array, Uint8Array, Uint16Array, Int32Array, BigInt64Array, ArrayBuffer];

/**
 * Jest runs tests in a realm of its own, where `instanceof` is false for typed arrays and errors made by
 * Node and native modules, which live in the outer realm. This makes tests behave as Node does.
 */
export default class OneRealm extends TestEnvironment {
  async setup() {
    await super.setup();
    for (const type of SHARED_TYPES) this.global[type.name] = type;

    const InnerError = this.global.Error;
    Object.defineProperty(InnerError, Symbol.hasInstance, {
      value(candidate) {
        if (Function.prototype[Symbol.hasInstance].call(this, candidate)) return true;
        return this === InnerError && candidate instanceof Error;
      },
    });
  }
}
