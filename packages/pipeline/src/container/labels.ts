export { readLabels } from '@fashionmatch/storage';
