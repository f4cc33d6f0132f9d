// SPDX-License-Identifier: MIT
// npm run demo [-- "a line of text"]: a real model's logits through every kernel this CPU can run.
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { type Algorithm, cpu, type Isa, softmax } from '../../dist/index.mjs';
import { algorithms } from '../../dist/types.js';
import { decode } from './ctc.js';
import { type Contender, measure } from './measure.js';
import { recognise } from './model.js';
import { chainOf } from './onnxruntime.js';
import { draw } from './picture.js';
import { confidences, table } from './print.js';
import { maxUlp, reference } from './reference.js';

const ROUNDS = 25;
const PROMISED_ULP = 3; // and the same bits from every isa; the other algorithms are rivals
const PROMISING = ['auto', 'two-pass', 'two-pass-reload'];

const written = process.argv.slice(2).join(' ') || 'Two-Pass Softmax 2026';
const picture = await draw(written).catch((error: Error) => {
  console.error(`Cannot draw ${JSON.stringify(written)}: ${error.message}`);
  process.exit(1);
});
const file = fileURLToPath(new URL('demo.png', import.meta.url));
await writeFile(file, picture.png);

const { classes, shape, logits, probabilities } = await recognise(picture);
const exact = reference(logits, classes.length);
const out = new Float32Array(logits.length);

const kernel = (isa: Isa | 'auto', algorithm: Algorithm): Contender => {
  const options = { out, shape, isa, algorithm, threads: 1 };
  return { name: [isa, algorithm], run: () => softmax(logits, options) };
};
const named = algorithms.filter((algorithm) => algorithm !== 'auto');
const contenders = [
  { name: ['onnxruntime', 'Softmax node'], run: await chainOf(['Softmax'], logits, shape, out) },
  kernel('auto', 'auto'),
  ...cpu().isas.flatMap((isa) => named.map((algorithm) => kernel(isa, algorithm))),
];
const measured = (await measure(contenders, out, ROUNDS)).map((row) => ({
  ...row,
  fromModel: maxUlp(row.result, probabilities),
  fromExact: maxUlp(row.result, exact),
}));
const [node, auto] = measured;
if (!node || !auto) throw new Error('Nothing was measured');

const speed = ({ microseconds }: { microseconds: number }) =>
  (node.microseconds / microseconds).toFixed(2);
const bytes = ({ result }: { result: Float32Array }) => Buffer.from(result.buffer);
const promising = measured.filter(({ name }) => PROMISING.includes(name[1] ?? ''));
const same = promising.every((row) => bytes(row).equals(bytes(auto)));
const accurate = promising.every(({ fromExact }) => fromExact <= PROMISED_ULP);
const read = decode(auto.result, classes);

console.log(`
drawn  ${written}
       ${file} (${picture.width} x ${picture.height})
read   ${read.map(({ character }) => character).join('')}

${confidences(read, process.stdout.columns ?? 80)}
${shape[0]} rows of ${shape[1].toLocaleString('en')} logits, one thread, medians of ${ROUNDS} rounds, beside the model's
own Softmax node; ULP is the largest difference in units of the float32 spacing:

${table(
  [
    ['isa', 'algorithm', 'ULP from model', 'from float64', 'us', 'speed'],
    ...measured.map((row) => [
      ...row.name,
      row.fromModel.toFixed(2),
      row.fromExact.toFixed(2),
      row.microseconds.toFixed(1),
      speed(row),
    ]),
  ],
  2,
)}

${same ? 'The same bits' : 'DIFFERENT BITS'} from the ${promising.length} rows named auto or two-pass, ${accurate ? 'within' : 'NOT WITHIN'} ${PROMISED_ULP} ULP: ${auto.fromExact.toFixed(2)} from
float64 (the model's node: ${node.fromExact.toFixed(2)}), at ${speed(auto)} times the speed of that node.`);
if (!same || !accurate) process.exitCode = 1;
