import type { ListingMapping } from '@fashionmatch/domain';

export interface Preset extends ListingMapping {
  /** Whoever has a column of each of these is recognised. */
  readonly recognisedBy: readonly (readonly string[])[];
  /** Rows with the same value here as the one before, and without a title, tell more of the same thing. */
  readonly groupedBy?: string | undefined;
}

/** What programs out there write, the most particular first. A new one is a row here, and a row of the guide. */
export const PRESETS: readonly Preset[] = [
  {
    name: 'FashionMatch batch',
    recognisedBy: [['item_id'], ['image_urls', 'local_image_paths', 'scraped_at']],
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
      seller_id: ['user.id', 'user_id', 'user.login'],
      category: ['catalog_title', 'catalog_id'],
      scraped_at: ['scraped_at', 'created_at_ts', 'updated_at_ts'],
      image_urls: ['photos', 'photo', 'photo.url', 'photo.full_size_url'],
    },
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
    name: 'Shopify table',
    recognisedBy: [['url_handle'], ['product_image_url'], ['vendor']],
    groupedBy: 'url_handle',
    columns: {
      item_id: ['url_handle'],
      price: ['price'],
      brand: ['vendor'],
      category: ['type', 'product_category'],
      image_urls: ['product_image_url', 'variant_image_url'],
      url: [],
      scraped_at: [],
    },
  },
  {
    name: 'WooCommerce table',
    recognisedBy: [['sku'], ['regular_price'], ['images'], ['categories']],
    columns: {
      item_id: ['id', 'sku'],
      price: ['sale_price', 'regular_price'],
      description: ['description', 'short_description'],
      brand: ['brands', 'brand'],
      category: ['categories'],
      image_urls: ['images'],
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
