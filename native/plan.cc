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

// Output of this size is not in the caches when it is written, nor are long rows that are read
// again.
size_t out_of_cache_bytes(const Cpu& cpu) {
  if (cpu.microarch->tuning.recompute_bytes != 0) return cpu.microarch->tuning.recompute_bytes;
  const size_t caches = cpu.caches.l2.bytes + cpu.caches.l3.bytes;
  return caches != 0 ? caches / 2 : size_t{8} << 20;
}

// Output of this size may be, in one that is shared: it and the input fill the second level.
size_t out_of_own_cache_bytes(const Cpu& cpu) {
  return (cpu.caches.l2.bytes != 0 ? cpu.caches.l2.bytes : size_t{1} << 20) / 2;
}

Form form_for(const Request& request, bool out_of_own_cache, bool out_of_cache) {
  switch (request.algorithm) {
    case Algorithm::kAuto:
      if (request.n <= kBlock) return Form::kRows;
      if (out_of_cache) return Form::kRecompute;
      return out_of_own_cache && request.dtype != Dtype::kFloat64 ? Form::kEither : Form::kReload;
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
  const size_t row_bytes = request.n * dtype_row(arithmetic).bytes, bytes = rows * row_bytes;
  const uint32_t threads = thread_count(request, tuning, bytes, processors);
  // Shorter rows are not worth the wait for their last stores.
  const bool may_stream =
      request.inner == 1 && request.output_dtype == arithmetic && request.n >= 4 * kBlock;
  // Where the output is the input, or halves are made float32 in it, each row of it was used just
  // before.
  const bool in_place =
      request.dtype != arithmetic || (request.output != nullptr && request.output == request.input);
  const auto splits_rows = [&](uint32_t some) { return rows < 2 * some && request.n > kBlock; };
  const size_t hands = splits_rows(threads) ? 1
                       : rows < threads     ? rows
                                            : threads,
               at_once = in_place ? hands * row_bytes : bytes;
  const bool out_of_own_cache = may_stream && !in_place && bytes >= out_of_own_cache_bytes(cpu),
             out_of_cache = may_stream && at_once >= out_of_cache_bytes(cpu);
  Plan plan{};
  plan.form = form_for(request, out_of_own_cache, out_of_cache);
  plan.streaming = plan.form != Form::kReload &&
                   (out_of_cache || (out_of_own_cache && plan.form != Form::kRival));
  plan.threads = plan.form == Form::kRival ? 1 : threads;
  plan.split_rows = splits_rows(plan.threads);
  return plan;
}

const char* describe(const Plan& plan, char (&words)[kPlanWords]) {
  constexpr const char* kForms[] = {"short rows", "reload", "recompute", "reload or recompute",
                                    "rival"};
  const char* sharing = plan.threads == 1 ? "" : plan.split_rows ? "s to a row" : "s, whole rows";
  snprintf(words, sizeof(words), "%s%s, %u thread%s", kForms[static_cast<int32_t>(plan.form)],
           plan.streaming ? ", streaming stores" : "", plan.threads, sharing);
  return words;
}

}  // namespace tps
