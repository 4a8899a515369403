export { openWorkQueue, type WorkQueueOptions } from './bull-work-queue.js';
export { placeOf, type RedisOptions } from './redis.js';
