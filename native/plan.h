// SPDX-License-Identifier: MIT
// How a request is carried out: which form, and with what around it. Decided from the shape, the
// caches and the tuning row; nothing in a plan changes a bit of the result.
#pragma once
#include <stddef.h>
#include <stdint.h>

#include "cpu.h"
#include "softmax.h"

namespace tps {

enum class Form : int32_t {
  kRows,    // rows of one block, done whole by the kernel
  kReload,  // first pass stores the exponentials, second pass scales them
  kRecompute,
  kEither,  // the one of these two that a trial finds to be faster
  kRival,   // a published algorithm, on request only
};

struct Plan {
  Form form;
  bool streaming;    // a last pass that writes what is not there yet stores past the caches
  uint32_t threads;  // that take part
  bool split_rows;   // threads share each row; else each takes whole rows
};

// `processors`: how many this process may use.
Plan plan_for(const Request& request, const Cpu& cpu, uint32_t processors);

// A plan in words, as benchmarks print it.
inline constexpr size_t kPlanWords = 80;
const char* describe(const Plan& plan, char (&words)[kPlanWords]);

}  // namespace tps
