/** What is wrong with a Parquet file, in words for users. */
export class UnreadableParquet extends Error {}

/** DuckDB makes one page of each column of a row group. */
export const tooLargePage = (): UnreadableParquet =>
  new UnreadableParquet('it has a page that is larger than a page can be: write it in row groups of 20,000 rows');

/** Of a page, or of a whole column of texts and numbers in a row group. Reading one of this size takes 630 MB of memory. */
export const MAX_PART_BYTES = 128 * 2 ** 20;
