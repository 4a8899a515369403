import type { BatchSurvey, FashionItem } from '@fashionmatch/domain';

/** One batch of `sources --json`. */
export function batchSurveyDocument(survey: BatchSurvey): object {
  const { path, format, mapping, columns, unmapped, missing, items, failed, firstFailure, examples } = survey;
  return {
    ...{ path, format, mapping, columns, unmapped, missing, items, failed },
    first_failure: firstFailure || null,
    examples: examples.map(itemDocument),
  };
}

function itemDocument(item: FashionItem): object {
  const { itemId, title, price, currency, description, brand, size, condition, imageUrl, url, category } = item;
  return {
    ...{
      item_id: itemId,
      title,
      price,
      currency,
      description,
      brand,
      size,
      condition,
      image_url: imageUrl,
      url,
      category,
    },
    ...{ scraped_at: item.scrapedAt, local_image_path: item.localImagePath },
  };
}
