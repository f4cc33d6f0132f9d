// SPDX-License-Identifier: MIT
// The kernel tables of this binary, by isa.
#pragma once
#include "kernels.h"
#include "tables/isas.h"

namespace tps {

extern const Kernels kKernels_scalar;
#if defined(TPS_HAVE_AVX2)
extern const Kernels kKernels_avx2;
#endif
#if defined(TPS_HAVE_AVX512)
extern const Kernels kKernels_avx512;
#endif
#if defined(TPS_HAVE_NEON)
extern const Kernels kKernels_neon;
#endif

// nullptr: this binary has no kernels for that isa.
inline const Kernels* kernels_for(Isa isa) {
  switch (isa) {
    case Isa::kScalar:
      return &kKernels_scalar;
#if defined(TPS_HAVE_AVX2)
    case Isa::kAvx2:
      return &kKernels_avx2;
#endif
#if defined(TPS_HAVE_AVX512)
    case Isa::kAvx512:
      return &kKernels_avx512;
#endif
#if defined(TPS_HAVE_NEON)
    case Isa::kNeon:
      return &kKernels_neon;
#endif
    default:
      return nullptr;
  }
}

}  // namespace tps
