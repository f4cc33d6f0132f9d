// SPDX-License-Identifier: MIT
#include "thread_pool.h"

#include <atomic>

#include "float_mode.h"
#include "stop.h"
#include "threading.h"
#if defined(__linux__)
#include <sched.h>
#elif !defined(_WIN32)
#include <unistd.h>
#endif

namespace tps {
namespace {

constexpr uint32_t kMostWorkers = 255;

struct Loop {
  void (*body)(void*, size_t);
  void* context;
  size_t parts;
  const FloatMode::Control control = FloatMode::current();
  const Stop* const stop = StopScope::current();
  std::atomic<size_t> next{0};

  void run() {
    const FloatMode mode(control);
    const StopScope scope(stop);
    for (size_t part; (part = next.fetch_add(1, std::memory_order_relaxed)) < parts && !stopped();)
      body(context, part);
  }
};

// `busy`: a caller's loop has the workers. `mutex` guards what follows it.
struct Pool {
  std::atomic<bool> busy{false};
  Mutex mutex;
  Condition wake, done;
  Thread threads[kMostWorkers];
  uint32_t started = 0;
  uint32_t wanted = 0;   // workers that may still join the present loop
  uint32_t running = 0;  // workers inside it
  uint64_t generation = 0;
  bool stopping = false;
  Loop* loop = nullptr;

  void work() {
    uint64_t seen = 0;
    mutex.lock();
    while (!stopping) {
      if (loop == nullptr || generation == seen || wanted == 0) {
        wake.wait(mutex);
        continue;
      }
      seen = generation;
      --wanted;
      ++running;
      Loop* mine = loop;
      mutex.unlock();
      mine->run();
      mutex.lock();
      if (--running == 0) done.notify_all();
    }
    mutex.unlock();
  }

  // By the one who set `busy`.
  void run(Loop* work_loop, uint32_t workers) {
    mutex.lock();
    while (started < workers &&
           threads[started].start([](void* pool) { static_cast<Pool*>(pool)->work(); }, this))
      ++started;
    loop = work_loop;
    wanted = workers < started ? workers : started;
    ++generation;
    wake.notify_all();
    mutex.unlock();
    work_loop->run();
    mutex.lock();
    loop = nullptr;  // who has not come by now need not
    while (running > 0) done.wait(mutex);
    mutex.unlock();
  }

  void stop() {
    while (busy.exchange(true, std::memory_order_acquire)) yield_thread();
    mutex.lock();
    stopping = true;
    wake.notify_all();
    mutex.unlock();
    for (; started > 0; --started) threads[started - 1].join();
    stopping = false;
    busy.store(false, std::memory_order_release);
  }
};

// Never destroyed: a worker may still hold on to it while the process ends.
Pool& pool() {
  static Pool* instance = new Pool;
  return *instance;
}

}  // namespace

uint32_t available_processors() {
#if defined(__linux__)
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof(set), &set) == 0) return static_cast<uint32_t>(CPU_COUNT(&set));
  return 1;
#elif defined(_WIN32)
  SYSTEM_INFO info;
  GetSystemInfo(&info);
  return info.dwNumberOfProcessors;
#else
  const long count = sysconf(_SC_NPROCESSORS_ONLN);
  return count > 0 ? static_cast<uint32_t>(count) : 1;
#endif
}

void parallel_for(uint32_t threads, size_t parts, void (*body)(void* context, size_t part),
                  void* context) {
  if (threads <= 1 || parts <= 1) {
    for (size_t part = 0; part < parts && !stopped(); ++part) body(context, part);
    return;
  }
  Loop loop{body, context, parts};
  uint32_t workers = threads - 1;
  if (workers >= parts) workers = static_cast<uint32_t>(parts - 1);
  if (workers > kMostWorkers) workers = kMostWorkers;
  if (pool().busy.exchange(true, std::memory_order_acquire)) return loop.run();
  pool().run(&loop, workers);
  pool().busy.store(false, std::memory_order_release);
}

void stop_workers() { pool().stop(); }

}  // namespace tps
