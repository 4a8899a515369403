import { TestEnvironment } from 'jest-environment-node';

/**
 * Jest runs tests in a realm of its own, where `instanceof Float32Array` is false for arrays made
 * by native modules of the outer realm. Sharing the constructors makes tests behave as Node does.
 */
export default class SharedTypedArrays extends TestEnvironment {
  async setup() {
    await super.setup();
    for (const type of [Float32Array, Float64Array, Uint8Array, Int32Array, BigInt64Array, ArrayBuffer]) {
      this.global[type.name] = type;
    }
  }
}
