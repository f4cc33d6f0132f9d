// SPDX-License-Identifier: MIT
#include "family.h"

#include <atomic>

#include "each_row.h"
#include "family64.h"
#include "row_logs.h"

namespace tps {
namespace {

constexpr float kNan = __builtin_nanf("");
constexpr float kInfinity = __builtin_huge_valf();
constexpr float kLargestLogit = 0x1p31f;

bool is_double(const Request& request) { return request.dtype == Dtype::kFloat64; }

// e^z summed as FirstPass::in has it, back to e^z itself.
template <typename RowSum>
Extended unshifted(const RowSum& sum, double shift) {
  const Extended shifted{sum.mantissa, static_cast<double>(sum.exponent)};
  return shift == 0 ? shifted : multiply(shifted, exponential(shift));
}

template <typename T>
Extended sum_of(const FirstPassOf<T>& found) {
  if (found.kind == FirstPassOf<T>::kNumbers) return unshifted(found.sum, found.in.after);
  return found.kind == FirstPassOf<T>::kMasked ? Extended{0, 0} : Extended{kNan, 0};
}

// Probabilities of a part of a row, given the row's sum. softmax takes the exact path by the row's
// maximum, which is not known here; but between these exponents it cannot have.
constexpr double kFastLow = -92000, kFastHigh = 94000;

template <typename T>
class FromSum {
 public:
  FromSum(const Request& request, const RowOf<T>& row, const Extended& sum)
      : n_(request.n),
        row_(row),
        passes_(row.logs.passes()),
        in_(input_of(row.x, static_cast<T>(request.scale))),
        sum_(sum) {}

  void run() const {
    if (n_ == 1 && is_whole()) return fill(row_.y, 1, 1);  // as softmax has it
    if (sum_.exponent >= kFastLow && sum_.exponent <= kFastHigh) return scale(in_, sum_);
    const T max = Arithmetic<T>::passes(row_.kernels).max(in_, n_);
    if (is_safe(max)) return scale(in_, sum_);
    if (max == -kInfinity) return vanish();
    if (!(max >= -kLargestLogit && max <= kLargestLogit)) return fill(row_.y, n_, kNan);
    // The exact path. A row that is the whole of its sum has the bits of softmax: its sum is taken
    // before it was shifted back.
    Input shifted = in_;
    Arithmetic<T>::mark_shifted(&shifted);
    shifted.after = max;
    const auto own = passes_.sum_exp(shifted);
    const Extended whole = unshifted(own, max);
    if (whole.mantissa == sum_.mantissa && whole.exponent == sum_.exponent)
      return passes_.scale_exp(shifted, row_.y, normalizer(own));
    scale(shifted, multiply(sum_, exponential(-max)));
  }

 private:
  using Input = typename Arithmetic<T>::Input;
  using RowSum = typename Arithmetic<T>::RowSum;

  bool is_whole() const {
    const Extended own = sum_of(passes_.first(row_.x, in_.scale));
    return own.mantissa == sum_.mantissa && own.exponent == sum_.exponent;
  }

  // A sum far above every e^z leaves nothing; one far below is no sum of these.
  void scale(const Input& in, const Extended& sum) const {
    if (!(sum.exponent <= kMost)) return vanish();
    if (!(sum.exponent >= -kMost)) return fill(row_.y, n_, kNan);
    const RowSum row_sum{sum.mantissa, static_cast<int32_t>(sum.exponent), 0};
    passes_.scale_exp(in, row_.y, normalizer(row_sum));
  }

  void vanish() const {
    for (size_t i = 0; i < n_; ++i) row_.y[i] = row_.x[i] == row_.x[i] ? 0 : kNan;
  }

  // Above the exponent of any sum of a row that the kernels' range holds.
  static constexpr double kMost = 94700;

  const size_t n_;
  const RowOf<T>& row_;
  const RowPassesOf<T>& passes_;
  const Input in_;
  const Extended sum_;
};

// Held in a window of exponents: no element is far from 0.
bool is_bounded(const BlockSum& block) { return block.lowest != kUnbounded; }
bool is_bounded(const BlockSum64&) { return false; }

float max_magnitude(const RowOf<float>& row, const float* x, size_t n) {
  return row.kernels.family.max_magnitude(x, n);
}

void log_scale(const RowOf<float>& row, const LogSumOf<float>& found, const Range& range,
               double log) {
  row.kernels.family.log_scale(RowPasses::part_of(found.in, range.begin), row.y + range.begin,
                               range.end - range.begin, found.max, log, row.streaming);
}

template <typename T>
Status log_softmax_of(const Request& request) {
  return each_row<T>(request, [&](const RowOf<T>& row) {
    const LogSumOf<T> found = row.logs.log_sum(row.x, row.scale(request));
    if (found.kind == FirstPassOf<T>::kMasked && request.fully_masked_zeros)
      return fill(row.y, request.n, -kInfinity);
    if (found.kind != FirstPassOf<T>::kNumbers) return fill(row.y, request.n, kNan);
    const double log = found.log < Arithmetic<T>::kLeastNormal ? 0 : found.log;
    row.logs.passes().each_stretch([&](const Range& range) { log_scale(row, found, range, log); });
  });
}

template <typename T>
Status log_sum_exp_of(const Request& request, double* values) {
  return each_row<T>(request, [&](const RowOf<T>& row) {
    using Found = FirstPassOf<T>;
    const LogSumOf<T> found = row.logs.log_sum(row.x, row.scale(request));
    values[row.index] = found.kind == Found::kNumbers    ? found.log_sum_exp()
                        : found.kind == Found::kInfinite ? kInfinity
                        : found.kind == Found::kMasked   ? -kInfinity
                                                         : kNan;
  });
}

template <typename T>
Status entropy_of(const Request& request, double* values) {
  return each_row<T>(request, [&](const RowOf<T>& row) {
    double value = row.logs.entropy(row.x, row.scale(request));
    if (value != value && request.fully_masked_zeros &&
        row.logs.passes().first(row.x, 1).kind == FirstPassOf<T>::kMasked)
      value = 0;
    values[row.index] = value;
  });
}

template <typename T>
Status sum_exp_of(const Request& request, double* mantissas, double* exponents) {
  std::atomic<bool> too_large{false};
  const Status status = each_row<T>(request, [&](const RowOf<T>& row) {
    const T scale = static_cast<T>(request.scale);
    const RowPassesOf<T>& passes = row.logs.passes();
    using Found = FirstPassOf<T>;
    const Found found = passes.first(row.x, scale, false, [&](const auto& in) {
      passes.each_stretch([&](const Range& range) {
        // Some blocks at a time, so that those are still in a cache whose magnitudes must be seen.
        constexpr size_t kStretch = 64 * kBlock;
        for (size_t i = range.begin; i < range.end; i += kStretch) {
          const size_t count = range.end - i < kStretch ? range.end - i : kStretch;
          auto* const blocks = passes.blocks() + i / kBlock;
          Arithmetic<T>::passes(row.kernels)
              .sum_exp(RowPassesOf<T>::part_of(in, i), count, nullptr, blocks, nullptr);
          for (size_t at = 0; at < count; at += kBlock) {
            if (is_bounded(blocks[at / kBlock])) continue;
            const size_t length = count - at < kBlock ? count - at : kBlock;
            if (max_magnitude(row, in.x + i + at, length) * scale > kLargestLogit) too_large = true;
          }
        }
      });
      return fold(passes.blocks(), block_count(request.n));
    });
    const Extended sum = sum_of(found);
    mantissas[row.index] = sum.mantissa;
    exponents[row.index] = sum.exponent;
  });
  return status == Status::kOk && too_large ? Status::kLogitTooLarge : status;
}

template <typename T>
Status softmax_from_of(const Request& request, const double* mantissas, const double* exponents) {
  return each_row<T>(request, [&](const RowOf<T>& row) {
    const Extended sum{mantissas[row.index], exponents[row.index]};
    if (sum.mantissa == 0) return fill(row.y, request.n, request.fully_masked_zeros ? 0 : kNan);
    if (!(sum.mantissa > 0)) return fill(row.y, request.n, kNan);
    FromSum<T>(request, row, sum).run();
  });
}

void stable_max_row(const RowOf<float>& row, const Request& request) {
  const size_t n = request.n;
  const float scale = static_cast<float>(request.scale);
  double* blocks = reinterpret_cast<double*>(row.scratch);
  const auto sum_of = [&](bool exact) {
    row.logs.passes().each_stretch([&](const Range& range) {
      row.kernels.family.stable_sum(row.x + range.begin, range.end - range.begin, scale, exact,
                                    blocks + range.begin / kBlock);
    });
    double sum = 0;
    for (size_t i = 0; i < block_count(n); ++i) sum += blocks[i];
    return sum;
  };
  double sum = sum_of(false);
  // Infinite by a finite x whose z overflows: the product is taken exactly then.
  const bool exact = sum == kInfinity && row.kernels.max(input_of(row.x, 1), n) < kInfinity;
  if (exact) sum = sum_of(true);
  if (sum == 0 && request.fully_masked_zeros) return fill(row.y, n, 0);
  if (!(sum > 0 && sum < kInfinity)) return fill(row.y, n, kNan);
  row.logs.passes().each_stretch([&](const Range& range) {
    row.kernels.family.stable_scale(row.x + range.begin, row.y + range.begin,
                                    range.end - range.begin, scale, exact, 1 / sum, row.streaming);
  });
}

}  // namespace

Status log_softmax(const Request& request) noexcept {
  return is_double(request) ? log_softmax_of<double>(request) : log_softmax_of<float>(request);
}

Status log_sum_exp(const Request& request, double* values) noexcept {
  return is_double(request) ? log_sum_exp_of<double>(request, values)
                            : log_sum_exp_of<float>(request, values);
}

Status entropy(const Request& request, double* values) noexcept {
  return is_double(request) ? entropy_of<double>(request, values)
                            : entropy_of<float>(request, values);
}

Status sum_exp(const Request& request, double* mantissas, double* exponents) noexcept {
  return is_double(request) ? sum_exp_of<double>(request, mantissas, exponents)
                            : sum_exp_of<float>(request, mantissas, exponents);
}

Status softmax_from(const Request& request, const double* mantissas,
                    const double* exponents) noexcept {
  return is_double(request) ? softmax_from_of<double>(request, mantissas, exponents)
                            : softmax_from_of<float>(request, mantissas, exponents);
}

Status stable_max(const Request& request) noexcept {
  return is_double(request)
             ? each_row<double>(request,
                                [&](const RowOf<double>& row) { stable_max_row(row, request); })
             : each_row<float>(request,
                               [&](const RowOf<float>& row) { stable_max_row(row, request); });
}

}  // namespace tps
