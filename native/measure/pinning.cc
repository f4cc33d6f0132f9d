// SPDX-License-Identifier: MIT
#include "measure/pinning.h"

#include <atomic>

#include "thread_pool.h"
#include "threading.h"
#if defined(__linux__)
#include <sched.h>
#include <time.h>
#endif

namespace tps {

#if defined(__linux__)

namespace {

struct Freedom {
  cpu_set_t set;
  uint32_t processors;
  Freedom() : processors(available_processors()) {
    if (sched_getaffinity(0, sizeof(set), &set) != 0) CPU_ZERO(&set);
  }
};
const Freedom& freedom() {
  static const Freedom before;
  return before;
}

// One part for every thread: none leaves before all have come, so no thread does two.
struct Muster {
  const int32_t* cpus;  // nullptr: any
  size_t count;
  std::atomic<size_t> arrived{0}, refused{0};

  bool wait() {
    const time_t start = time(nullptr);
    arrived.fetch_add(1);
    while (arrived.load() < count) {
      if (refused.load() > 0 || time(nullptr) - start > 2) return false;
      yield_thread();
    }
    return true;
  }
  void come(size_t part) {
    cpu_set_t set = freedom().set;
    if (cpus != nullptr) {
      CPU_ZERO(&set);
      CPU_SET(static_cast<size_t>(cpus[part]), &set);
    }
    if (!wait() || sched_setaffinity(0, sizeof(set), &set) != 0) refused.fetch_add(1);
  }
};

bool muster(const int32_t* cpus, size_t count) {
  Muster all{cpus, count};
  parallel_for(
      static_cast<uint32_t>(count), count,
      [](void* context, size_t part) { static_cast<Muster*>(context)->come(part); }, &all);
  return all.refused.load() == 0;
}

}  // namespace

bool pin_threads(const int32_t* cpus, size_t count) {
  static size_t pinned = 1;
  freedom();
  const bool done = count > 0 && muster(cpus, count);
  pinned = count > pinned ? count : pinned;
  if (!done) muster(nullptr, pinned);
  return done;
}

uint32_t unpinned_processors() { return freedom().processors; }

#else

bool pin_threads(const int32_t*, size_t) { return false; }
uint32_t unpinned_processors() { return available_processors(); }

#endif

}  // namespace tps
