// SPDX-License-Identifier: MIT
#include "plan.h"

#include "kernels/kernels.h"

namespace tps {

namespace {

// A caller's bound counts as it is; by ourselves, a second thread must have enough to do.
uint32_t thread_count(const Request& request, const Tuning& tuning, size_t bytes,
                      uint32_t processors) {
  if (request.threads != 0) return request.threads < processors ? request.threads : processors;
  return bytes >= tuning.thread_bytes ? processors : 1;
}

Form form_for(const Request& request, const Tuning& tuning) {
  switch (request.algorithm) {
    case Algorithm::kAuto:
      if (request.n <= kBlock) return Form::kRows;
      return request.n * sizeof(float) < tuning.recompute_bytes ? Form::kReload : Form::kRecompute;
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
  const size_t row_bytes = request.n * sizeof(float);
  Plan plan{};
  plan.form = form_for(request, tuning);
  plan.ahead = row_bytes >= tuning.ahead_bytes;
  plan.streaming = rows * row_bytes >= tuning.stream_bytes && request.inner == 1;
  plan.threads = plan.form == Form::kRival
                     ? 1
                     : thread_count(request, tuning, rows * row_bytes, processors);
  plan.split_rows = rows < 2 * plan.threads && request.n > kBlock;
  return plan;
}

}  // namespace tps
