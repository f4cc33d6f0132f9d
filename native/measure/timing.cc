// SPDX-License-Identifier: MIT
#include "measure/timing.h"

#include <chrono>
#include <memory>
#include <new>
#include <utility>

#include "cpu.h"

namespace tps {
namespace {

double now() {
  const auto since = std::chrono::steady_clock::now().time_since_epoch();
  return static_cast<double>(std::chrono::duration_cast<std::chrono::nanoseconds>(since).count());
}

// What reading the clock twice takes by itself.
double clock_cost() {
  double least = 1e9;
  for (int i = 0; i < 100; ++i) {
    const double start = now();
    const double cost = now() - start;
    least = cost < least ? cost : least;
  }
  return least;
}

// The x of that number, and z, which is the next.
const void* input(const Arena& arena, size_t row) {
  return static_cast<const char*>(arena.x) + row % arena.x_rows * arena.stride;
}

void touch(const void* x, size_t bytes) {
  const volatile char* line = static_cast<const char*>(x);
  for (size_t i = 0; i < bytes; i += 64) (void)line[i];
}

void run_at(const Run& run, const Arena& arena, size_t x_row, size_t y_row) {
  char* y = static_cast<char*>(arena.y) + y_row % arena.y_rows * arena.stride;
  run.body(run.context, input(arena, x_row), input(arena, x_row + 1), y);
}

// Untimed runs before are for buffers that the caches can hold; beyond, they would leave nothing.
// Two: the first finds the output where another candidate left it, and may choose its form by that.
double warm(const Run& run, const Arena& arena, double cost) {
  const Cpu& cpu = host_cpu();
  const size_t known = cpu.caches.l2.bytes + cpu.caches.l3.bytes;
  const size_t caches = known != 0 ? known : size_t{16} << 20;  // as plan.cc guesses
  for (int k = 0; k < 2 && arena.bytes * 2 < caches; ++k) run_at(run, arena, 0, 0);
  const double start = now();
  for (size_t i = 0; i < run.repeats; ++i) run_at(run, arena, 0, 0);
  return now() - start - cost;
}

// Fisher and Yates, by Knuth's linear congruential generator.
void shuffle(size_t* order, size_t count, uint64_t* random) {
  for (size_t i = count; i > 1; --i) {
    *random = *random * 6364136223846793005 + 1442695040888963407;
    std::swap(order[i - 1], order[(*random >> 33) % i]);
  }
}

}  // namespace

void time_rounds(const Run* runs, size_t count, const Arena& arena, CacheState state, size_t rounds,
                 size_t start, double* result) {
  const double cost = clock_cost();
  std::unique_ptr<size_t[]> order(new (std::nothrow) size_t[count]);
  if (order == nullptr) return;
  for (size_t i = 0; i < count; ++i) order.get()[i] = i;
  uint64_t random = start;
  for (size_t round = 0; round < rounds; ++round) {
    if (round > 0) shuffle(order.get(), count, &random);
    for (size_t place = 0; place < count; ++place) {
      const size_t i = order.get()[place];
      const Run& run = runs[i];
      double total = state == CacheState::kWarm ? warm(run, arena, cost) : 0;
      for (size_t k = 0; state != CacheState::kWarm && k < run.repeats; ++k, ++start) {
        const size_t x_row = state == CacheState::kCold ? start : 0;
        if (state == CacheState::kPaper) {
          touch(input(arena, 0), arena.bytes);
          if (run.two_inputs) touch(input(arena, 1), arena.bytes);
        }
        const double begin = now();
        run_at(run, arena, x_row, start);
        total += now() - begin - cost;
      }
      const double mean = total / static_cast<double>(run.repeats);
      result[i * rounds + round] = mean > 0 ? mean : 0;
    }
  }
}

}  // namespace tps
