/** What the queue is called in BullMQ. */
export const QUEUE = 'encode';

/** What all of our keys in Redis begin with. */
export const PREFIX = 'fashionmatch';
