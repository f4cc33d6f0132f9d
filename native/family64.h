// SPDX-License-Identifier: MIT
// What family.cc calls on float64 where float32 has kernels: plain loops, whose bits are the same
// on every isa.
#pragma once
#include "each_row.h"

namespace tps {

// Log-probabilities of a part of the row.
void log_scale(const RowOf<double>& row, const LogSumOf<double>& found, const Range& range,
               double log);

// Largest |x| among the finite, at least 0.
double max_magnitude(const RowOf<double>& row, const double* x, size_t n);

void stable_max_row(const RowOf<double>& row, const Request& request);

}  // namespace tps
