// SPDX-License-Identifier: MIT
#include "measure/timing.h"

#include <vector>

#include "check.h"

namespace tps::test {
namespace {

struct Seen {
  int id;
  std::vector<int>* order;
  std::vector<const void*>* buffers;
};

void look(void* context, const void* x, const void* z, void* y) {
  const Seen& seen = *static_cast<Seen*>(context);
  seen.order->push_back(seen.id);
  for (const void* p : {x, z, static_cast<const void*>(y)}) seen.buffers->push_back(p);
}

struct Observed {
  std::vector<int> order;
  std::vector<const void*> buffers;
  std::vector<double> times;
};

Observed observe(const Arena& arena, CacheState state, size_t rounds, size_t start) {
  Observed observed;
  Seen seen[] = {{0, &observed.order, &observed.buffers}, {1, &observed.order, &observed.buffers}};
  const Run runs[] = {{look, &seen[0], 1, false}, {look, &seen[1], 2, true}};
  observed.times.assign(2 * rounds, -1);
  time_rounds(runs, 2, arena, state, rounds, start, observed.times.data());
  return observed;
}

// Every round is one of the two orders, the first that which was given, and both are met.
void check_orders(const std::vector<int>& order, std::vector<int> given, std::vector<int> turned) {
  size_t turns = 0;
  const size_t length = given.size();
  CHECK(order.size() % length == 0);
  for (size_t at = 0; at < order.size(); at += length) {
    const std::vector<int> round(order.begin() + at, order.begin() + at + length);
    CHECK(round == given || (at > 0 && round == turned));
    turns += round == turned;
  }
  CHECK(turns > 0 && turns < order.size() / length);
}

}  // namespace

TEST(timing_takes_turns_after_untimed_runs_when_warm) {
  std::vector<float> x(64), y(64);
  const Arena arena{x.data(), y.data(), 2, 2, 128, 128};
  const Observed observed = observe(arena, CacheState::kWarm, 20, 5);
  check_orders(observed.order, {0, 0, 0, 1, 1, 1, 1}, {1, 1, 1, 1, 0, 0, 0});
  for (size_t i = 0; i < observed.buffers.size(); i += 3) {
    CHECK(observed.buffers[i] == x.data());
    CHECK(observed.buffers[i + 1] == x.data() + 32);
    CHECK(observed.buffers[i + 2] == y.data());
  }
  for (const double time : observed.times) CHECK(time >= 0);
}

TEST(timing_goes_round_the_buffers_that_are_to_be_cold) {
  std::vector<float> x(64), y(96);
  const Arena arena{x.data(), y.data(), 2, 3, 128, 128};
  for (const CacheState state : {CacheState::kPaper, CacheState::kCold}) {
    const Observed observed = observe(arena, state, 20, 1);
    check_orders(observed.order, {0, 1, 1}, {1, 1, 0});
    for (size_t i = 0; i < observed.order.size(); ++i) {
      const size_t at = i + 1, x_row = state == CacheState::kCold ? at % 2 : 0;
      CHECK(observed.buffers[3 * i] == x.data() + 32 * x_row);
      CHECK(observed.buffers[3 * i + 1] == x.data() + 32 * ((x_row + 1) % 2));
      CHECK(observed.buffers[3 * i + 2] == y.data() + 32 * (at % 3));
    }
  }
}

}  // namespace tps::test
