// SPDX-License-Identifier: MIT
import { cpu, softmax } from 'two-pass-softmax';
import report from './report.cjs';

console.log(report({ cpu, softmax }));
