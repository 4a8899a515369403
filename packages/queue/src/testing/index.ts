export { FinishedJobs } from './finished-jobs.js';
export { hasRedisServer, RedisServer } from './redis-server.js';
