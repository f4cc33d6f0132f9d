// SPDX-License-Identifier: MIT
const report = require('./report.cjs');

console.log(report(require('two-pass-softmax')));
