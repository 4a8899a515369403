import sharp, { type Sharp } from 'sharp';

// These settings hold for the whole process, which is why one file makes them and is the only one that imports sharp.

// Every image is read once: caching only costs memory.
sharp.cache(false);

// Images are decoded side by side, so one thread an image is faster than many threads on one.
sharp.concurrency(1);

// The content of a file decides which loader reads it, and some loaders (SVG, PDF, anything by file name) open
// other files. Only what photographs come in stays allowed, and only from memory.
sharp.block({ operation: ['VipsForeignLoad'] });
sharp.unblock({
  operation: [
    'VipsForeignLoadJpegBuffer',
    'VipsForeignLoadPngBuffer',
    'VipsForeignLoadWebpBuffer',
    'VipsForeignLoadHeifBuffer',
    'VipsForeignLoadTiffBuffer',
    'VipsForeignLoadNsgifBuffer',
  ],
});

export { sharp, type Sharp };
