export { FinishedJobs } from './finished-jobs.js';
export { freePort, hasRedisServer, RedisServer } from './redis-server.js';
