import type { ListingField } from '@fashionmatch/domain';

/** The names that most programs use, tried after those of a preset; letter case, spaces and punctuation make no difference. */
export const USUAL_COLUMNS: Readonly<Record<ListingField, readonly string[]>> = {
  item_id: words(`
    item_id id product_id listing_id article_id offer_id sku asin parent_asin uuid uid uniq_id pid _id guid identifier
    item_number aw_product_id merchant_product_id artikelnummer artikel_nr referencia reference ref handle slug key`),
  title: words(`
    title name product_name product_title product_display_name item_name item_title listing_title prod_name headline label
    caption titre titel titulo titolo tytul nazwa bezeichnung produktname designation nom nombre nome naam`),
  price: words(`
    price price_amount current_price sale_price selling_price discounted_price final_price price_value price_text
    price_string price_formatted item_price offers.price offers prices variants.price price_cents price_in_cents
    price_vat regular_price retail_price list_price original_price search_price start_price asking_price price_min prix preis precio
    prezzo preco prijs pris cena`),
  currency: words(`
    currency currency_code currency_id currency_iso price_currency price_currency_code offers.price_currency devise
    waehrung währung moneda valuta`),
  description: words(`
    description desc detail_desc product_description item_description long_description short_description summary body_html
    details content text beschreibung descripcion descrizione omschrijving opis`),
  brand: words(`
    brand brand_title brand_name manufacturer vendor designer designers designer_names label_name maker store marque marke
    marca merk marka hersteller`),
  size: words('size size_title size_name item_size sizes taille groesse größe talla taglia maat rozmiar'),
  condition: words('condition condition_name item_condition etat zustand estado condizione'),
  category: words(`
    category categories category_name category_path catalog catalog_title product_type product_category
    product_category_tree product_category_name merchant_category main_category article_type sub_category categorie
    kategorie categoria type department`),
  url: words(`
    url link page_url item_url listing_url product_url product_link item_web_url web_url web_link view_item_url source_url
    detail_url share_url deep_link merchant_deep_link aw_deep_link canonical_url permalink href lien`),
  seller_id: words(`
    seller_id seller seller_name seller_username user_id user user_login username creator_username vendor_id shop_id
    shop_name store_id owner`),
  scraped_at: words(`
    scraped_at crawled_at fetched_at collected_at retrieved_at extracted_at scraped_date scraped_time scrape_date
    scrape_time crawl_date crawl_time crawl_timestamp timestamp datetime date updated_at updated last_updated date_modified
    updated_timestamp published_at published pub_date created_at date_created date_added listed_at posted_at created
    created_time item_creation_date datum fecha creation_timestamp creation_date`),
  image_urls: words(`
    image_urls image_url photo_urls photo_url images image photos photo pictures picture img imgs img_url image_link
    image_src main_image primary_image cover_photo cover_shot style_images bild bilder foto fotos thumbnail media enclosure
    content.url`),
  local_image_paths: words(`
    local_image_paths local_image_path local_images local_paths local_path image_paths image_path images.path image_files
    image_file image_filename image_name img_path files.path photo_paths photo_path filename file_name filepath file_path
    file`),
};

function words(text: string): readonly string[] {
  return text.trim().split(/\s+/);
}

const OF_THE_THING =
  'additional|extra|other|main|primary|product|item|listing|article|offer|merchant|aw|cover|front|hero|featured|default|large|big|variant|model|look';

/**
 * Columns of which there are several, or that say whose the image is: `Image 1`, `additional_image_link`,
 * `photos/0/url`. Not `seller_photo`.
 */
const IMAGE_ADDRESS = new RegExp(
  `^(?:${OF_THE_THING})?(?:image|photo|picture|pic|img|bild|foto)s?(?:\\d{1,2})?(?:url|link|src|href|address)?s?(?:\\d{1,2})?$`,
);
const IMAGE_PATH =
  /^(?:local)?(?:image|photo|picture|img)s?(?:\d{1,2})?(?:local)?(?:path|file|filename)s?(?:\d{1,2})?$/;

/** Currencies that may stand in the name of a column: those that are no word besides, as `all` and `top` are. */
export const NAMED_CURRENCIES = words('eur usd gbp pln czk sek nok dkk chf cad aud jpy inr huf ron bgn');
const PRICE_IN_CURRENCY = new RegExp(
  `^(?:price|prix|preis|precio|prezzo|prijs|cena)(?:in)?(?:${NAMED_CURRENCIES.join('|')})$`,
);

/** What a column is by the pattern of its name, given without what people write differently. */
export function fieldOfPattern(plainName: string): ListingField | undefined {
  if (IMAGE_ADDRESS.test(plainName)) return 'image_urls';
  if (IMAGE_PATH.test(plainName)) return 'local_image_paths';
  return PRICE_IN_CURRENCY.test(plainName) ? 'price' : undefined;
}
