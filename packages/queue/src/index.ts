export { fetchImages, type FetchImagesOptions, type ImageFetcher } from './images/fetch-images.js';
export { serveImages, type ImageServer, type ServeImagesOptions } from './images/serve-images.js';
export { openWorkQueue, type WorkQueueOptions } from './bull-work-queue.js';
export { placeOf, type RedisOptions } from './redis.js';
