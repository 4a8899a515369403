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

export interface Preset extends ListingMapping {
  /** Whoever has a column of each of these is recognised. */
  readonly recognisedBy: readonly (readonly string[])[];
  /** Rows with the same value here as the one before, and without a title, tell more of the same thing. */
  readonly groupedBy?: string | undefined;
}

/** The names that most programs use, tried after those of a preset. */
export const USUAL_COLUMNS: Readonly<Record<ListingField, readonly string[]>> = {
  item_id: [
    'item_id',
    'id',
    'product_id',
    'listing_id',
    'article_id',
    'offer_id',
    'sku',
    'asin',
    'uuid',
    'uid',
    '_id',
    'guid',
    'identifier',
    'item_number',
    'handle',
    'slug',
    'key',
  ],
  title: [
    'title',
    'name',
    'product_name',
    'product_title',
    'product_display_name',
    'item_name',
    'item_title',
    'prod_name',
    'headline',
    'label',
    'caption',
  ],
  price: [
    'price',
    'price_amount',
    'current_price',
    'sale_price',
    'selling_price',
    'final_price',
    'price_value',
    'offers.price',
    'offers',
    'variants.price',
    'prix',
    'preis',
    'precio',
    'prezzo',
    'cena',
  ],
  currency: ['currency', 'currency_code', 'price_currency', 'offers.price_currency', 'devise', 'waehrung'],
  description: [
    'description',
    'desc',
    'detail_desc',
    'product_description',
    'long_description',
    'summary',
    'body_html',
    'details',
    'content',
  ],
  brand: ['brand', 'brand_title', 'brand_name', 'manufacturer', 'vendor', 'designer', 'label_name', 'marque', 'marke'],
  size: ['size', 'size_title', 'sizes', 'taille', 'groesse', 'talla'],
  condition: ['condition', 'item_condition', 'etat', 'zustand'],
  category: [
    'category',
    'categories',
    'category_name',
    'catalog',
    'product_type',
    'product_category',
    'type',
    'department',
  ],
  url: [
    'url',
    'link',
    'page_url',
    'item_url',
    'product_url',
    'product_link',
    'web_url',
    'canonical_url',
    'permalink',
    'href',
  ],
  seller_id: ['seller_id', 'seller', 'user_id', 'user', 'vendor_id', 'shop_id', 'owner'],
  scraped_at: [
    'scraped_at',
    'crawled_at',
    'fetched_at',
    'collected_at',
    'retrieved_at',
    'scraped_date',
    'scrape_date',
    'timestamp',
    'date',
    'updated_at',
    'updated',
    'published_at',
    'published',
    'pub_date',
    'created_at',
  ],
  image_urls: [
    'image_urls',
    'image_url',
    'photo_urls',
    'photo_url',
    'images',
    'image',
    'photos',
    'photo',
    'pictures',
    'picture',
    'img',
    'img_url',
    'image_link',
    'image_src',
    'main_image',
    'primary_image',
    'thumbnail',
    'media',
    'enclosure',
  ],
  local_image_paths: [
    'local_image_paths',
    'local_image_path',
    'local_images',
    'local_paths',
    'local_path',
    'image_paths',
    'image_path',
    'images.path',
    'image_files',
    'image_file',
    'files.path',
    'photo_paths',
    'photo_path',
    'filename',
    'file_name',
    'file',
  ],
};

/** What programs out there write, the most particular first. A new one is a row here, and a row of the guide. */
export const PRESETS: readonly Preset[] = [
  {
    name: 'FashionMatch batch',
    recognisedBy: [['item_id'], ['title', 'image_urls', 'url', 'local_image_paths', 'scraped_at']],
    columns: {},
    currency: 'EUR',
  },
  {
    name: 'Vinted',
    recognisedBy: [['id'], ['brand_title', 'brand_dto', 'size_title'], ['photo', 'photos', 'user']],
    columns: {
      item_id: ['id'],
      brand: ['brand_title', 'brand_dto.title', 'brand'],
      size: ['size_title'],
      condition: ['status'],
      url: ['url', 'path'],
      seller_id: ['user.id', 'user_id'],
      category: ['catalog_title', 'catalog_id'],
      scraped_at: ['scraped_at', 'created_at_ts', 'updated_at_ts'],
      image_urls: ['photos', 'photo'],
    },
    images: ['photo_*', 'images/{id}'],
  },
  {
    name: 'Shopify table',
    recognisedBy: [['handle'], ['body_html'], ['variant_price']],
    groupedBy: 'handle',
    columns: {
      item_id: ['handle'],
      description: ['body_html'],
      price: ['variant_price'],
      brand: ['vendor'],
      category: ['type', 'product_category'],
      image_urls: ['image_src', 'variant_image'],
      url: [],
      scraped_at: [],
    },
  },
  {
    name: 'Shopify',
    recognisedBy: [['handle'], ['variants'], ['vendor', 'product_type', 'body_html']],
    columns: {
      item_id: ['id'],
      description: ['body_html', 'description'],
      price: ['variants.price'],
      brand: ['vendor'],
      category: ['product_type', 'type'],
      image_urls: ['images', 'image'],
      url: ['online_store_url', 'url'],
      scraped_at: ['scraped_at', 'updated_at', 'published_at', 'created_at'],
    },
  },
  {
    name: 'Merchant feed',
    recognisedBy: [['id', 'offer_id'], ['image_link'], ['link', 'availability']],
    columns: {
      item_id: ['offer_id', 'id'],
      price: ['price'],
      category: ['product_type', 'product_types', 'google_product_category'],
      image_urls: ['image_link', 'additional_image_link', 'additional_image_links'],
      url: ['link', 'canonical_link'],
    },
  },
  {
    name: 'Kaggle fashion',
    recognisedBy: [['id'], ['master_category'], ['product_display_name']],
    columns: {
      title: ['product_display_name'],
      category: ['article_type', 'sub_category', 'master_category'],
    },
    images: ['images/{id}.jpg'],
  },
  {
    name: 'H&M articles',
    recognisedBy: [['article_id'], ['prod_name'], ['product_code', 'product_type_name']],
    columns: {
      title: ['prod_name'],
      description: ['detail_desc'],
      category: ['product_type_name', 'product_group_name'],
    },
    images: ['images/{id:0:3}/{id}.jpg'],
  },
  {
    name: 'img2dataset',
    recognisedBy: [['key'], ['url'], ['caption', 'sha256', 'original_width'], ['status']],
    columns: {
      item_id: ['key'],
      title: ['caption'],
      image_urls: ['url'],
      url: [],
    },
    images: ['{id}.jpg', '{id}.webp', '{id}.png'],
  },
  {
    name: 'Scrapy images',
    recognisedBy: [
      ['images', 'files'],
      ['images.checksum', 'files.checksum', 'images.path', 'files.path'],
    ],
    columns: {
      image_urls: ['image_urls', 'file_urls', 'images.url', 'files.url'],
      local_image_paths: ['images.path', 'files.path'],
    },
    images: ['{path}', 'images/{path}', 'files/{path}'],
  },
];
