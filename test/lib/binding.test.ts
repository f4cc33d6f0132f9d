// SPDX-License-Identifier: MIT
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  binding,
  candidates,
  check,
  type Host,
  libcOf,
  load,
  Status,
  thisHost,
} from '../../lib/binding.js';
import { elements } from '../../lib/dtypes.js';
import { algorithms, isas } from '../../lib/types.js';

const host: Host = { ...thisHost(), override: undefined };
const built = join(host.root, 'build', 'Release', 'two-pass-softmax.node');

describe('candidates', () => {
  const linux: Host = { ...host, platform: 'linux', arch: 'arm64', root: '/r' };

  it('are the local build, then the prebuilt one of the libc', () => {
    expect(candidates({ ...linux, libc: 'musl' })).toEqual([
      join('/r', 'build', 'Release', 'two-pass-softmax.node'),
      join('/r', 'prebuilds', 'linux-arm64', 'two-pass-softmax.musl.node'),
    ]);
  });

  it('have no libc in the name where there is one libc only', () => {
    const windows = candidates({ ...linux, platform: 'win32', arch: 'x64', libc: undefined });
    expect(windows[1]).toBe(join('/r', 'prebuilds', 'win32-x64', 'two-pass-softmax.node'));
  });

  it('are the one that TWO_PASS_SOFTMAX_BINARY names, and no other', () => {
    expect(candidates({ ...linux, override: '/x/y.node' })).toEqual(['/x/y.node']);
  });
});

describe('libcOf', () => {
  it.each([
    ['7f00-7f01 r-xp 0 08:01 12 /lib/ld-musl-x86_64.so.1\n', 'musl'],
    ['7f00-7f01 r-xp 0 08:01 12 /usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2\n', 'glibc'],
    ['7f00-7f01 r-xp 0 08:01 12 /srv/ld-musl-notes/libc.so.6\n', 'glibc'],
    ['7f00-7f01 r-xp 0 08:01 12 /srv/not-ld-musl-x86_64.so.1\n', 'glibc'],
    ['', 'glibc'],
  ])('%s', (map, libc) => {
    expect(libcOf(map)).toBe(libc);
  });
});

describe('load', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'two-pass-softmax-'));
  });
  afterEach(() => rmSync(root, { recursive: true }));

  const place = (path: string) => {
    const file = join(root, path);
    mkdirSync(join(file, '..'), { recursive: true });
    return file;
  };

  it('finds a prebuilt binary', () => {
    const [, prebuilt = ''] = candidates({ ...host, root: '' });
    copyFileSync(built, place(prebuilt));
    expect(load({ ...host, root }).algorithms).toEqual(algorithms);
  });

  it('goes on to the prebuilt one when the local build is of no use', () => {
    const [local = '', prebuilt = ''] = candidates({ ...host, root: '' });
    writeFileSync(place(local), 'of another platform');
    copyFileSync(built, place(prebuilt));
    expect(load({ ...host, root }).isas).toEqual(isas);
  });

  it('finds what TWO_PASS_SOFTMAX_BINARY names', () => {
    const override = place('elsewhere.node');
    copyFileSync(built, override);
    expect(load({ ...host, root, override }).isas).toEqual(isas);
  });

  it('says what was tried, for which platform, and how to build', () => {
    writeFileSync(place('build/Release/two-pass-softmax.node'), 'not a binary');
    const elsewhere: Host = {
      root,
      platform: 'sunos',
      arch: 'mips',
      libc: 'musl',
      override: undefined,
    };
    expect(() => load(elsewhere)).toThrow(expect.objectContaining({ code: 'ERR_NO_BINARY' }));
    for (const part of [
      /^two-pass-softmax: expected a binary that loads on sunos-mips, musl, received none from /,
      /build.Release.two-pass-softmax\.node \(.*(invalid|short|format).*\)/i,
      /prebuilds.sunos-mips.two-pass-softmax\.musl\.node \(no such file\)/,
      /\(no such file\)\. If a bundle holds this code, make two-pass-softmax external\. /,
      /^ {2}npm install --save-dev cmake-js node-addon-api$/m,
      /^ {2}npx cmake-js rebuild -d node_modules\/two-pass-softmax$/m,
    ]) {
      expect(() => load(elsewhere)).toThrow(part);
    }
  });

  it('does not look further when TWO_PASS_SOFTMAX_BINARY is wrong', () => {
    const override = join(root, 'nothing.node');
    expect(() => load({ ...host, override })).toThrow(
      expect.objectContaining({
        code: 'ERR_NO_BINARY',
        message: expect.stringMatching(
          /^TWO_PASS_SOFTMAX_BINARY: .*nothing\.node \(no such file\)/,
        ),
      }),
    );
  });
});

it('names the same isas, algorithms and element types on both sides', () => {
  expect(binding.isas).toEqual(isas);
  expect(binding.algorithms).toEqual(algorithms);
  expect(binding.dtypes).toEqual(elements);
});

describe('check', () => {
  it('passes a result', () => {
    expect(() => check(Status.ok, 'auto')).not.toThrow();
  });

  it.each([
    [Status.isaUnsupported, 'ERR_ISA_UNSUPPORTED'],
    [Status.overlap, 'ERR_INVALID_ARG_VALUE'],
    [Status.dtypeUnsupported, 'ERR_INVALID_ARG_VALUE'],
    [Status.outOfMemory, 'ERR_INVALID_STATE'],
    [Status.badArgument, 'ERR_INVALID_STATE'],
    [99, 'ERR_INVALID_STATE'],
  ])('turns status %i into %s', (status, code) => {
    expect(() => check(status, 'auto')).toThrow(expect.objectContaining({ code }));
  });

  it('names the source of the isa', () => {
    expect(() => check(Status.isaUnsupported, 'neon')).toThrow(/^options\.isa: .*received 'neon'/);
    expect(() => check(Status.isaUnsupported, 'auto')).toThrow(/^TWO_PASS_SOFTMAX_ISA: /);
  });
});
