// SPDX-License-Identifier: MIT
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cpu, softmax } from '../../lib/index.js';
import { isas } from '../../lib/types.js';

describe('cpu', () => {
  it('tells who and what', () => {
    const info = cpu();
    expect(info).toEqual({
      vendor: expect.any(String),
      brand: expect.any(String),
      family: expect.any(Number),
      model: expect.any(Number),
      stepping: expect.any(Number),
      microarchitecture: expect.stringMatching(/^[a-z][a-z0-9-]+$/),
      features: expect.any(Array),
      caches: expect.any(Object),
      isas: expect.any(Array),
      isa: expect.any(String),
      kernels: { float32: info.isa, float64: info.isa },
    });
    expect(isas).toEqual(expect.arrayContaining([...info.isas]));
    expect(info.isas).toContain('scalar');
    expect(info.isas).toContain(info.isa);
    for (const cache of Object.values(info.caches)) {
      expect(cache.bytes).toBeGreaterThan(0);
      expect(cache.lineBytes).toBeGreaterThanOrEqual(0);
      expect(cache.sharedBy).toBeGreaterThanOrEqual(0);
    }
  });

  it('gives the caller an object of their own', () => {
    expect(cpu()).not.toBe(cpu());
    expect(cpu()).toEqual(cpu());
  });

  it('lists the isas that run, and no other', () => {
    const x = Float32Array.of(1, 2);
    for (const isa of isas) {
      const run = () => softmax(x, { isa });
      if (cpu().isas.includes(isa)) expect(run()).toHaveLength(2);
      else expect(run).toThrow(expect.objectContaining({ code: 'ERR_ISA_UNSUPPORTED' }));
    }
  });
});

describe('TWO_PASS_SOFTMAX_ISA', () => {
  const dist = join(__dirname, '..', '..', 'dist', 'index.js');
  const run = (isa: string, code: string): unknown => {
    const script = `const { cpu, softmax } = require(${JSON.stringify(dist)});
      const code = (f) => { try { f(); return 'ok'; } catch (e) { return [e.code, e.message]; } };
      const x = Float32Array.of(1, 2);
      console.log(JSON.stringify(${code}))`;
    const env = { ...process.env, TWO_PASS_SOFTMAX_ISA: isa };
    const child = spawnSync(process.execPath, ['-e', script], { env, encoding: 'utf8' });
    expect(child.stderr).toBe('');
    return JSON.parse(child.stdout);
  };

  it('forces an isa', () => {
    expect(run('scalar', '[cpu().isa, cpu().kernels.float32, code(() => softmax(x))]')).toEqual([
      'scalar',
      'scalar',
      'ok',
    ]);
  });

  it.each(['', 'auto'])('%o asks for nothing', (isa) => {
    expect(run(isa, 'cpu().isa')).toBe(run('auto', 'cpu().isas.at(-1)'));
  });

  it('is reported by the first call that computes, not by cpu()', () => {
    const refusal = [
      'ERR_ISA_UNSUPPORTED',
      expect.stringMatching(/^TWO_PASS_SOFTMAX_ISA: expected an isa .*scalar.*, received 'mmx'$/),
    ];
    const calls = 'code(() => softmax(x)), code(() => softmax(x, { out: x }))';
    expect(run('mmx', `[cpu().isa, cpu().kernels.float32, ${calls}]`)).toEqual([
      null,
      null,
      refusal,
      refusal,
    ]);
  });

  it('gives way to the option', () => {
    expect(run('mmx', "code(() => softmax(x, { isa: 'scalar' }))")).toBe('ok');
  });
});
