// SPDX-License-Identifier: MIT
// Compiled once per isa, with that isa's flags: everything in an unnamed namespace but one table.
#define TPS_PASTE_(a, b) a##b
#define TPS_PASTE(a, b) TPS_PASTE_(a, b)
#if defined(TPS_ISA_avx512)
#include "vec64_avx512.h"
#elif defined(TPS_ISA_avx2)
#include "vec64_avx2.h"
#elif defined(TPS_ISA_neon)
#include "vec64_neon.h"
#else
#include "vec64_scalar.h"
#endif
#include "columns.h"
#include "columns64.h"
#include "family.h"
#include "passes64.h"
#include "rivals.h"
#include "select.h"
#include "short_rows.h"
#include "stream.h"

namespace tps {

extern const Kernels TPS_PASTE(kKernels_, TPS_ISA);
const Kernels TPS_PASTE(kKernels_, TPS_ISA) = {
    sum_exp,
    sum_blind,
    sum_lanes,
    scale_exp,
    scale_rows,
    rows,
    max,
    above,
    // The published unrolls, in units of sixteen elements, then sums: Skylake-X has 144 elements
    // and 3 sums in the first pass of two-pass, the AVX2 machines 96 and 1.
    kHasScalef ? Rivals{reduce_max<4>, reduce_exp<8, 4>, scale_exp_minus<1>, store_exp<8, 2>,
                        scale_by<4>, reduce_ext<9, 3>, scale_ext<1>, reduce_online<8>}
               : Rivals{reduce_max<4>, reduce_exp<6, 1>, scale_exp_minus<2>, store_exp<4, 2>,
                        scale_by<2>, reduce_ext<6, 1>, scale_ext<2>, reduce_online<4>},
    {sum_family, log_scale, stable_sum, stable_scale, max_magnitude},
    kStreamKernels,
    {sum_exp, sum_blind, scale_exp, scale_rows, rows, max, turn<Float64>,
     kScalar ? nullptr : columns64},
    {storage<Float32>(), storage<Float16>(), storage<BFloat16>(), storage<Float64>()},
    turn<Float32>,
    kScalar ? nullptr : columns,
};

}  // namespace tps
