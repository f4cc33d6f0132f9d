// SPDX-License-Identifier: MIT
// Threads pinned to processors, for measuring only.
#pragma once
#include <stddef.h>
#include <stdint.h>

namespace tps {

// Pins the calling thread to cpus[0] and a worker of the pool to each of the others; a count of 0
// sets free again what was pinned. False, and all free: the system has no pinning, refuses it, or
// another loop has the workers.
bool pin_threads(const int32_t* cpus, size_t count);

// The processors this process may use, as they were before the first pinning.
uint32_t unpinned_processors();

}  // namespace tps
