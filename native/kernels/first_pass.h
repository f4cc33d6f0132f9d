// SPDX-License-Identifier: MIT
// The first pass of our own algorithms: the sum of the exponentials, which may be stored. Each
// block is tried in a window of exponents before it is looked for what it is to be relative to.
#pragma once
#include <string.h>

#include "references.h"

namespace {

// Elements of a step: what the registers hold.
constexpr size_t kStepSize = 16 * kInFlight;

// Stores the exponentials of z(0), z(16) .. to `v`, by whole steps of n elements, and returns how
// many that are. What is summed from registers is so a step later, where the additions share the
// ports with the next exponentials. `kLong`: there are many steps.
template <bool kLong, typename Logits, typename Exp, typename AfterStep>
TPS_INLINE size_t exp_steps(size_t n, const Logits& z, Exp& exp, float* v, Sums* sums,
                            const AfterStep& after) {
  F before[kInFlight];
  for (F& e : before) e = set(0);
  size_t i = 0;
  for (; i + kStepSize <= n; i += kStepSize) {
    for (size_t u = 0; u < kInFlight; u += kPair) {
      F some[kPair];
      for (size_t k = 0; k < kPair; ++k) some[k] = z(i + 16 * (u + k));
      exp_some(exp, some, some);
      for (size_t k = 0; k < kPair; ++k) store(v + i + 16 * (u + k), some[k]);
      if (!kSumsFromMemory && (kLong || i > 0))
        for (size_t k = 0; k < kPair; ++k) *sums = add(*sums, sums_of(before[u + k]));
      for (size_t k = 0; k < kPair; ++k) before[u + k] = some[k];
    }
    after(i);
  }
  if (!kSumsFromMemory && (kLong || i > 0))
    for (const F& e : before) *sums = add(*sums, sums_of(e));
  return i;
}

// Stores the exponentials of at most kBlock elements to `v` and returns their sum, while it fetches
// lines from `next`. A sum from memory runs so far behind that its loads meet finished stores.
template <typename Source, typename Exp>
TPS_INLINE double sum_block(Stretch<Source> z, size_t n, Exp& exp, float* v, Fetch next) {
  constexpr size_t kLag = 128;
  Sums sums = {zero_d(), zero_d()};
  const auto at = [&](size_t k) TPS_INLINE_LAMBDA { return z.at(k); };
  size_t i = exp_steps<true>(n, at, exp, v, &sums, [&](size_t k) TPS_INLINE_LAMBDA {
    next.lines();
    if (kSumsFromMemory && k >= kLag)
      for (size_t u = 0; u < kStepSize; u += 16) sums = add(sums, sums_of(v + k - kLag + u));
  });
  size_t summed = !kSumsFromMemory ? i : i > kLag ? i - kLag : 0;
  for (; i + 16 <= n; i += 16) store(v + i, exp.exp(z.at(i)));
  for (; summed < i; summed += 16) sums = add(sums, sums_of(v + summed));
  if (i < n) {
    const F last = first_n(exp.exp(z.tail(i, n - i, *z.x)), n - i);
    store_n(v + i, last, n - i);
    sums = add(sums, sums_of(last));
  }
  return folded(sums);
}

// Relative to a reference exponent that may be guessed; whether it can hold what counts.
TPS_OUT_OF_LINE bool sum_at(Stretch<Plain> z, size_t n, int32_t exponent, float* v, BlockSum* block,
                            Fetch next) {
  Guess guess(exponent);
  const double sum = sum_block(z, n, guess, v, next);
  *block = {sum, exponent, 0};
  return guess.held(sum);
}
inline void sum_one(Stretch<Plain> z, size_t n, float block_max, float* v, BlockSum* block,
                    Fetch next) {
  sum_at(z, n, reference_exponent(block_max), v, block, next);
  block->max = block_max;
}

// The z of a block, for less code than each kind's own loops would be.
class Staged {
 public:
  template <typename Source>
  TPS_INLINE Staged(Stretch<Source> z, size_t n) {
    for (size_t i = 0; i < n; i += 16) store(z_ + i, n - i < 16 ? z.tail(i, n - i, *z.x) : z.at(i));
  }
  Stretch<Plain> stretch() const { return {source_, z_}; }

 private:
  alignas(64) float z_[kBlock];
  Plain source_{{nullptr, 1, 0, 0, Input::kPlain}};
};
template <typename Source>
TPS_OUT_OF_LINE void sum_one(Stretch<Source> z, size_t n, float block_max, float* v,
                             BlockSum* block, Fetch next) {
  sum_one(Staged(z, n).stretch(), n, block_max, v, block, next);
}

// A block's sum as sum_one() has it.
inline BlockSum relative_to(float block_max, const BlockSum& block) {
  const int32_t exponent = reference_exponent(block_max);
  return {block.sum * pow2(block.exponent - exponent), exponent, block_max, block.lowest};
}

// Where `lanes` are given: raises them to the largest z of each.
TPS_INLINE void keep_highest(F highest, float* lanes) {
  if (lanes != nullptr) store(lanes, max(highest, load(lanes)));
}

// What the blocks of a row are tried with.
struct Tries {
  Windows windows;
  Guesses guesses;
  void aim(float max) {
    windows.aim(max);
    guesses.aim(max);
  }
};

// sum_one() without a maximum; false: the window did not hold.
template <typename Tried, typename Source>
TPS_INLINE bool sum_in_window(Stretch<Source> z, size_t n, Windows& windows, float* v,
                              BlockSum* block, Fetch next, bool maxima, float* lanes) {
  Tried window(windows.next());
  const double sum = sum_block(z, n, window, v, next);
  *block = {sum, kHeadroom - windows.offset(), windows.near(), -windows.offset()};
  if (maxima) {
    const F highest = highest_of(window);
    keep_highest(highest, lanes);
    *block = relative_to(reduce_max(highest), *block);
  }
  if (window.held(sum)) return true;
  windows.miss();
  return false;
}

// The same with a guess; its maximum is known to be in range, and no more. `before`: a block of the
// row that was in a window.
inline bool sum_guessed(Stretch<Plain> z, size_t n, Tries& tries, float* v, BlockSum* block,
                        Fetch next, const BlockSum* before) {
  Guesses& guesses = tries.guesses;
  if (guesses.none_yet()) {
    const float some = reduce_max(largest(z.x, n < 128 ? n : 128));
    if (some > 40) tries.aim(some);
  }
  if (!guesses.worth_it()) return false;
  if (sum_at(z, n, guesses.next(), v, block, next)) {
    guesses.found(*block);
    if (before != nullptr) guesses.found(*before);
    if (guesses.is_above_reference()) return true;
  }
  guesses.miss();
  return false;
}

// A block in no window, by a guess where that may be; else by its own maximum. `to`: where the
// guess stores; whether it did.
TPS_OUT_OF_LINE bool sum_apart(Stretch<Plain> z, size_t n, Tries& tries, float* to, float* v,
                               BlockSum* block, Fetch next, const BlockSum* before, float* lanes) {
  if (!kScalar && to != nullptr && sum_guessed(z, n, tries, to, block, next, before)) return true;
  const F highest = largest(z.x, n);
  keep_highest(highest, lanes);
  const float block_max = reduce_max(highest);
  sum_one(z, n, block_max, v, block, next);
  tries.aim(block_max);
  return false;
}
template <typename Source>
TPS_OUT_OF_LINE bool sum_apart(Stretch<Source> z, size_t n, Tries& tries, float* to, float* v,
                               BlockSum* block, Fetch next, const BlockSum* before, float* lanes) {
  return sum_apart(Staged(z, n).stretch(), n, tries, to, v, block, next, before, lanes);
}

// `Tried`: a Window, or one that keeps the maximum, which `maxima` asks for. `lanes`: see
// keep_highest().
template <typename Tried, typename Source>
void sum_blocks(const Input& in, size_t n, float* v, BlockSum* blocks, bool maxima,
                float* lanes = nullptr) {
  const Source source(in);
  alignas(64) float scratch[kBlock];
  Tries tries;
  const BlockSum* before = nullptr;
  // What a window stored cannot be said to be relative to another exponent; what it would overwrite
  // may be needed again.
  const bool may_try = !Source::kExactPath && !kScalar && (v == nullptr || !maxima);
  const bool apart = v == nullptr || v == in.x;
  const size_t pages = v == nullptr && n >= kFar ? kFarGroup : kGroup;
  for (size_t at = 0; at < n; at += kBlock, ++blocks) {
    const size_t count = n - at < kBlock ? n - at : kBlock, b = at / kBlock % pages;
    const Stretch<Source> z{source, in.x + at};
    const Fetch next(z.x + (pages - b) * kBlock + b * kBlock / pages, pages);
    float* const to = apart ? scratch : v + at;
    if (may_try && tries.windows.worth_it(z, count) &&
        sum_in_window<Tried>(z, count, tries.windows, to, blocks, next, maxima, lanes))
      before = blocks;
    else if (!sum_apart(z, count, tries, may_try && !maxima ? to : nullptr,
                        v != nullptr ? v + at : scratch, blocks, next, before, lanes))
      continue;
    if (v == in.x) memcpy(v + at, scratch, count * sizeof(float));
  }
}

// All blocks relative to the row's maximum.
inline void sum_by(float row_max, const Input& in, size_t n, float* v, BlockSum* blocks) {
  const Shifted source(in);
  alignas(64) float scratch[kBlock];
  for (size_t at = 0; at < n; at += kBlock, ++blocks)
    sum_one(Stretch<Shifted>{source, in.x + at}, n - at < kBlock ? n - at : kBlock, row_max,
            v != nullptr ? v + at : scratch, blocks, in.x + at);
}

}  // namespace
