// SPDX-License-Identifier: MIT
#include "family64.h"

#include <math.h>

namespace tps {
namespace {

// The scores of StableMax, 1 + z or 1 / (1 - z) below 0, in a unit in which they and their sum
// neither overflow nor vanish.
class Scores {
 public:
  enum Level : int32_t {
    kUsual,
    kLarge,  // the sum overflows: in units of 2^600, where a negative z is nothing
    kLargest,
    kSmall,  // no z reaches 0: in units of 2^-60
    kSmallest,
  };

  Scores(double scale, Level level) : scale_(scale), level_(level) {}

  double operator()(double x) const {
    const double z = x * scale_;
    switch (level_) {
      case kUsual:
        return z < 0 ? 1 / (1 - z) : 1 + z;
      case kLarge:
        return x < 0 ? 0 : 0x1p-600 + x * 0x1p-600 * scale_;
      case kLargest:
        return x < 0 ? 0 : far(x);
      case kSmall:
        return 0x1p60 / (1 - z);
      default:
        return -1 / far(x);
    }
  }

  // What its sum is divided by.
  double share(double x, double sum) const {
    const double score = (*this)(x), y = score / sum;
    if (!(y < 0x1p-900)) return y;
    const double raised = score * 0x1p200 / sum;  // decided before anything is subnormal
    return raised < 0x1p-822 ? 0 : raised * 0x1p-200;
  }

 private:
  double far(double x) const { return (x * 0x1p-600) * (scale_ * 0x1p-600); }

  const double scale_;
  const Level level_;
};

double sum_scores(const double* x, size_t n, const Scores& score) {
  Pair sum = {0, 0};
  for (size_t i = 0; i < n; ++i) sum = add_pairs(sum, {score(x[i]), 0});
  return sum.high;
}

}  // namespace

void log_scale(const RowOf<double>& row, const LogSumOf<double>& found, const Range& range,
               double log) {
  const Input64& in = found.in;
  for (size_t i = range.begin; i < range.end; ++i)
    row.y[i] = ((row.x[i] - in.before) * in.scale - in.after) - log;
}

double max_magnitude(const RowOf<double>&, const double* x, size_t n) {
  double most = 0;
  for (size_t i = 0; i < n; ++i) {
    const double magnitude = fabs(x[i]);
    if (magnitude > most && magnitude < __builtin_huge_val()) most = magnitude;
  }
  return most;
}

void stable_max_row(const RowOf<double>& row, const Request& request) {
  const size_t n = request.n;
  const double max = row.kernels.float64.max(input_of(row.x, request.scale), n);
  int32_t level = max >= 0 ? Scores::kUsual : max > -0x1p900 ? Scores::kSmall : Scores::kSmallest;
  double sum;
  for (;; ++level) {
    sum = sum_scores(row.x, n, Scores(request.scale, static_cast<Scores::Level>(level)));
    if (sum < __builtin_huge_val() || level >= Scores::kLargest) break;
  }
  if (sum == 0 && request.fully_masked_zeros) return fill(row.y, n, 0);
  if (!(sum > 0 && sum < __builtin_huge_val())) return fill(row.y, n, __builtin_nan(""));
  const Scores scores(request.scale, static_cast<Scores::Level>(level));
  row.logs.passes().each_stretch([&](const Range& range) {
    for (size_t i = range.begin; i < range.end; ++i) row.y[i] = scores.share(row.x[i], sum);
  });
}

}  // namespace tps
