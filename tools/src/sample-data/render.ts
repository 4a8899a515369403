import sharp from 'sharp';

// Where the image decoder is loaded in the same process, it has blocked SVG. What is drawn here is our own.
sharp.unblock({ operation: ['VipsForeignLoadSvgBuffer'] });

/** Renders an SVG to the bytes of a photograph, the same ones every time. */
export async function render(svg: string, format: 'jpeg' | 'png'): Promise<Buffer> {
  const image = sharp(Buffer.from(svg)).flatten({ background: '#fff' });
  return format === 'jpeg' ? image.jpeg({ quality: 86 }).toBuffer() : image.png({ compressionLevel: 6 }).toBuffer();
}
