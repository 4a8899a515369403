/** What is known of a listing. */
export const LISTING_FIELDS = [
  'item_id',
  'title',
  'price',
  'currency',
  'description',
  'brand',
  'size',
  'condition',
  'category',
  'url',
  'seller_id',
  'scraped_at',
  'image_urls',
  'local_image_paths',
] as const;

export type ListingField = (typeof LISTING_FIELDS)[number];

/** Where the fields of a listing stand in what a program writes. */
export interface ListingMapping {
  /** As logs and reports have it. */
  readonly name: string;
  /**
   * For each field the columns to look in, the first that has anything wins; `images.src` is what is called `src` in
   * each of the `images`. Letter case, spaces and punctuation of names make no difference.
   */
  readonly columns: Readonly<Partial<Record<ListingField, readonly string[]>>>;
  /** Where images lie beside the file: `{id}`, `{id:0:3}` for its first three characters, `{column}`. */
  readonly images?: readonly string[] | undefined;
  /** Of prices that name none. */
  readonly currency?: string | undefined;
  /** What relative addresses of pages are relative to. */
  readonly baseUrl?: string | undefined;
}

/** A mapping of the user's own, for some files. */
export interface FileMapping extends ListingMapping {
  /** A glob for paths below the scraped folder, such as `shop/*.csv`. */
  readonly files: string;
}
