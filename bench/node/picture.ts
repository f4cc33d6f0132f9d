// SPDX-License-Identifier: MIT
import { readFile } from 'node:fs/promises';
import { initWasm, Resvg } from '@resvg/resvg-wasm';

/** A line of black text on white, as RGBA bytes and as a PNG file's bytes. */
export interface Picture {
  width: number;
  height: number;
  pixels: Uint8Array;
  png: Uint8Array;
}

const HEIGHT = 48; // what the recognition model reads
const MARGIN = 6; // more is read as a space
const FONT = 'files/dejavu-sans-latin-400-normal.woff2';

const fromPackage = (entry: string, file: string) =>
  readFile(new URL(file, import.meta.resolve(entry)));

/** Renders `text` with a font and a renderer that both come from npm: the machine may have none. */
export async function draw(text: string): Promise<Picture> {
  await initWasm(await fromPackage('@resvg/resvg-wasm', 'index_bg.wasm'));
  const font = {
    fontBuffers: [await fromPackage('@fontsource/dejavu-sans/package.json', FONT)],
    defaultFontFamily: 'DejaVu Sans',
  };
  const escaped = text.replace(/[&<]/g, (c) => (c === '&' ? '&amp;' : '&lt;'));
  const svg = (width: number) =>
    new Resvg(
      `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${HEIGHT}">
        <text x="${MARGIN}" y="34" font-size="30" xml:space="preserve">${escaped}</text></svg>`,
      { font, background: 'white' },
    );
  const box = svg(1).getBBox();
  if (!box) throw new Error('the font has no outlines for it');
  const image = svg(Math.ceil(box.x + box.width) + MARGIN).render();
  const { width, height, pixels } = image;
  return { width, height, pixels, png: image.asPng() };
}
