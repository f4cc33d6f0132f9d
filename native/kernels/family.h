// SPDX-License-Identifier: MIT
// The passes of logSoftmax, logSumExp, entropy and stableMax.
#pragma once
#include "passes.h"

namespace {

// The elements below a limit; the others, and NaN, read as -infinity.
struct Below {
  const Shifted& source;
  F limit;
  F z(F v) const { return below(source.z(v), limit); }
};
inline float max_of(const Below& source, const float* x, size_t n) {
  return reduce_max(largest(x, n, [&](F v) { return source.z(v); }));
}

// Sum of e * (block_max - z), e the exponentials in `v`, by the tree of the sum. What is masked was
// raised to `lowest` in v, and counts as that here: too little to tell.
template <typename Source>
inline double weigh_block(Stretch<Source> z, size_t n, float block_max, F lowest, const float* v) {
  const F top = set(block_max);
  Wide sums = {zero_d(), zero_d()};
  size_t i = 0;
  for (; i + 16 <= n; i += 16)
    sums = add(sums, widen(mul(load(v + i), sub(top, max(lowest, z.at(i))))));
  if (i < n) {
    const F distance = sub(top, max(lowest, z.tail(i, n - i, 0)));
    sums = add(sums, widen(first_n(mul(load_n(v + i, n - i, 0), distance), n - i)));
  }
  return folded(sums);
}

template <typename Source>
void sum_weighted(const Source& source, const float* x, size_t n, BlockSum* blocks,
                  double* weights) {
  alignas(64) float v[kBlock];
  for (size_t at = 0; at < n; at += kBlock, ++blocks) {
    const size_t count = n - at < kBlock ? n - at : kBlock;
    const Stretch<Source> z{source, x + at};
    sum_one(z, count, max_of(source, x + at, count), v, blocks, x + at + kBlock);
    if (weights != nullptr)
      *weights++ =
          weigh_block(z, count, within_range(blocks->max), Reference(blocks->exponent).lowest, v);
  }
}

// y = f(x) for whole vectors. Streaming: past the caches, four pages side by side.
template <typename Map>
inline void transform(const float* x, float* y, size_t n, bool streaming, Map map) {
  size_t i = 0;
  if (streaming) {
    const size_t lead = (64 - reinterpret_cast<uintptr_t>(y) % 64) % 64 / sizeof(float);
    if (lead > 0 && lead <= n) {
      store_n(y, map(load_n(x, lead, 0)), lead);
      i = lead;
    }
    for (; i + kGroup * kBlock <= n; i += (kGroup - 1) * kBlock)
      for (const size_t end = i + kBlock; i < end; i += 16)
        for (size_t b = i; b < i + kGroup * kBlock; b += kBlock) stream(y + b, map(load(x + b)));
    for (; i + 16 <= n; i += 16) stream(y + i, map(load(x + i)));
    stream_fence();
  }
  for (; i + 16 <= n; i += 16) store(y + i, map(load(x + i)));
  if (i < n) store_n(y + i, map(load_n(x + i, n - i, 0)), n - i);
}

// In double, so that neither a large maximum nor a tiny logarithm costs accuracy.
template <typename Source>
void log_scale_of(const Input& in, float* y, size_t n, float row_max, double log_sum,
                  bool streaming) {
  const Source source(in);
  const D top = set_d(row_max), log = set_d(log_sum);
  transform(in.x, y, n, streaming, [&](F v) {
    const Wide z = widen(source.z(v));
    return narrow({sub(sub(z.low, top), log), sub(sub(z.high, top), log)});
  });
}

// The scores of stableMax in double: 1 + z, and 1 / (1 - z) below 0. z = fl(x * scale), or, where
// that overflows, the exact product.
struct Scores {
  F scale;
  double exact;  // the scale, or 0
  D score(D z) const {
    const D one_and = add(set_d(1), if_less(z, 0, mul(z, -1), z));
    return if_less(z, 0, inverse(one_and), one_and);
  }
  Wide at(F x) const {
    const Wide z = exact != 0 ? widen(x) : widen(mul(x, scale));
    if (exact == 0) return {score(z.low), score(z.high)};
    return {score(mul(z.low, exact)), score(mul(z.high, exact))};
  }
};

// One sum per block, by the same tree.
void stable_sum(const float* x, size_t n, float scale, bool exact, double* blocks) {
  const Scores scores{set(scale), exact ? scale : 0.0};
  for (size_t at = 0; at < n; at += kBlock) {
    const size_t count = n - at < kBlock ? n - at : kBlock;
    Wide sums = {zero_d(), zero_d()};
    for (size_t i = 0; i < count; i += 16) {
      const F v = count - i < 16 ? load_n(x + at + i, count - i, -kInfinity) : load(x + at + i);
      sums = add(sums, scores.at(v));
    }
    *blocks++ = folded(sums);
  }
}

// By a call: its divisions take longer.
TPS_OUT_OF_LINE F stable_result(F v, const Scores& scores, double factor) {
  const auto part = [&](D s) {
    const D p = mul(s, factor);
    return if_less(p, 0x1p-126, zero_d(), p);
  };
  const Wide s = scores.at(v);
  return narrow({part(s.low), part(s.high)});
}

void stable_scale(const float* x, float* y, size_t n, float scale, bool exact, double factor,
                  bool streaming) {
  const Scores scores{set(scale), exact ? scale : 0.0};
  transform(x, y, n, streaming, [&](F v) { return stable_result(v, scores, factor); });
}

float max_magnitude(const float* x, size_t n) {
  const auto magnitude = [](F v) { return below(max(sub(set(0), v), v), set(kInfinity)); };
  F m[4] = {set(0), set(0), set(0), set(0)};
  size_t i = 0;
  for (; i + 64 <= n; i += 64)
    for (size_t k = 0; k < 4; ++k) m[k] = max(magnitude(load(x + i + 16 * k)), m[k]);
  for (; i + 16 <= n; i += 16) m[0] = max(magnitude(load(x + i)), m[0]);
  if (i < n) m[1] = max(magnitude(load_n(x + i, n - i, 0)), m[1]);
  return reduce_max(max(max(m[0], m[1]), max(m[2], m[3])));
}

// Scaled logits are taken as shifted by 0: the rest costs more.
void sum_family(const Input& in, size_t n, const float* limit, BlockSum* blocks, double* weights) {
  const Shifted source(in);
  if (limit != nullptr)
    sum_weighted(Below{source, set(*limit)}, in.x, n, blocks, weights);
  else if (in.kind == Input::kPlain && !kScalar)
    sum_weighted(Plain(in), in.x, n, blocks, weights);
  else
    sum_weighted(source, in.x, n, blocks, weights);
}
void log_scale(const Input& in, float* y, size_t n, float row_max, double log_sum, bool streaming) {
  if (in.kind == Input::kPlain && !kScalar)
    log_scale_of<Plain>(in, y, n, row_max, log_sum, streaming);
  else
    log_scale_of<Shifted>(in, y, n, row_max, log_sum, streaming);
}

}  // namespace
