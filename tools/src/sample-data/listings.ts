import type { Look } from './photograph.js';
import type { GarmentKind } from './garments.js';
import { nameOf, pick } from './wardrobe.js';

/** A listing as a scraper writes it. */
export interface ListingFile {
  readonly item_id: string;
  readonly title: string;
  readonly price: number;
  readonly currency: string;
  readonly description: string;
  readonly brand: string | null;
  readonly size: string;
  readonly condition: string;
  readonly image_urls: readonly string[];
  readonly url: string;
  readonly seller_id: string;
  readonly category: string;
  readonly scraped_at: string;
  readonly local_image_paths: readonly string[];
}

/** Made up, as sellers and prices are. `null` is a listing that names none. */
const BRANDS = ['Nordlys', 'Casa Lino', 'Atelier Brume', 'Marlowe & Finch', 'Tidewater', 'Kestrel', null] as const;

const CONDITIONS = ['New with tags', 'New without tags', 'Very good', 'Good', 'Satisfactory'] as const;

const SIZES: Readonly<Record<GarmentKind, readonly [string, ...string[]]>> = {
  shirt: ['S', 'M', 'L', 'XL'],
  dress: ['34', '36', '38', '40', '42'],
  trousers: ['W28', 'W30', 'W32', 'W34'],
  shoes: ['37', '38', '39', '41', '43'],
  bag: ['One size'],
};

/** @param place Counts the listings of a batch, from 0. */
export function listingId(place: number): string {
  return String(4_100_000_000 + place * 7_919);
}

export function makeListing(look: Look, place: number, random: () => number): ListingFile {
  const id = listingId(place);
  const title = nameOf(look);
  const brand = pick(BRANDS, random());
  return {
    item_id: id,
    title: title.charAt(0).toUpperCase() + title.slice(1),
    price: Math.round((5 + random() * 75) * 2) / 2,
    currency: 'EUR',
    description: `A ${title} from a home without smokers. Photographed in daylight.`,
    brand,
    size: pick(SIZES[look.garment.kind], random()),
    condition: pick(CONDITIONS, random()),
    image_urls: [`https://images.example.com/${id}/0.jpg`],
    url: `https://www.example.com/items/${id}`,
    seller_id: `seller-${Math.floor(random() * 900) + 100}`,
    category: look.garment.kind,
    scraped_at: `2026-01-12T09:30:${String(place).padStart(2, '0')}.123456`,
    local_image_paths: [`images/${id}/0.jpg`],
  };
}
