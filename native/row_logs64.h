// SPDX-License-Identifier: MIT
// row_logs.h in float64: there is no wider type to repair a difference in, so every row is shifted
// by its maximum M first, what z - M lost is made good in each exponential, and all are summed in
// pairs: L = ln(1 + R), R being what is not the first of the largest.
#pragma once
#include "row_logs.h"

namespace tps {

class RowLogs64 {
 public:
  using LogSum = LogSumOf<double>;

  static size_t scratch_bytes(size_t n) { return block_count(n) * sizeof(BlockSum64); }

  RowLogs64(const Kernels& kernels, const Plan& plan, size_t n, char* scratch)
      : passes_(kernels, plan, n, reinterpret_cast<BlockSum64*>(scratch)),
        kernels_(kernels.float64),
        n_(n) {}

  const RowPassesOf<double>& passes() const { return passes_; }

  LogSum log_sum(const double* x, double scale) const {
    double distance;
    return log_sum(x, scale, &distance);
  }

  // In nats. NaN for rows without a distribution.
  double entropy(const double* x, double scale) const {
    double distance;
    const LogSum sum = log_sum(x, scale, &distance);
    return sum.kind == FirstPass64::kNumbers ? sum.log + distance : __builtin_nan("");
  }

 private:
  // Of e^(z - M) below the maximum, of e^(z - M) (M - z), and how many are as large as M.
  struct Others {
    double sum = 0, weighted = 0, largest = 0;
  };

  // `distance`: the mean of M - z, weighted by e^z.
  LogSum log_sum(const double* x, double scale, double* distance) const {
    const Input64 in = input_of(x, scale);
    Others others;
    const FirstPass64 found = passes_.exact(in, kernels_.max(in, n_), [&](const Input64& z) {
      others = sum_others(z);
      return RowSum64{others.sum, 0, 0};
    });
    const double rest = others.sum + (others.largest - 1);
    *distance = others.weighted / (1 + rest);
    return {found.kind, found.in, found.in.after, log_one_plus(rest)};
  }

  Others sum_others(const Input64& in) const {
    constexpr size_t kLanes = 8;
    constexpr double kTop = 0;
    constexpr double kLeast = -710;  // below it e^z is not in v any more
    Pair sum[kLanes] = {}, weighted[kLanes] = {};
    Others others;
    double v[kBlock];
    for (size_t at = 0; at < n_; at += kBlock) {
      const size_t count = n_ - at < kBlock ? n_ - at : kBlock;
      const Input64 part = RowPassesOf<double>::part_of(in, at);
      BlockSum64 block;
      kernels_.sum_exp(part, count, v, &block, &kTop);
      for (size_t i = 0; i < count; ++i) {
        const Pair z = exact_sum((part.x[i] - in.before) * in.scale, -in.after);
        if (z.high == 0) others.largest += 1;
        if (z.high == 0 || z.high < kLeast) continue;
        const double e = v[i] + v[i] * z.low;
        sum[i % kLanes] = add_pairs(sum[i % kLanes], {e, 0});
        weighted[i % kLanes] = add_pairs(weighted[i % kLanes], {e * -z.high, 0});
      }
    }
    for (size_t i = 1; i < kLanes; ++i) {
      sum[0] = add_pairs(sum[0], sum[i]);
      weighted[0] = add_pairs(weighted[0], weighted[i]);
    }
    others.sum = lowered(sum[0]);
    others.weighted = lowered(weighted[0]);
    return others;
  }

  // A sum of v, which has kHeadroom64, back to one of e^z; no subnormals.
  static double lowered(Pair sum) {
    const double high = without_scale(sum);
    return high < 0x1p-510 ? 0 : high * 0x1p-512;
  }

  const RowPassesOf<double> passes_;
  const Kernels64& kernels_;
  const size_t n_;
};

}  // namespace tps
