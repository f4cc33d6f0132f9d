// SPDX-License-Identifier: MIT
// Which form of the two passes is the faster one depends on where the output lies: to store
// exponentials there pays if its lines are in a cache. Nobody can tell without trying, so some
// stretches of a batch take turns. What a trial touches it leaves in the caches, so that its place
// is another one each time; until it begins, what was found last holds. No bit depends on it.
#pragma once
#include <stddef.h>
#include <stdint.h>

#include <chrono>

#include "plan.h"

namespace tps {

class Trial {
 public:
  // `stretches`: of the whole batch.
  Trial(Form form, size_t stretches)
      : turns_(form == Form::kEither && stretches >= kTurns ? 0 : kTurns),
        stores_(form == Form::kEither ? last().stores : form != Form::kRecompute),
        before_(turns_ < kTurns ? place(stretches) : 0) {}

  // How many of the next `stretches` come before it.
  size_t skip(size_t stretches) {
    const size_t some = before_ < stretches ? before_ : stretches;
    before_ -= some;
    return some;
  }
  bool open() const { return before_ == 0 && turns_ < kTurns; }
  // Whether the next stretch stores its exponentials.
  bool stores() const { return open() ? turns_ % 2 == 0 : stores_; }

  bool may_store() const { return turns_ < kTurns || stores_; }

  // pass(), the first one over a stretch of n elements.
  template <typename Pass>
  void take_turn(size_t n, const Pass& pass) {
    const auto start = std::chrono::steady_clock::now();
    pass();
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    turn_took(took.count() / n);
  }
  // Seconds for an element.
  void turn_took(double time) {
    double& best = best_[stores() ? 1 : 0];
    if (time < best) best = time;
    if (++turns_ == kTurns) stores_ = found(best_[1] > kWorth * best_[0]);
  }

 private:
  static constexpr int kTurns = 4;
  // A first pass that stores may take so many times as long; what it costs comes back when the
  // stored are scaled. Found: 1.0 to 1.6 with the output in a cache, 1.8 to 4.4 without.
  static constexpr double kWorth = 1.7;

  struct Last {
    bool cold = false, stores = true;
    uint32_t place = 0;
  };
  static Last& last() {
    static thread_local Last the;
    return the;
  }
  // Storing is given up when the output was cold twice in a row on this thread: stores past the
  // caches leave it out of them, for which one disturbance is not reason enough.
  static bool found(bool cold) {
    last().stores = !(cold && last().cold);
    last().cold = cold;
    return last().stores;
  }
  static size_t place(size_t stretches) {
    last().place += 0x9e3779b9;  // the golden ratio of 2^32
    return last().place * static_cast<uint64_t>(stretches - kTurns) >> 32;
  }

  int turns_;
  bool stores_;
  size_t before_;  // stretches
  double best_[2] = {1, 1};
};

}  // namespace tps
