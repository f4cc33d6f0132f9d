// SPDX-License-Identifier: MIT
// Runs an algorithm's passes over the rows of a request.
#include "softmax.h"

#include "dispatch.h"
#include "float_mode.h"
#include "kernels/table.h"
#include "plan.h"
#include "rivals.h"
#include "row_logs.h"

namespace tps {
namespace {

// Softmax of the rows of a batch by a given plan.
struct Softmax {
  const Kernels& kernels;
  const Request& request;
  const Plan& plan;

  void operator()(const Batch<float>& batch) const {
    const RowLogs logs(kernels, plan, request.n, batch.scratch);
    if (!request.adaptive) return rows(logs, batch.x, batch.y, batch.count, request.scale);
    for (size_t r = 0; r < batch.count; ++r) {
      const float* x = batch.x + r * request.n;
      rows(logs, x, batch.y + r * request.n, 1, adaptive_scale(logs.entropy(x, 1)));
    }
  }

 private:
  void rows(const RowLogs& logs, const float* x, float* y, size_t count, float scale) const {
    const size_t n = request.n;
    for (size_t r = 0; r < count; ++r) {
      if (plan.form == Form::kRows) {
        Input in = input_of(x + r * n, scale);
        if (request.fully_masked_zeros) in.masked = 0;
        r += kernels.rows(in, y + r * n, count - r, n);
        if (r == count) return;
      }
      if (plan.form == Form::kRival)
        rival(logs.passes(), x + r * n, y + r * n, scale);
      else
        row(logs.passes(), x + r * n, y + r * n, scale);
    }
  }

  void row(const RowPasses& passes, const float* x, float* y, float scale) const {
    const bool reload = plan.form != Form::kRecompute;
    const FirstPass found = passes.first(x, scale, reload ? y : nullptr, plan.form == Form::kRows);
    if (found.kind == FirstPass::kMasked && request.fully_masked_zeros)
      return fill(y, request.n, 0);
    if (found.kind != FirstPass::kNumbers) return fill(y, request.n, __builtin_nanf(""));
    const Normalizer norm = normalizer(found.sum);
    if (reload) return passes.scale(y, norm);
    passes.scale_exp(found.in, y, norm);
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
  const FloatMode mode(request.outer * request.n * request.inner, request.scale);
  return for_rows(Layout{request.outer, request.n, request.inner}, request.input, request.output,
                  plan.threads, plan.split_rows, RowLogs::scratch_bytes(request.n),
                  Softmax{*kernels, request, plan});
}

Status softmax(const Request& request) noexcept {
  static const uint32_t processors = available_processors();
  return softmax(request, plan_for(request, host_cpu(), processors));
}

}  // namespace tps
