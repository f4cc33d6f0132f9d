// SPDX-License-Identifier: MIT
// The passes of our own algorithms, written once over the sixteen virtual lanes of vec_<isa>.h.
//   two-pass         sum_exp (reads x), scale_exp (reads x, writes y)
//   two-pass-reload  sum_exp (reads x, writes v into y), scale (reads and writes y)
// sum_blind is sum_exp for who does not ask for the maxima.
// Special values. NaN: dropped by the maxima, but its exponential and so the sum is NaN. -infinity:
// raised to the lowest exponent that a block can hold, and below `least` in the last pass.
// +infinity and maxima outside [kLowest, kSafe]: the sums are garbage, the caller looks at `max`
// first.
#pragma once
#include <type_traits>

#include "first_pass.h"

namespace {

// y = fl(m * reciprocal) * 2^(n - exponent): the exponentials relative to the row's exponent times
// one factor, so that `v` of both forms differs by a power of two only.
// Nothing subnormal is computed on the way: it would take a hundred cycles.
TPS_INLINE F scaled(F v, F least, F factor) { return mul_unless_less(v, least, factor); }

// Elements before the first whole line of y, of n: a vector across two lines takes twice as long.
inline size_t to_line(const float* y, size_t n) {
  const size_t lead = (64 - reinterpret_cast<uintptr_t>(y) % 64) % 64 / sizeof(float);
  return lead < n ? lead : n;
}

// What the next group will read in the place of x. A whole group is early enough that the loads do
// not wait, and as even as the work on it: eight lines take 1.08 times as long.
TPS_INLINE void fetch_group_before(const float* x) {
  prefetch(reinterpret_cast<const void*>(reinterpret_cast<uintptr_t>(x) -
                                         kGroup * kBlock * sizeof(float)));
}

// `Ref`: a Reference, or Near where all results are normal numbers (Normalizer::all_stay).
template <typename Ref, typename Source>
void scale_exp_of(const Input& in, float* y, size_t n, const Normalizer& norm, bool streaming) {
  const Source source(in);
  const Ref ref(norm.exponent);
  const F least = set(norm.least), factor = set(norm.reciprocal * pow2f(-kHeadroom));
  const auto result = [&](F v) TPS_INLINE_LAMBDA {
    return Ref::kAllStay ? mul(ref.exp(v), factor) : scaled(ref.exp(v), least, factor);
  };
  const Stretch<Source> z{source, in.x};
  const auto some = [&](size_t i, size_t end) {
    for (; i < end; i += 16) {
      const size_t count = end - i < 16 ? end - i : 16;
      store_n(y + i, result(z.tail(i, count, 0)), count);
    }
  };
  // Several vectors at a time, `stride` apart: their chains of operations overlap.
  const auto several = [&](size_t at, size_t stride, auto put) TPS_INLINE_LAMBDA {
    F r[kInFlight];
    for (size_t k = 0; k < kInFlight; ++k) r[k] = result(z.at(at + k * stride));
    for (size_t k = 0; k < kInFlight; ++k) put(y + at + k * stride, r[k]);
  };
  const size_t lead = to_line(y, n);
  const auto rest = [&](size_t i, auto put) TPS_INLINE_LAMBDA {
    for (; i + 16 * kInFlight <= n; i += 16 * kInFlight) several(i, 16, put);
    return i;
  };
  size_t done;
  if (streaming) {
    const auto put = [](float* p, F v) { stream(p, v); };
    const size_t groups = (n - lead) / (kGroup * kBlock);
    // From the end: what the first pass read last may still be in a cache.
    done = rest(lead + groups * kGroup * kBlock, put);
    for (size_t g = groups; g-- > 0;)
      for (size_t k = lead + g * kGroup * kBlock, end = k + kBlock; k < end; k += 16)
        for (size_t b = 0; b < kGroup; b += kInFlight) {
          const float* const now = in.x + k + b * kBlock;
          for (size_t u = 0; u < kInFlight; ++u) fetch_group_before(now + u * kBlock);
          several(k + b * kBlock, kBlock, put);
        }
    stream_fence();
  } else {
    done = rest(lead, [](float* p, F v) { store(p, v); });
  }
  some(done, n);
  some(0, lead);
}

template <typename Result>
TPS_INLINE void each_result(float* y, size_t n, const Result& result) {
  size_t i = to_line(y, n);
  if (i > 0) store_n(y, result(load_n(y, i, 0)), i);
  for (; i + 64 <= n; i += 64)
    for (size_t k = i; k < i + 64; k += 16) store(y + k, result(load(y + k)));
  for (; i + 16 <= n; i += 16) store(y + i, result(load(y + i)));
  if (i < n) store_n(y + i, result(load_n(y + i, n - i, 0)), n - i);
}

TPS_OUT_OF_LINE void scale_block(float* y, size_t n, float least, float factor) {
  const F l = set(least), f = set(factor);
  each_result(y, n, [&](F v) TPS_INLINE_LAMBDA { return scaled(v, l, f); });
}
TPS_OUT_OF_LINE void scale_block(float* y, size_t n, float factor) {
  const F f = set(factor);
  each_result(y, n, [&](F v) TPS_INLINE_LAMBDA { return mul(v, f); });
}

TPS_OUT_OF_LINE void fill(float* y, size_t n, float value) {
  const F v = set(value);
  size_t i = 0;
  for (; i + 16 <= n; i += 16) store(y + i, v);
  if (i < n) store_n(y + i, v, n - i);
}

// A block's v is relative to its own exponent, `down` below the row's. Where the factor itself
// would be subnormal, powers of two go first; where not even the sum stays, no result does.
inline void scale_any(float* y, size_t n, const BlockSum& block, const Normalizer& norm) {
  int32_t down = norm.exponent - block.exponent;
  const auto least = [&] { return norm.least * pow2(down); };
  if (down > 2 * kReach || block.sum < least()) return fill(y, n, 0);
  for (; down > 110; down -= 100) scale_block(y, n, static_cast<float>(least()), 0x1p-100f);
  scale_block(y, n, static_cast<float>(least()), norm.reciprocal * pow2f(-kHeadroom - down));
}

void scale_rows(float* y, size_t n, const BlockSum* blocks, const Normalizer& norm) {
  // From the end: what the first pass stored last is still in the nearest cache.
  for (size_t b = (n + kBlock - 1) / kBlock; b-- > 0;) {
    const size_t at = b * kBlock, count = n - at < kBlock ? n - at : kBlock;
    if (norm.all_stay)
      scale_block(y + at, count,
                  norm.reciprocal * pow2f(blocks[b].exponent - norm.exponent - kHeadroom));
    else
      scale_any(y + at, count, blocks[b], norm);
  }
}

// Rows of one block each, any length up to kBlock, one by one.
size_t rows_by_blocks(const Input& in, float* y, size_t rows, size_t n) {
  const Shifted source(in);
  const float* x = in.x;
  for (size_t r = 0; r < rows; ++r, x += n, y += n) {
    const float row_max = max_of(source, x, n);
    // Masked as a whole; with a larger scale a finite x may have overflowed.
    const bool masked = row_max == -kInfinity && in.scale <= 1;
    if (!masked && row_max - row_max != 0) return r;
    BlockSum block;
    if (masked || (row_max >= kLowest && row_max <= kSafe)) {
      sum_one(Stretch<Shifted>{source, x}, n, row_max, y, &block, x + n);
    } else {  // the exact path
      Input shifted = in;
      shifted.after = row_max;
      const Shifted exact(shifted);
      sum_one(Stretch<Shifted>{exact, x}, n, 0, y, &block, x + n);
    }
    if (block.sum != block.sum)
      fill(y, n, __builtin_nanf(""));
    else if (masked)
      fill(y, n, in.masked);
    else
      scale_rows(y, n, &block, normalizer(fold(&block, 1)));
  }
  return rows;
}

void sum_exp(const Input& in, size_t n, float* v, BlockSum* blocks, const float* known_max) {
  if (known_max != nullptr) return sum_by(*known_max, in, n, v, blocks);
  if (in.kind == Input::kShifted || kScalar)
    sum_blocks<WindowAndMax, Shifted>(in, n, v, blocks, true);
  else if (in.kind == Input::kScaled)
    sum_blocks<WindowAndMax, Scaled>(in, n, v, blocks, true);
  else
    sum_blocks<WindowAndMax, Plain>(in, n, v, blocks, true);
}
void sum_blind(const Input& in, size_t n, float* v, BlockSum* blocks) {
  if (in.kind == Input::kShifted || kScalar)
    sum_exp(in, n, v, blocks, nullptr);
  else if (in.kind == Input::kScaled)
    sum_blocks<WindowAndMax, Scaled>(in, n, v, blocks, false);
  else
    sum_blocks<Window, Plain>(in, n, v, blocks, false);
}
void sum_lanes(const Input& in, size_t n, BlockSum* blocks, float* lanes) {
  using Source = std::conditional_t<kScalar, Shifted, Plain>;
  store(lanes, set(-kInfinity));
  sum_blocks<WindowAndMax, Source>(in, n, nullptr, blocks, true, lanes);
}
void scale_exp(const Input& in, float* y, size_t n, const Normalizer& norm, bool streaming) {
  if (in.kind != Input::kPlain || kScalar)
    scale_exp_of<Reference, Shifted>(in, y, n, norm, streaming);
  else if (norm.all_stay)
    scale_exp_of<Near, Plain>(in, y, n, norm, streaming);
  else
    scale_exp_of<Reference, Plain>(in, y, n, norm, streaming);
}
float max(const Input& in, size_t n) { return max_of(Shifted(in), in.x, n); }

}  // namespace
