// SPDX-License-Identifier: MIT
// Bundles esm.mjs of the present folder.
const webpack = require('webpack');

const settings = {
  context: process.cwd(),
  target: 'node',
  mode: 'production',
  entry: './esm.mjs',
  externals: { 'two-pass-softmax': 'commonjs two-pass-softmax' },
  output: { path: `${process.cwd()}/webpack`, filename: 'bundle.cjs' },
};

webpack(settings, (error, stats) => {
  if (!error && !stats.hasErrors()) return;
  console.error(String(error ?? stats));
  process.exitCode = 1;
});
