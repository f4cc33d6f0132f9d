// SPDX-License-Identifier: MIT
#include "plan.h"

#include "kernels/kernels.h"

namespace tps {

Plan plan_for(const Request& request, const Cpu& cpu) {
  const Tuning& tuning = cpu.microarch->tuning;
  const size_t row_bytes = request.n * sizeof(float);
  const size_t bytes = request.outer * request.inner * row_bytes;
  Plan plan{};
  plan.threads = 1;
  switch (request.algorithm) {
    case Algorithm::kAuto:
      plan.form = request.n <= kBlock                      ? Form::kRows
                  : row_bytes < tuning.recompute_bytes ? Form::kReload
                                                       : Form::kRecompute;
      break;
    case Algorithm::kTwoPass:
      plan.form = Form::kRecompute;
      break;
    case Algorithm::kTwoPassReload:
      plan.form = Form::kReload;
      break;
    default:
      plan.form = Form::kRival;
  }
  plan.ahead = row_bytes >= tuning.recompute_bytes;
  plan.streaming = bytes >= tuning.stream_bytes;
  return plan;
}

}  // namespace tps
