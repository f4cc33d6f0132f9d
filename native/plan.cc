// SPDX-License-Identifier: MIT
#include "plan.h"

#include <stdio.h>

#include "kernels/kernels.h"

namespace tps {

namespace {

// A caller's bound counts as it is; by ourselves, a second thread must have enough to do.
uint32_t thread_count(const Request& request, const Tuning& tuning, size_t bytes,
                      uint32_t processors) {
  if (request.threads != 0) return request.threads < processors ? request.threads : processors;
  return bytes >= tuning.thread_bytes ? processors : 1;
}

// Rows from this size on do not stay in the caches between the passes, nor does their output.
size_t out_of_cache_bytes(const Cpu& cpu) {
  if (cpu.microarch->tuning.recompute_bytes != 0) return cpu.microarch->tuning.recompute_bytes;
  const size_t caches = cpu.caches.l2.bytes + cpu.caches.l3.bytes;
  return caches != 0 ? caches / 2 : size_t{8} << 20;
}

Form form_for(const Request& request, bool out_of_cache) {
  switch (request.algorithm) {
    case Algorithm::kAuto:
      if (request.n <= kBlock) return Form::kRows;
      return out_of_cache ? Form::kRecompute : Form::kReload;
    case Algorithm::kTwoPass:
      return Form::kRecompute;
    case Algorithm::kTwoPassReload:
      return Form::kReload;
    default:
      return Form::kRival;
  }
}

}  // namespace

Plan plan_for(const Request& request, const Cpu& cpu, uint32_t processors) {
  const Tuning& tuning = cpu.microarch->tuning;
  const size_t rows = request.outer * request.inner;
  const Dtype arithmetic = dtype_row(request.dtype).arithmetic;
  const size_t row_bytes = request.n * dtype_row(arithmetic).bytes;
  Plan plan{};
  plan.streaming = row_bytes >= out_of_cache_bytes(cpu) && request.inner == 1 &&
                   request.output_dtype == arithmetic;
  plan.form = form_for(request, plan.streaming);
  plan.threads =
      plan.form == Form::kRival ? 1 : thread_count(request, tuning, rows * row_bytes, processors);
  plan.split_rows = rows < 2 * plan.threads && request.n > kBlock;
  return plan;
}

const char* describe(const Plan& plan, char (&words)[kPlanWords]) {
  constexpr const char* kForms[] = {"short rows", "reload", "recompute", "rival"};
  const char* sharing = plan.threads == 1 ? "" : plan.split_rows ? "s to a row" : "s, whole rows";
  snprintf(words, sizeof(words), "%s%s, %u thread%s", kForms[static_cast<int32_t>(plan.form)],
           plan.streaming ? ", streaming stores" : "", plan.threads, sharing);
  return words;
}

}  // namespace tps
