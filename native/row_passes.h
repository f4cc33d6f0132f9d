// SPDX-License-Identifier: MIT
// The two passes over one contiguous row of float32, shared among threads where the plan says so,
// and the exact path for rows that the kernels' range does not hold.
#pragma once
#include "kernels/fold.h"
#include "kernels/kernels.h"
#include "plan.h"
#include "rows.h"

namespace tps {

inline size_t block_count(size_t n) { return n / kBlock + (n % kBlock != 0); }

inline bool is_safe(float max) { return max >= kLowest && max <= kSafe; }

inline Input input_of(const float* x, float scale) {
  return {x, scale, 0, 0, scale == 1.0f ? Input::kPlain : Input::kScaled};
}

inline void fill(float* y, size_t n, float value) {
  for (size_t i = 0; i < n; ++i) y[i] = value;
}

// What a first pass finds in a row.
struct FirstPass {
  enum Kind : int32_t {
    kNumbers,   // finite and -infinity, at least one finite
    kNan,       // a NaN
    kInfinite,  // +infinity, no NaN
    kMasked,    // only -infinity
  } kind;
  Input in;    // the row, shifted if it took the exact path
  RowSum sum;  // of e^z, z as `in` has it, if kNumbers; sum.max is the largest z
};

class RowPasses {
 public:
  // `blocks`: memory for the block sums of one row, block_count(n) of them.
  RowPasses(const Kernels& kernels, const Plan& plan, size_t n, BlockSum* blocks)
      : kernels_(kernels),
        n_(n),
        threads_(plan.split_rows ? plan.threads : 1),
        streaming_(plan.streaming),
        blocks_(blocks) {}

  BlockSum* blocks() const { return blocks_; }

  // Where `v` is given, the exponentials are stored there for scale(); it may be the row itself.
  // `doubtful`: the row may well lie outside the kernels' range.
  FirstPass first(const float* x, float scale, float* v, bool doubtful = false) const {
    return first(x, scale, v == x || doubtful || looks_masked(x),
                 [&](const Input& in) { return sum_exp(in, v); });
  }

  // The same around another form of the pass: RowSum pass(in). `look_first`: at the range; what
  // overwrites x must, as the exact path reads it again.
  template <typename Pass>
  FirstPass first(const float* x, float scale, bool look_first, const Pass& pass) const {
    FirstPass found{FirstPass::kNumbers, input_of(x, scale), {}};
    float max = look_first ? kernels_.max(found.in, n_) : 0;
    if (is_safe(max)) {
      found.sum = pass(found.in);
      max = found.sum.max;
    }
    if (!is_safe(max)) {
      if (!shift_to_max(max, &found.in)) {
        found.kind = without_maximum(x, found.in.before);
        return found;
      }
      found.sum = pass(found.in);
    }
    if (found.sum.mantissa != found.sum.mantissa) found.kind = FirstPass::kNan;
    return found;
  }

  RowSum sum_exp(const Input& in, float* v) const {
    each_stretch([&](const Range& range) {
      kernels_.sum_exp(part_of(in, range.begin), range.end - range.begin,
                       v != nullptr ? v + range.begin : nullptr, blocks_ + range.begin / kBlock,
                       nullptr);
    });
    return fold(blocks_, block_count(n_));
  }

  // The second pass, recompute form.
  void scale_exp(const Input& in, float* y, const Normalizer& norm) const {
    each_stretch([&](const Range& range) {
      kernels_.scale_exp(part_of(in, range.begin), y + range.begin, range.end - range.begin, norm,
                         streaming_);
    });
  }

  // The second pass, reload form: y holds what the first pass stored.
  void scale(float* y, const Normalizer& norm) const {
    each_stretch([&](const Range& range) {
      kernels_.scale(y + range.begin, range.end - range.begin, blocks_ + range.begin / kBlock,
                     norm);
    });
  }

  template <typename Body>
  void each_stretch(const Body& body) const {
    split(n_, 8 * kBlock, threads_, body);
  }

  static Input part_of(const Input& in, size_t begin) {
    Input part = in;
    part.x += begin;
    return part;
  }

 private:
  // Whole rows of masks are seen by samples, so that they are not summed in vain.
  bool looks_masked(const float* x) const {
    constexpr size_t kSamples = 16;
    for (size_t i = 0; i < kSamples; ++i)
      if (x[(n_ - 1) * i / (kSamples - 1)] != -__builtin_huge_valf()) return false;
    return true;
  }

  // The exact path: a row whose largest z is out of the kernels' range is shifted by its maximum.
  // Subtracting it from a z that can count is exact (both lie in one binade or two adjacent ones).
  // Where z itself overflows, x is shifted before it is scaled. False: the row has no finite
  // maximum.
  bool shift_to_max(float max, Input* in) const {
    in->kind = Input::kShifted;
    if (max - max == 0) {
      in->after = max;
      return true;
    }
    in->before = in->scale == 1 ? max : kernels_.max(input_of(in->x, 1.0f), n_);
    return in->before - in->before == 0;
  }

  // Only -infinity and NaN, or some +infinity.
  FirstPass::Kind without_maximum(const float* x, float max) const {
    uint32_t found[kBlock];
    for (size_t i = 0; i < n_; i += kBlock)  // what is not at most +infinity is a NaN
      if (kernels_.above(x + i, n_ - i < kBlock ? n_ - i : kBlock, __builtin_huge_valf(), found) >
          0)
        return FirstPass::kNan;
    return max < 0 ? FirstPass::kMasked : FirstPass::kInfinite;
  }

  const Kernels& kernels_;
  const size_t n_;
  const uint32_t threads_;
  const bool streaming_;
  BlockSum* const blocks_;
};

}  // namespace tps
