// SPDX-License-Identifier: MIT
// HTML from text: what is put into html`` is escaped unless it came out of html`` itself.

export class Html {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

export type Content = Html | string | number | readonly Content[];

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

const put = (content: Content): string => {
  if (content instanceof Html) return content.text;
  if (typeof content === 'object') return content.map(put).join('');
  return String(content).replace(/[&<>"']/g, (character) => ESCAPES[character] ?? character);
};

export const html = (parts: TemplateStringsArray, ...contents: Content[]): Html =>
  new Html(parts.map((part, index) => part + put(contents[index] ?? '')).join(''));

/** Data for a script element: no text of it can end the element. */
export const json = (data: unknown): Html =>
  new Html(JSON.stringify(data).replace(/</g, '\\u003c'));
