// SPDX-License-Identifier: MIT
// A fixed set of workers for one parallel loop at a time. Started at the first loop that asks for
// them, grown when a later one asks for more, joined by stop_workers.
#pragma once
#include <stddef.h>
#include <stdint.h>

namespace tps {

// Processors this process may run on.
uint32_t available_processors();

// Calls body(context, part) once for every part in [0, parts), from at most `threads` threads, the
// caller among them. Where workers cannot be had (another loop is running, or the system refuses
// threads) the caller does more itself: which thread does a part never changes a result. Workers
// run in the caller's floating-point mode, and in its StopScope (stop.h).
void parallel_for(uint32_t threads, size_t parts, void (*body)(void* context, size_t part),
                  void* context);

// Ends and joins all workers; a later loop starts them anew. For the end of the last environment.
void stop_workers();

}  // namespace tps
