import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Would be `owned` if any of the texts below were taken for anything but text. */
const HOSTILE_TITLE = `<img src=x onerror="document.title='owned'">\u202edesrever`;

/** The same as a page may show it. */
export const SHOWN_TITLE = HOSTILE_TITLE.replace('\u202e', '\ufffd');

/** A scraped batch of one listing whose texts are made to break out of a page. */
export async function writeHostileBatch(scrapedDirectory: string, image: string): Promise<void> {
  const folder = join(scrapedDirectory, 'batch_20260113_093000_123456');
  await mkdir(join(folder, 'images/hostile'), { recursive: true });
  await copyFile(image, join(folder, 'images/hostile/0.jpg'));
  const item = {
    item_id: `hostile"><script>document.title='owned'</script>`,
    title: HOSTILE_TITLE,
    price: 1,
    currency: '</p><script>document.title="owned"</script>',
    description: '',
    brand: `" onmouseover="document.title='owned'`,
    size: 'M',
    condition: 'Good',
    image_urls: ['https://images.example.com/hostile.jpg'],
    url: `https://www.example.com/"onmouseover="document.title='owned'"`,
    seller_id: 'x',
    category: 'shirt',
    scraped_at: '2026-01-13T09:30:00',
    local_image_paths: ['images/hostile/0.jpg'],
  };
  const batch = { batch_id: 'hostile', category: 'wardrobe', total_items: 1, pages_scraped: 1, items: [item] };
  await writeFile(join(folder, 'batch.json'), JSON.stringify({ ...batch, scraped_at: item.scraped_at }));
}
