// SPDX-License-Identifier: MIT
import * as library from 'two-pass-softmax';
import report from './report.cjs';

console.log(report(library));
