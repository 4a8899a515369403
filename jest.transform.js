import { createTransformer as createSwcTransformer } from '@swc/jest';

/**
 * In the realm that Jest makes for a test, each mention of a global costs more than the arithmetic around it: a suite
 * that draws pictures took three times as long. So each module looks these up once; on its first line, lines stay.
 */
const LOOKED_UP_ONCE = 'const { Array, Float32Array, Math, Number, Object, String, Uint8Array } = globalThis; ';

/** The transformer of @swc/jest, for modules that know the globals which loops mention. */
export function createTransformer(options) {
  const swc = createSwcTransformer(options);
  const prefixed =
    (name) =>
    (source, ...others) =>
      swc[name](LOOKED_UP_ONCE + source, ...others);
  return {
    canInstrument: swc.canInstrument,
    process: prefixed('process'),
    processAsync: prefixed('processAsync'),
    getCacheKey: prefixed('getCacheKey'),
  };
}

export default { createTransformer };
