// SPDX-License-Identifier: MIT
#include "family.h"

#include <atomic>

#include "dispatch.h"
#include "float_mode.h"
#include "kernels/table.h"
#include "row_logs.h"

namespace tps {
namespace {

constexpr float kNan = __builtin_nanf("");
constexpr float kInfinity = __builtin_huge_valf();
constexpr float kLargestLogit = 0x1p31f;

// One row of a request, and what is needed to work on it.
struct Row {
  const float* x;
  float* y;
  size_t index;
  const Kernels& kernels;
  const RowLogs& logs;
  bool streaming;
  char* scratch;
};

template <typename Body>
Status each_row(const Request& request, const Body& body) {
  const Kernels* kernels = kernels_for(request.isa);
  if (kernels == nullptr || !runnable(request.isa, host_cpu())) return Status::kIsaUnsupported;
  const size_t n = request.n;
  if (n == 0 || request.outer == 0 || request.inner == 0) return Status::kOk;
  static const uint32_t processors = available_processors();
  const Plan plan = plan_for(request, host_cpu(), processors);
  const FloatMode mode(request.outer * n * request.inner, request.scale);
  return for_rows(Layout{request.outer, n, request.inner}, request.input, request.output,
                  plan.threads, plan.split_rows, RowLogs::scratch_bytes(n),
                  [&](const Batch<float>& batch) {
                    const RowLogs logs(*kernels, plan, n, batch.scratch);
                    for (size_t r = 0; r < batch.count; ++r) {
                      float* y = batch.y != nullptr ? batch.y + r * n : nullptr;
                      body(Row{batch.x + r * n, y, batch.first + r, *kernels, logs, plan.streaming,
                               batch.scratch});
                    }
                  });
}

float scale_of(const Request& request, const Row& row) {
  return request.adaptive ? adaptive_scale(row.logs.entropy(row.x, 1)) : request.scale;
}

// e^z summed as FirstPass::in has it, back to e^z itself.
Extended unshifted(const RowSum& sum, float shift) {
  const Extended shifted{sum.mantissa, static_cast<double>(sum.exponent)};
  return shift == 0 ? shifted : multiply(shifted, exponential(shift));
}

// Probabilities of a part of a row, given the row's sum. softmax takes the exact path by the row's
// maximum, which is not known here; but between these exponents it cannot have.
constexpr double kFastLow = -93000, kFastHigh = 94000;

class FromSum {
 public:
  FromSum(const Request& request, const Row& row, const Extended& sum)
      : n_(request.n), row_(row), in_(input_of(row.x, request.scale)), sum_(sum) {}

  void run() const {
    if (sum_.exponent >= kFastLow && sum_.exponent <= kFastHigh) return scale(in_, sum_);
    const float max = row_.kernels.max(in_, n_);
    if (is_safe(max)) return scale(in_, sum_);
    if (max == -kInfinity) return vanish();
    if (!(max >= -kLargestLogit && max <= kLargestLogit)) return fill(row_.y, n_, kNan);
    // The exact path. A row that is the whole of its sum has the bits of softmax: its sum is taken
    // before it was shifted back.
    Input shifted = in_;
    shifted.kind = Input::kShifted;
    shifted.after = max;
    const RowSum own = row_.logs.passes().sum_exp(shifted, nullptr);
    const Extended whole = unshifted(own, max);
    if (whole.mantissa == sum_.mantissa && whole.exponent == sum_.exponent)
      return row_.logs.passes().scale_exp(shifted, row_.y, normalizer(own));
    scale(shifted, multiply(sum_, exponential(-max)));
  }

 private:
  // A sum far above every e^z leaves nothing; one far below is no sum of these.
  void scale(const Input& in, const Extended& sum) const {
    if (!(sum.exponent <= kMost)) return vanish();
    if (!(sum.exponent >= -kMost)) return fill(row_.y, n_, kNan);
    const RowSum row_sum{sum.mantissa, static_cast<int32_t>(sum.exponent), 0};
    row_.logs.passes().scale_exp(in, row_.y, normalizer(row_sum));
  }

  void vanish() const {
    for (size_t i = 0; i < n_; ++i) row_.y[i] = row_.x[i] == row_.x[i] ? 0 : kNan;
  }

  // Above the exponent of any sum of a row that the kernels' range holds.
  static constexpr double kMost = 94700;

  const size_t n_;
  const Row& row_;
  const Input in_;
  const Extended sum_;
};

}  // namespace

Status log_softmax(const Request& request) noexcept {
  return each_row(request, [&](const Row& row) {
    const LogSum found = row.logs.log_sum(row.x, scale_of(request, row));
    if (found.kind == FirstPass::kMasked && request.fully_masked_zeros)
      return fill(row.y, request.n, -kInfinity);
    if (found.kind != FirstPass::kNumbers) return fill(row.y, request.n, kNan);
    const double log = found.log < 0x1p-126 ? 0 : found.log;  // no subnormal results
    row.logs.passes().each_stretch([&](const Range& range) {
      row.kernels.family.log_scale(RowPasses::part_of(found.in, range.begin), row.y + range.begin,
                                   range.end - range.begin, found.max, log, row.streaming);
    });
  });
}

Status log_sum_exp(const Request& request, double* values) noexcept {
  return each_row(request, [&](const Row& row) {
    const LogSum found = row.logs.log_sum(row.x, scale_of(request, row));
    values[row.index] = found.kind == FirstPass::kNumbers    ? found.log_sum_exp()
                        : found.kind == FirstPass::kInfinite ? kInfinity
                        : found.kind == FirstPass::kMasked   ? -kInfinity
                                                             : kNan;
  });
}

Status entropy(const Request& request, double* values) noexcept {
  return each_row(request, [&](const Row& row) {
    double value = row.logs.entropy(row.x, scale_of(request, row));
    if (value != value && request.fully_masked_zeros &&
        row.logs.passes().first(row.x, 1, nullptr).kind == FirstPass::kMasked)
      value = 0;
    values[row.index] = value;
  });
}

Status sum_exp(const Request& request, double* mantissas, double* exponents) noexcept {
  std::atomic<bool> too_large{false};
  const Status status = each_row(request, [&](const Row& row) {
    const RowPasses& passes = row.logs.passes();
    BlockSum* const blocks = passes.blocks();
    const FirstPass found = passes.first(row.x, request.scale, false, [&](const Input& in) {
      passes.each_stretch([&](const Range& range) {
        // The magnitudes of some blocks bring them into the cache for their sums.
        for (size_t i = range.begin; i < range.end; i += 8 * kBlock) {
          const size_t count = range.end - i < 8 * kBlock ? range.end - i : 8 * kBlock;
          if (row.kernels.family.max_magnitude(in.x + i, count) * request.scale > kLargestLogit)
            too_large = true;
          row.kernels.sum_exp(RowPasses::part_of(in, i), count, nullptr, blocks + i / kBlock,
                              nullptr);
        }
      });
      return fold(blocks, block_count(request.n));
    });
    const Extended sum = found.kind == FirstPass::kNumbers  ? unshifted(found.sum, found.in.after)
                         : found.kind == FirstPass::kMasked ? Extended{0, 0}
                                                            : Extended{kNan, 0};
    mantissas[row.index] = sum.mantissa;
    exponents[row.index] = sum.exponent;
  });
  return status == Status::kOk && too_large ? Status::kLogitTooLarge : status;
}

Status softmax_from(const Request& request, const double* mantissas,
                    const double* exponents) noexcept {
  return each_row(request, [&](const Row& row) {
    const Extended sum{mantissas[row.index], exponents[row.index]};
    if (sum.mantissa == 0) return fill(row.y, request.n, request.fully_masked_zeros ? 0 : kNan);
    if (!(sum.mantissa > 0)) return fill(row.y, request.n, kNan);
    FromSum(request, row, sum).run();
  });
}

Status stable_max(const Request& request) noexcept {
  return each_row(request, [&](const Row& row) {
    const size_t n = request.n;
    double* blocks = reinterpret_cast<double*>(row.scratch);
    const auto sum_of = [&](bool exact) {
      row.logs.passes().each_stretch([&](const Range& range) {
        row.kernels.family.stable_sum(row.x + range.begin, range.end - range.begin, request.scale,
                                      exact, blocks + range.begin / kBlock);
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
                                      range.end - range.begin, request.scale, exact, 1 / sum,
                                      row.streaming);
    });
  });
}

}  // namespace tps
