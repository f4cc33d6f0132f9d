// SPDX-License-Identifier: MIT
#include "native/thread_pool.h"

#include <atomic>
#include <thread>

#include "check.h"
#include "forms.h"
#include "logits.h"
#include "native/stop.h"

namespace tps::test {
namespace {

// A loop that counts how often each of its parts was done.
class Counted {
 public:
  explicit Counted(size_t parts) : parts_(parts), times_(parts) {}

  void run(uint32_t threads) {
    for (auto& times : times_) times = 0;
    parallel_for(
        threads, parts_,
        [](void* self, size_t part) { ++static_cast<Counted*>(self)->times_[part]; }, this);
  }
  bool each_once() const {
    for (const auto& times : times_)
      if (times != 1) return false;
    return true;
  }

 private:
  const size_t parts_;
  std::vector<std::atomic<int>> times_;
};

TEST(thread_pool_leaves_out_what_nobody_wants_any_more) {
  for (const uint32_t threads : {1u, 2u, 4u}) {
    const Note note(show(threads) + " threads");
    std::atomic<int32_t> flag{0}, begun{0};
    const Stop stop(&flag);
    const StopScope scope(&stop);
    struct Loop {
      std::atomic<int32_t>&flag, &begun;
    } loop{flag, begun};
    const auto body = [](void* data, size_t) {
      Loop* self = static_cast<Loop*>(data);
      if (++self->begun == 10) self->flag = 1;
    };
    parallel_for(threads, 1000, body, &loop);
    CHECK(begun >= 10 && begun < 10 + static_cast<int32_t>(threads));
    CHECK(stopped());
    {
      const StopScope none(nullptr);
      Counted all(100);
      all.run(threads);
      CHECK(all.each_once());
    }
    const Stop other(&begun);
    CHECK(other.wished());
  }
}

TEST(thread_pool_stops_all_there_are_and_none_that_come) {
  const std::atomic<int32_t> flag{0};
  const Stop before(&flag);
  Stop::all();
  const Stop after(&flag);
  CHECK(before.wished() && !after.wished());
}

TEST(thread_pool_does_each_part_once) {
  for (const size_t parts : {0, 1, 2, 3, 17, 1000})
    for (const uint32_t threads : {0u, 1u, 2u, 3u, 8u, 40u}) {
      const Note note(show(parts) + " parts by " + show(threads) + " threads");
      Counted loop(parts);
      for (int i = 0; i < 20; ++i) {
        loop.run(threads);
        CHECK(loop.each_once());
      }
    }
}

TEST(thread_pool_uses_other_threads) {
  struct Meeting {
    std::atomic<int> here{0};
  } meeting;
  // Two parts that wait for each other end only if two threads have them.
  parallel_for(
      2, 2,
      [](void* context, size_t) {
        auto& here = static_cast<Meeting*>(context)->here;
        ++here;
        while (here < 2) std::this_thread::yield();
      },
      &meeting);
  CHECK_EQ(meeting.here.load(), 2);
}

TEST(thread_pool_nests) {
  struct Inner {
    std::atomic<int> parts{0};
  } inner;
  parallel_for(
      4, 16,
      [](void* context, size_t) {
        parallel_for(
            4, 8, [](void* nested, size_t) { ++static_cast<Inner*>(nested)->parts; }, context);
      },
      &inner);
  CHECK_EQ(inner.parts.load(), 16 * 8);
}

TEST(thread_pool_serves_concurrent_callers_and_restarts) {
  std::atomic<int> wrong{0}, running{6};
  std::vector<std::thread> callers;
  for (int i = 0; i < 6; ++i)
    callers.emplace_back([&, i] {
      Counted loop(static_cast<size_t>(10 + i));
      for (int round = 0; round < 300; ++round) {
        loop.run(2 + static_cast<uint32_t>(i) % 4);
        wrong += !loop.each_once();
      }
      --running;
    });
  while (running > 0) {
    stop_workers();
    std::this_thread::yield();
  }
  for (std::thread& caller : callers) caller.join();
  CHECK_EQ(wrong.load(), 0);
  stop_workers();
  stop_workers();
  Counted after(100);
  after.run(4);
  CHECK(after.each_once());
}

TEST(thread_pool_concurrent_softmax) {
  constexpr size_t kLength = 100000;
  Rng rng(seed());
  std::vector<float> x(kLength), expected(kLength);
  kOrdinary[1].fill(x.data(), kLength, rng);
  const Isa isa = best_isa(host_cpu());
  run(isa, kDefinition, {x.data(), expected.data(), 1, kLength, 1, 1.0f, false});
  std::atomic<int> wrong{0};
  std::vector<std::thread> callers;
  for (int i = 0; i < 4; ++i)
    callers.emplace_back([&] {
      std::vector<float> y(kLength);
      for (int round = 0; round < 50; ++round) {
        Request request;
        request.input = x.data();
        request.output = y.data();
        request.n = kLength;
        request.isa = isa;
        constexpr Form kForms[] = {Form::kReload, Form::kRecompute, Form::kEither};
        wrong += softmax(request, {kForms[round % 3], false, 3, true}) != Status::kOk;
        wrong += memcmp(y.data(), expected.data(), kLength * sizeof(float)) != 0;
      }
    });
  for (std::thread& caller : callers) caller.join();
  CHECK_EQ(wrong.load(), 0);
  stop_workers();
}

}  // namespace
}  // namespace tps::test
