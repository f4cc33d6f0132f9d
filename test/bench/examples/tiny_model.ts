// SPDX-License-Identifier: MIT
// A language model of one node: the logits of the next word are a row of a table, that of the last.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FLOAT, INT64, modelOf, tensor } from '../../../bench/node/onnx.js';

export const words = ['[END]', '[UNK]', 'the', 'cat', 'dog', 'sat', 'ran', 'on', 'mat', 'far'];

/** Writes what transformers.js loads a text generation model from; `table`: a row for each word. */
export function writeModel(folder: string, table: Float32Array): void {
  const n = words.length;
  const model = modelOf({
    nodes: [{ op: 'Gather', inputs: ['table', 'input_ids'], outputs: ['logits'], axis: 0 }],
    inputs: [{ name: 'input_ids', type: INT64, shape: ['batch', 'length'] }],
    outputs: [{ name: 'logits', type: FLOAT, shape: ['batch', 'length', n] }],
    constants: [tensor('table', [n, n], table)],
  });
  mkdirSync(join(folder, 'onnx'), { recursive: true });
  writeFileSync(join(folder, 'onnx', 'model.onnx'), model);
  const write = (name: string, content: object) =>
    writeFileSync(join(folder, name), JSON.stringify(content));
  write('config.json', {
    model_type: 'gpt2',
    architectures: ['GPT2LMHeadModel'],
    ...{ n_layer: 0, n_head: 1, n_embd: 1, vocab_size: n, eos_token_id: 0 },
  });
  write('tokenizer_config.json', {
    tokenizer_class: 'PreTrainedTokenizerFast',
    eos_token: '[END]',
  });
  write('tokenizer.json', {
    version: '1.0',
    added_tokens: [],
    normalizer: null,
    pre_tokenizer: { type: 'Whitespace' },
    post_processor: null,
    decoder: null,
    model: {
      type: 'WordLevel',
      unk_token: '[UNK]',
      vocab: Object.fromEntries(words.map((word, i) => [word, i])),
    },
  });
}
