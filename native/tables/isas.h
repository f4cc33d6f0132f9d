// SPDX-License-Identifier: MIT
// Table: the instruction sets that kernels exist for, with what a processor must have to run them,
// weakest first. The order is the preference.
#pragma once
#include <stddef.h>
#include <stdint.h>

#include "features.h"

namespace tps {

enum class Isa : int32_t { kScalar, kAvx2, kAvx512, kNeon };

struct IsaRow {
  Isa isa;
  const char* name;
  FeatureSet needs;
};

inline constexpr IsaRow kIsas[] = {
    {Isa::kScalar, "scalar", 0},
    {Isa::kAvx2, "avx2", features("avx2", "fma", "f16c")},
    {Isa::kAvx512, "avx512",
     features("avx2", "fma", "f16c", "avx512f", "avx512bw", "avx512dq", "avx512vl")},
    {Isa::kNeon, "neon", features("neon")},
};
inline constexpr size_t kIsaCount = sizeof(kIsas) / sizeof(kIsas[0]);

constexpr const IsaRow& isa_row(Isa isa) { return kIsas[static_cast<size_t>(isa)]; }

constexpr bool isas_are_sound() {
  for (size_t i = 0; i < kIsaCount; ++i) {
    if (static_cast<size_t>(kIsas[i].isa) != i) return false;
    if ((kIsas[i].needs & kNoSuchFeature) != 0) return false;
  }
  return kIsas[0].needs == 0;
}
static_assert(isas_are_sound(), "rows in the order of Isa, known features, scalar runs anywhere");

}  // namespace tps
