export { itemArchive } from '@fashionmatch/storage';
