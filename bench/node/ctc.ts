// SPDX-License-Identifier: MIT

/** A recognised character and the highest probability it had among the time steps it spans. */
export interface Character {
  character: string;
  confidence: number;
}

/** The recognition model's classes: the blank, one character a line of `dictionary`, the space. */
export function classesOf(dictionary: string): string[] {
  return ['', ...dictionary.replace(/\n$/, '').split(/\r?\n/), ' '];
}

/**
 * Greedy CTC decoding: the likeliest class of every row of `probabilities`, runs of the same class
 * taken as one character, and class 0, the blank, left out (it is what separates doubled letters).
 */
export function decode(probabilities: Float32Array, classes: readonly string[]): Character[] {
  const read: Character[] = [];
  let previous = 0;
  for (let at = 0; at < probabilities.length; at += classes.length) {
    const row = probabilities.subarray(at, at + classes.length);
    const confidence = row.reduce((a, b) => Math.max(a, b));
    const best = row.indexOf(confidence);
    const current = read.at(-1);
    if (best === previous && best !== 0 && current) {
      current.confidence = Math.max(current.confidence, confidence);
    } else if (best > 0) {
      read.push({ character: classes[best] ?? '', confidence });
    }
    previous = best;
  }
  return read;
}
