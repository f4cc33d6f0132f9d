// SPDX-License-Identifier: MIT
// The clock: several runs timed by turns, round by round, on the same buffers.
#pragma once
#include <stddef.h>
#include <stdint.h>

namespace tps {

// What the caches hold when a timed run begins. kWarm: what an untimed run of the same on the same
// buffers left. kPaper: its input, read just before; its output has not been touched for long
// (Dukhan and Ablavatski, 2020). kCold: neither.
enum class CacheState : int32_t { kWarm, kPaper, kCold };
inline constexpr int32_t kCacheStateCount = 3;

// Buffers to go round: rows of `bytes`, `stride` bytes apart.
struct Arena {
  const void* x = nullptr;
  void* y = nullptr;
  size_t x_rows = 0, y_rows = 0;
  size_t bytes = 0, stride = 0;
};

struct Run {
  void (*body)(void* context, const void* x, const void* z, void* y);
  void* context;
  size_t repeats;  // per timing, whose mean counts
  bool two_inputs;
};

// Nanoseconds of one run of runs[i] in round r at result[i * rounds + r]. Every round after the
// first has an order of its own: what a run leaves in the caches, as streaming stores do, is not
// always the same one's loss. `start`: how many runs
// have gone round the arena before, so that the next buffers are those untouched for longest.
void time_rounds(const Run* runs, size_t count, const Arena& arena, CacheState state, size_t rounds,
                 size_t start, double* result);

}  // namespace tps
