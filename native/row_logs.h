// SPDX-License-Identifier: MIT
// The logarithm of a row's sum and the row's entropy, without cancellation. With M the largest z
// and Q the sum of e^(z - M), L = ln Q:
//   log-probability  (z - M) - L
//   entropy          L + sum of e^(z - M) (M - z) / Q
// Where one element dominates, Q - 1 = R is summed anew from the others and L = ln(1 + R).
#pragma once
#include "double_math.h"
#include "row_passes.h"

namespace tps {

template <typename T>
struct LogSumOf {
  typename FirstPassOf<T>::Kind kind;
  typename Arithmetic<T>::Input in;  // the row, shifted where z overflows
  T max;                             // largest z, less in.before * in.scale
  double log;                        // L

  // A subnormal maximum counts as 0, whatever the floating-point mode.
  double log_sum_exp() const {
    constexpr T kLeast = Arithmetic<T>::kLeastNormal;
    const bool none = max > -kLeast && max < kLeast;
    return double{in.before} * in.scale + ((none ? 0.0 : max) + log);
  }
};

// The factor of 'adaptive' by the entropy of the row ("softmax is not enough", arXiv 2410.01104).
inline double adaptive_scale(double entropy) {
  if (!(entropy > 0.5)) return 1;
  const double h = entropy;
  const double beta = (((-0.037 * h + 0.481) * h - 2.3) * h + 4.917) * h - 1.791;
  return beta > 1 ? beta : 1;
}

class RowLogs {
 public:
  using LogSum = LogSumOf<float>;

  static size_t scratch_bytes(size_t n) {
    return block_count(n) * (sizeof(BlockSum) + sizeof(double));
  }

  RowLogs(const Kernels& kernels, const Plan& plan, size_t n, char* scratch)
      : passes_(kernels, plan, n, reinterpret_cast<BlockSum*>(scratch)),
        kernels_(kernels),
        n_(n),
        blocks_(reinterpret_cast<BlockSum*>(scratch)),
        weights_(reinterpret_cast<double*>(blocks_ + block_count(n))) {}

  const RowPasses& passes() const { return passes_; }

  LogSum log_sum(const float* x, float scale) const {
    const FirstPass found = passes_.first(x, scale);
    LogSum result{found.kind, found.in, found.sum.max, 0};
    if (found.kind != FirstPass::kNumbers) return result;
    const Extended unit = exponential(-found.sum.max);
    const double q = relative(found.sum, unit);
    result.log = dominated(q) ? log_one_plus(others(found, unit, nullptr)) : log_of(extended(q, 0));
    if (found.in.before == 0) {  // the maximum is subtracted in double where it can be
      result.in = input_of(x, scale);
      result.max = found.in.after + found.sum.max;
    }
    return result;
  }

  // In nats. NaN for rows without a distribution.
  double entropy(const float* x, float scale) const {
    const FirstPass found =
        passes_.first(x, scale, false, [&](const Input& in) { return sum(in, nullptr, weights_); });
    if (found.kind != FirstPass::kNumbers) return __builtin_nan("");
    const Extended unit = exponential(-found.sum.max);
    const double q = relative(found.sum, unit);
    if (!dominated(q)) return log_of(extended(q, 0)) + mean_distance(found.sum, found.sum.max);
    double distance;
    const double r = others(found, unit, &distance);
    return log_one_plus(r) + distance * (r / (1 + r));
  }

 private:
  // Only one element can be the largest, and the logarithm is below 0.65. With more, the error of
  // the exponentials, kExpUlp * 2^-23, is at most 1.2 ULP of a logarithm above 0.5.
  static bool dominated(double q) { return q < 1.9; }

  // To the largest e^z, of which `unit` is the reciprocal.
  static double relative(const RowSum& sum, const Extended& unit) {
    const Extended whole{sum.mantissa, static_cast<double>(sum.exponent)};
    return to_double(multiply(whole, unit));
  }

  RowSum sum(const Input& in, const float* limit, double* weights) const {
    passes_.each_stretch([&](const Range& range) {
      const size_t block = range.begin / kBlock;
      kernels_.family.sum(RowPasses::part_of(in, range.begin), range.end - range.begin, limit,
                          blocks_ + block, weights != nullptr ? weights + block : nullptr);
    });
    return passes_.fold_all();
  }

  // R, and the mean of M - z over the others, weighted by e^z.
  double others(const FirstPass& found, const Extended& unit, double* distance) const {
    const float max = found.sum.max;
    const RowSum rest = sum(found.in, &max, distance != nullptr ? weights_ : nullptr);
    if (distance != nullptr) *distance = mean_distance(rest, max);
    return relative(rest, unit);
  }

  // Of M - z over what `sum` is the sum of: M - z = (M - block's maximum) + (block's maximum - z).
  double mean_distance(const RowSum& sum, double max) const {
    if (stopped()) return 0;  // some blocks may have been left out
    double total = 0;
    for (size_t i = 0; i < block_count(n_); ++i) {
      const int32_t e = blocks_[i].exponent - kHeadroom - sum.exponent;
      const double gap = max - within_range(blocks_[i].max);
      if (e >= -200) total += (weights_[i] + gap * blocks_[i].sum) * pow2(e);
    }
    return total * (1 / kScale) / sum.mantissa;
  }

  const RowPasses passes_;
  const Kernels& kernels_;
  const size_t n_;
  BlockSum* const blocks_;
  double* const weights_;
};

}  // namespace tps
