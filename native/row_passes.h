// SPDX-License-Identifier: MIT
// The two passes over one contiguous row of float32 or float64, shared among threads where the plan
// says so, and the exact path for rows that the kernels' range does not hold.
#pragma once
#include <string.h>

#include <type_traits>

#include "kernels/fold64.h"
#include "kernels/kernels.h"
#include "plan.h"
#include "rows.h"
#include "trial.h"

namespace tps {

// What the kernels of an arithmetic type work with.
template <typename T>
struct Arithmetic;
template <>
struct Arithmetic<float> {
  using Passes = Kernels;
  using Input = tps::Input;
  using BlockSum = tps::BlockSum;
  using RowSum = tps::RowSum;
  using Normalizer = tps::Normalizer;
  static constexpr float kLeast = kLowest, kMost = kSafe;
  static constexpr float kLeastNormal = 0x1p-126f;
  static const Passes& passes(const Kernels& kernels) { return kernels; }
  static Input input(const float* x, float scale) {
    return {x, scale, 0, 0, scale == 1 ? Input::kPlain : Input::kScaled};
  }
  static void mark_shifted(Input* in) { in->kind = Input::kShifted; }
};
template <>
struct Arithmetic<double> {
  using Passes = Kernels64;
  using Input = Input64;
  using BlockSum = BlockSum64;
  using RowSum = RowSum64;
  using Normalizer = Normalizer64;
  static constexpr double kLeast = kLowest64, kMost = kSafe64;
  static constexpr double kLeastNormal = 0x1p-1022;
  static const Passes& passes(const Kernels& kernels) { return kernels.float64; }
  static Input input(const double* x, double scale) { return {x, scale, 0, 0}; }
  static void mark_shifted(Input*) {}
};
static_assert(kBlock64 == kBlock, "rows are cut alike");

inline constexpr size_t kStretch = 8 * kBlock;
inline size_t stretches(size_t n) { return n / kStretch + (n % kStretch != 0); }
inline size_t block_count(size_t n) { return n / kBlock + (n % kBlock != 0); }

template <typename T>
bool is_safe(T max) {
  return max >= Arithmetic<T>::kLeast && max <= Arithmetic<T>::kMost;
}

template <typename T>
typename Arithmetic<T>::Input input_of(const T* x, std::common_type_t<T> scale) {
  return Arithmetic<T>::input(x, scale);
}

// By copies, a block at most: the library's are vectors, and the loops here are small ones.
template <typename T>
void fill(T* y, size_t n, std::common_type_t<T> value) {
  if (n > 0) y[0] = value;
  for (size_t have = 1, more; have < n; have += more) {
    more = have < kBlock ? have : kBlock;
    more = more < n - have ? more : n - have;
    memcpy(y + have, y, more * sizeof(T));
  }
}

// What a first pass finds in a row.
template <typename T>
struct FirstPassOf {
  enum Kind : int32_t {
    kNumbers,   // finite and -infinity, at least one finite
    kNan,       // a NaN
    kInfinite,  // +infinity, no NaN
    kMasked,    // only -infinity
  } kind;
  typename Arithmetic<T>::Input in;    // the row, shifted if it took the exact path
  typename Arithmetic<T>::RowSum sum;  // of e^z, z as `in` has it, if kNumbers; sum.max is the
                                       // largest z
};
using FirstPass = FirstPassOf<float>;
using FirstPass64 = FirstPassOf<double>;

template <typename T>
class RowPassesOf {
 public:
  using Passes = typename Arithmetic<T>::Passes;
  using Input = typename Arithmetic<T>::Input;
  using BlockSum = typename Arithmetic<T>::BlockSum;
  using RowSum = typename Arithmetic<T>::RowSum;
  using Normalizer = typename Arithmetic<T>::Normalizer;
  using FirstPass = FirstPassOf<T>;

  // `blocks`: memory for the block sums of one row, block_count(n) of them.
  RowPassesOf(const Kernels& kernels, const Plan& plan, size_t n, BlockSum* blocks)
      : kernels_(Arithmetic<T>::passes(kernels)),
        n_(n),
        threads_(plan.split_rows ? plan.threads : 1),
        streaming_(plan.streaming),
        blocks_(blocks) {}

  // Of the last pass over all of a row.
  BlockSum* blocks() const { return blocks_; }

  // With the maxima of the blocks, and the largest z.
  FirstPass first(const T* x, T scale) const {
    return first(x, scale, false, [&](const Input& in) { return sum_exp(in); });
  }

  // Without, stretches of the exponentials stored in y for scale() as `trial` says; y may be the
  // row itself. `doubtful`: the row may well lie outside the kernels' range.
  FirstPass first_blind(const T* x, T scale, T* y, bool doubtful, Trial* trial) const {
    return first(x, scale, (y == x && trial->may_store()) || doubtful,
                 [&](const Input& in) { return sum_blind(in, y, trial); });
  }

  // The same around another form of the pass: RowSum pass(in). `look_first`: at the range; what
  // overwrites x must, as the exact path reads it again.
  template <typename Pass>
  FirstPass first(const T* x, T scale, bool look_first, const Pass& pass) const {
    FirstPass found{FirstPass::kNumbers, input_of(x, scale), {}};
    if (is_masked(x)) {
      found.kind = FirstPass::kMasked;
      return found;
    }
    T max = look_first ? kernels_.max(found.in, n_) : 0;
    if (is_safe(max)) {
      found.sum = pass(found.in);
      max = found.sum.max;
    }
    if (!is_safe(max)) return exact(found.in, max, pass);
    if (found.sum.mantissa != found.sum.mantissa) found.kind = FirstPass::kNan;
    return found;
  }

  // The exact path, for any row whose largest z is `max`: the row is shifted by that. Subtracting
  // it from a z that can count is exact (both lie in one binade or two adjacent ones) where it is
  // out of the kernels' range.
  template <typename Pass>
  FirstPass exact(const Input& in, T max, const Pass& pass) const {
    FirstPass found{FirstPass::kNumbers, in, {}};
    if (!shift_to_max(max, &found.in)) {
      found.kind = without_maximum(in.x, found.in.before);
      return found;
    }
    found.sum = pass(found.in);
    if (found.sum.mantissa != found.sum.mantissa) found.kind = FirstPass::kNan;
    return found;
  }

  RowSum sum_exp(const Input& in) const {
    each_stretch([&](const Range& range) {
      kernels_.sum_exp(part_of(in, range.begin), range.end - range.begin, nullptr,
                       blocks_ + range.begin / kBlock, nullptr);
    });
    return fold_all();
  }
  RowSum sum_blind(const Input& in, T* y, Trial* trial) const {
    size_t done = 0;
    const auto sum_to = [&](size_t end, bool stores) {
      const size_t begin = done;
      done = end < n_ ? end : n_;
      split(done - begin, kStretch, threads_, [&](const Range& range) {
        sum_stretch(in, y, begin + range.begin, begin + range.end, stores);
      });
    };
    const bool stores_before = trial->stores();
    if (const size_t before = trial->skip(stretches(n_))) sum_to(before * kStretch, stores_before);
    while (trial->open() && done < n_)
      trial->take_turn(n_ - done < kStretch ? n_ - done : kStretch,
                       [&] { sum_to(done + kStretch, trial->stores()); });
    if (done < n_) sum_to(n_, trial->stores());
    return fold_all();
  }

  // Where some blocks were left out, any sum will do: that of one 0.
  RowSum fold_all() const {
    if (!stopped()) return fold(blocks_, block_count(n_));
    RowSum one{};
    one.mantissa = 1;
    return one;
  }

  // The second pass, recompute form.
  void scale_exp(const Input& in, T* y, const Normalizer& norm) const {
    each_stretch([&](const Range& range) {
      kernels_.scale_exp(part_of(in, range.begin), y + range.begin, range.end - range.begin, norm,
                         streaming_);
    });
  }

  // The second pass, of what the first one stored in y and what it did not: where the trial found
  // that storing pays, that goes into the caches as well.
  void scale(const Input& in, T* y, const Normalizer& norm, const Trial& trial) const {
    const bool streaming = streaming_ && !trial.stores();
    each_stretch([&](const Range& range) {
      // From the end, as the kernels go.
      const auto stored = [&](size_t end) { return blocks_[(end - 1) / kBlock].stored; };
      for (size_t end = range.end, at; end > range.begin; end = at) {
        for (at = end; at > range.begin && stored(at) == stored(end);)
          at = (at - 1) / kBlock * kBlock;
        if (stored(end))
          kernels_.scale(y + at, end - at, blocks_ + at / kBlock, norm);
        else
          kernels_.scale_exp(part_of(in, at), y + at, end - at, norm, streaming);
      }
    });
  }

  template <typename Body>
  void each_stretch(const Body& body) const {
    split(n_, kStretch, threads_, body);
  }

  static Input part_of(const Input& in, size_t begin) {
    Input part = in;
    part.x += begin;
    return part;
  }

 private:
  void sum_stretch(const Input& in, T* y, size_t begin, size_t end, bool stores) const {
    kernels_.sum_blind(part_of(in, begin), end - begin, stores ? y + begin : nullptr,
                       blocks_ + begin / kBlock);
    for (size_t at = begin; at < end; at += kBlock) blocks_[at / kBlock].stored = stores;
  }

  // As a whole. By samples first: most rows are not.
  bool is_masked(const T* x) const {
    constexpr size_t kSamples = 16;
    constexpr T kNone = -__builtin_huge_valf();
    for (size_t i = 0; i < kSamples; ++i)
      if (x[(n_ - 1) * i / (kSamples - 1)] != kNone) return false;
    return !has_above(x, kNone);
  }

  // Where z itself overflows, x is shifted before it is scaled. False: the row has no finite
  // maximum.
  bool shift_to_max(T max, Input* in) const {
    Arithmetic<T>::mark_shifted(in);
    if (max - max == 0) {
      in->after = max;
      return true;
    }
    in->before = in->scale == 1 ? max : kernels_.max(input_of(in->x, 1), n_);
    return in->before - in->before == 0;
  }

  // Only -infinity and NaN, or some +infinity.
  typename FirstPass::Kind without_maximum(const T* x, T max) const {
    if (has_above(x, __builtin_huge_valf())) return FirstPass::kNan;
    return max < 0 ? FirstPass::kMasked : FirstPass::kInfinite;
  }

  // An element that is not at most `limit`; a NaN is not.
  bool has_above(const float* x, float limit) const {
    uint32_t found[kBlock];
    for (size_t i = 0; i < n_; i += kBlock, x += kBlock)
      if (kernels_.above(x, n_ - i < kBlock ? n_ - i : kBlock, limit, found, x + kSweepAhead) > 0)
        return true;
    return false;
  }
  bool has_above(const double* x, double limit) const {
    for (size_t i = 0; i < n_; ++i)
      if (!(x[i] <= limit)) return true;
    return false;
  }

  const Passes& kernels_;
  const size_t n_;
  const uint32_t threads_;
  const bool streaming_;
  BlockSum* const blocks_;
};
using RowPasses = RowPassesOf<float>;

}  // namespace tps
