// SPDX-License-Identifier: MIT
// Top-p, min-p and seeded sampling for transformers.js, whose generate() has temperature and top-k.
//
//   npm run build && node bench/install.mjs peers
//   node bench/examples/transformers.mjs <folder of a text generation model> How it begins
import { fileURLToPath } from 'node:url';
import {
  AutoModelForCausalLM,
  AutoTokenizer,
  LogitsProcessor,
  LogitsProcessorList,
} from '@huggingface/transformers';
import { sample, topK } from '../../dist/index.mjs';

/**
 * Draws the next token of every row and masks all others, so that greedy search, which is what
 * generate() does without `do_sample`, takes it.
 */
export class Sampler extends LogitsProcessor {
  /** What was drawn, and what would have been likely: one entry for each step. */
  steps = [];

  /**
   * @param {object} options - Those of `sample`: temperature, topK, topP, minP, and seed or random.
   * @param {number} count - How many of the likeliest tokens to note.
   */
  constructor({ seed, ...options } = {}, count = 3) {
    super();
    Object.assign(this, { seed, options, count });
  }

  /** @param logits - A tensor of [rows, vocabulary], which is changed in place. */
  _call(_, logits) {
    const { data, dims: shape } = logits;
    const [rows, vocabulary] = shape;
    const likeliest = topK(data, this.count, { shape });
    const seed = this.seed === undefined ? {} : { seed: this.seed + this.steps.length };
    const drawn = sample(data, { ...this.options, ...seed, shape });
    this.steps.push({ drawn, likeliest });

    data.fill(Number.NEGATIVE_INFINITY);
    for (let row = 0; row < rows; row++) data[row * vocabulary + drawn.index[row]] = 0;
    return logits;
  }
}

/** Text that goes on from `prompt`, with the steps of the sampler that wrote it. */
export async function generate(folder, prompt, options, max_new_tokens = 20) {
  const files = { local_files_only: true };
  const tokenizer = await AutoTokenizer.from_pretrained(folder, files);
  const model = await AutoModelForCausalLM.from_pretrained(folder, { ...files, dtype: 'fp32' });
  const sampler = new Sampler(options);
  const logits_processor = new LogitsProcessorList();
  logits_processor.push(sampler);
  const inputs = await tokenizer(prompt);
  const tokens = await model.generate({ ...inputs, max_new_tokens, logits_processor });
  await model.dispose();
  return { text: tokenizer.decode(tokens.tolist()[0]), steps: sampler.steps, tokenizer };
}

async function demonstrate(folder, ...words) {
  const options = { temperature: 0.8, topP: 0.9, seed: 1 };
  const { text, steps, tokenizer } = await generate(folder, words.join(' '), options);
  console.log(`${text}\n`);
  for (const { drawn, likeliest } of steps) {
    const others = [...likeliest.indices].map((token, i) => {
      return `${tokenizer.decode([token])} ${likeliest.probabilities[i].toFixed(3)}`;
    });
    const token = tokenizer.decode([drawn.index[0]]);
    console.log(`${token} ${drawn.probability[0].toFixed(3)}, of ${others.join(', ')}`);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await demonstrate(...process.argv.slice(2));
