// SPDX-License-Identifier: MIT
// Runs an algorithm's passes over the rows of a request.
#include "softmax.h"

#include "dispatch.h"
#include "float_mode.h"
#include "kernels/table.h"
#include "plan.h"
#include "rivals.h"
#include "row_logs.h"
#include "row_logs64.h"

namespace tps {
namespace {

// Softmax of the rows of a batch by a given plan. `Logs`: RowLogs, or what has its passes in
// another arithmetic type.
template <typename T, typename Logs>
struct Softmax {
  using Passes = RowPassesOf<T>;
  using FirstPass = FirstPassOf<T>;

  const Kernels& kernels;
  const Request& request;
  const Plan& plan;

  Status run() const {
    const Walk walk{plan.threads, plan.split_rows, Logs::scratch_bytes(request.n), columns()};
    return for_rows<T>(kernels, request, walk, *this);
  }

  void operator()(const Batch<T>& batch) const {
    if (alone()) return ones(batch.x, batch.y, batch.count);
    const Logs logs(kernels, plan, request.n, batch.scratch);
    Trial trial(plan.form, batch.count * stretches(request.n));
    if (!request.adaptive)
      return rows(logs, batch.x, batch.y, batch.count, static_cast<T>(request.scale), &trial);
    for (size_t r = 0; r < batch.count; ++r) {
      const T* x = batch.x + r * request.n;
      const T scale = static_cast<T>(adaptive_scale(logs.entropy(x, 1)));
      rows(logs, x, batch.y + r * request.n, 1, scale, &trial);
    }
  }

 private:
  // Rows of one element: m * fl(1 / m) is not always 1.
  bool alone() const { return request.n == 1 && plan.form != Form::kRival; }

  void ones(const T* x, T* y, size_t count) const {
    for (size_t r = 0; r < count; ++r) {
      const bool zero = request.fully_masked_zeros && x[r] == -__builtin_huge_val();
      y[r] = x[r] - x[r] == 0 ? 1 : zero ? 0 : static_cast<T>(__builtin_nan(""));
    }
  }

  bool columns() const { return plan.form != Form::kRival && !alone() && !request.adaptive; }

  void rows(const Logs& logs, const T* x, T* y, size_t count, T scale, Trial* trial) const {
    const size_t n = request.n;
    for (size_t r = 0; r < count; ++r) {
      if (plan.form == Form::kRows) {
        auto in = input_of(x + r * n, scale);
        if (request.fully_masked_zeros) in.masked = 0;
        r += Arithmetic<T>::passes(kernels).rows(in, y + r * n, count - r, n);
        if (r == count) return;
      }
      if constexpr (sizeof(T) == sizeof(float)) {
        if (plan.form == Form::kRival) {
          rival(logs.passes(), x + r * n, y + r * n, scale);
          continue;
        }
      }
      row(logs.passes(), x + r * n, y + r * n, scale, trial);
    }
  }

  void row(const Passes& passes, const T* x, T* y, T scale, Trial* trial) const {
    const FirstPass found = passes.first_blind(x, scale, y, plan.form == Form::kRows, trial);
    if (found.kind == FirstPass::kMasked && request.fully_masked_zeros)
      return fill(y, request.n, 0);
    if (found.kind != FirstPass::kNumbers) return fill(y, request.n, __builtin_nanf(""));
    passes.scale(found.in, y, normalizer(found.sum), *trial);
  }

  // Rivals know no temperature: it takes a pass of its own.
  void rival(const RowPasses& passes, const float* x, float* y, float scale) const {
    if (scale != 1.0f) {
      for (size_t i = 0; i < request.n; ++i) y[i] = x[i] * scale;
      x = y;
    }
    rival_row(kernels, request.algorithm, x, y, request.n, passes.blocks(), plan.streaming);
  }
};

}  // namespace

Status softmax(const Request& request, const Plan& plan) noexcept {
  const Kernels* kernels = kernels_for(request.isa);
  if (kernels == nullptr || !runnable(request.isa, host_cpu())) return Status::kIsaUnsupported;
  if (request.n == 0 || request.outer == 0 || request.inner == 0) return Status::kOk;
  if (plan.form == Form::kRival && request.dtype != Dtype::kFloat32)
    return Status::kDtypeUnsupported;
  const FloatMode mode(request.outer * request.n * request.inner, request.scale);
  if (request.dtype == Dtype::kFloat64)
    return Softmax<double, RowLogs64>{*kernels, request, plan}.run();
  return Softmax<float, RowLogs>{*kernels, request, plan}.run();
}

Status softmax(const Request& request) noexcept {
  static const uint32_t processors = available_processors();
  return softmax(request, plan_for(request, host_cpu(), processors));
}

}  // namespace tps
