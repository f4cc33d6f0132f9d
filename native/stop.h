// SPDX-License-Identifier: MIT
// Work that may be given up: while a thread is in a StopScope, parallel_for and for_rows leave out
// what they have not begun once somebody wishes an end, and the results are of no use.
#pragma once
#include <stddef.h>
#include <stdint.h>

#include <atomic>

namespace tps {

class Stop {
 public:
  // `flag` is raised, and stays so, by who wants this one to end.
  explicit Stop(const std::atomic<int32_t>* flag) : flag_(flag) {}
  Stop(const Stop&) = delete;
  Stop& operator=(const Stop&) = delete;

  bool wished() const {
    return flag_->load(std::memory_order_relaxed) != 0 || halts() != halts_at_start_;
  }

  // A wish to all there are now.
  static void all() { halts().fetch_add(1, std::memory_order_relaxed); }

 private:
  static std::atomic<uint32_t>& halts() {
    static std::atomic<uint32_t> count{0};
    return count;
  }

  const std::atomic<int32_t>* const flag_;
  const uint32_t halts_at_start_ = halts();
};

class StopScope {
 public:
  explicit StopScope(const Stop* stop) : outer_(current()) { current() = stop; }
  ~StopScope() { current() = outer_; }
  StopScope(const StopScope&) = delete;
  StopScope& operator=(const StopScope&) = delete;

  // Of this thread; nullptr where everything is finished.
  static const Stop*& current() {
    static thread_local const Stop* stop = nullptr;
    return stop;
  }

 private:
  const Stop* const outer_;
};

inline bool stopped() {
  const Stop* stop = StopScope::current();
  return stop != nullptr && stop->wished();
}

// What is done between two looks, where there is somebody to look for: about a millisecond.
inline size_t elements_at_once() {
  return StopScope::current() != nullptr ? size_t{1} << 20 : SIZE_MAX;
}

}  // namespace tps
