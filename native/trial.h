// SPDX-License-Identifier: MIT
// Which form of the two passes is the faster one depends on where the output lies: to store
// exponentials there pays if its lines are in a cache. Nobody can tell without trying, so the first
// stretches of a batch take turns. No bit depends on it.
#pragma once
#include <stddef.h>

#include <chrono>

#include "plan.h"

namespace tps {

class Trial {
 public:
  explicit Trial(Form form)
      : turns_(form == Form::kEither ? 0 : kTurns), stores_(form != Form::kRecompute) {}

  bool open() const { return turns_ < kTurns; }
  // Whether the next stretch stores its exponentials.
  bool stores() const { return open() ? turns_ % 2 == 0 : stores_; }

  bool may_store() const { return open() || stores_; }

  // pass(), the first one over a stretch of n elements.
  template <typename Pass>
  void take_turn(size_t n, const Pass& pass) {
    const auto start = std::chrono::steady_clock::now();
    pass();
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    turn_took(took.count() / n);
  }
  // Seconds for an element. The first turn of each kind pays for what came before.
  void turn_took(double time) {
    double& best = best_[stores() ? 1 : 0];
    if (time < best) best = time;
    if (++turns_ == kTurns) stores_ = !again(best_[1] > kWorth * best_[0]);
  }

 private:
  static constexpr int kTurns = 4;
  // A first pass that stores may take so many times as long; what it costs comes back when the
  // stored are scaled. Found: 1.1 to 1.6 with the output in a cache, 1.8 to 3.5 without.
  static constexpr double kWorth = 1.7;

  // Twice in a row on this thread: stores past the caches leave the output out of them, for which
  // one disturbance is not reason enough.
  static bool again(bool cold) {
    static thread_local bool before = false;
    const bool both = cold && before;
    before = cold;
    return both;
  }

  int turns_;
  bool stores_;
  double best_[2] = {1, 1};
};

}  // namespace tps
