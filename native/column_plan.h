// SPDX-License-Identifier: MIT
// How columns are grouped where their kernels take them (Kernels::columns).
#pragma once
#include <stddef.h>

#include "softmax.h"

namespace tps {

// Of one vector, and in whole vectors.
inline constexpr size_t kVector = 16;
inline size_t whole(size_t n) { return (n + kVector - 1) / kVector * kVector; }

// How many panels have their exponentials kept, near enough to stay in the second-level cache while
// inputs and results pass by: whole rows, or as many as make it worth the while to come by each
// page again. None: they are kept with the results or computed twice, and rows are taken as they
// follow each other in memory, which makes up for that unless they are converted twice, too.
size_t panels_kept(const Request& request);
// Of float64. Rows that do not share pages are worth more columns at a time than others.
size_t panels_kept64(const Request& request);
// Columns of float64 whose exponentials are computed again: the sums of their blocks take a 256th
// of the input, and not more than 4 MiB.
size_t columns_again64(const Request& request);
// So many rows of so many columns ahead something is fetched.
inline size_t lead_of(size_t columns) { return 1024 / columns + 1; }
// How many `outer`s are turned to have their columns side by side: a call for the few elements of
// one takes longer than to turn them.
size_t outers_together(const Request& request);

}  // namespace tps
