// SPDX-License-Identifier: MIT
// Which instruction set this process computes with: decided once, and forced by name if one wishes.
// A wish that cannot be met is an error, never a silent fallback.
#pragma once
#include "cpu.h"
#include "softmax.h"
#include "tables/isas.h"

namespace tps {

inline constexpr const char* kIsaVariable = "TWO_PASS_SOFTMAX_ISA";

bool runnable(Isa isa, const Cpu& cpu);

// The preferred one among those the processor can run.
Isa best_isa(const Cpu& cpu);

// The row of kIsas with that name, or nullptr.
const IsaRow* find_isa(const char* name);

struct IsaChoice {
  Isa isa;        // can always run; the best one where the wish could not be met
  Status status;  // kOk, or kIsaUnsupported: no such isa, or this processor lacks it
};

// A wish of nullptr, "" or "auto" leaves the choice to best_isa.
IsaChoice choose_isa(const char* wish, const Cpu& cpu);

// The choice for this process: the environment's wish, read at the first call, on the host's
// processor. Its status is for the first call that computes to report, so that others still answer.
const IsaChoice& process_isa();

}  // namespace tps
