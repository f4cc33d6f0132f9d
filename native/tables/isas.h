// SPDX-License-Identifier: MIT
// Table: the instruction sets that kernels exist for, weakest first. The order is the preference.
#pragma once
#include <stddef.h>
#include <stdint.h>

namespace tps {

enum class Isa : int32_t { kScalar, kAvx2, kAvx512, kNeon };

struct IsaRow {
  Isa isa;
  const char* name;
};

inline constexpr IsaRow kIsas[] = {
    {Isa::kScalar, "scalar"},
    {Isa::kAvx2, "avx2"},
    {Isa::kAvx512, "avx512"},
    {Isa::kNeon, "neon"},
};
inline constexpr size_t kIsaCount = sizeof(kIsas) / sizeof(kIsas[0]);

}  // namespace tps
