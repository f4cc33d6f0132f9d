// SPDX-License-Identifier: MIT
// npm run matrix: the list of platforms and of Node versions, as the outputs of a workflow's job.
import { nodeVersions, platforms } from './platforms.mjs';

const rows = platforms.map(({ name, runner, image }) => ({ name, runner, image }));
const tooOld = (version) => Number.parseInt(version, 10) < 20; // for vitest
console.log(`platforms=${JSON.stringify(rows)}`);
console.log(`nodes=${JSON.stringify(nodeVersions.filter((version) => !tooOld(version)))}`);
