// SPDX-License-Identifier: MIT
// The instruments themselves: what cannot fail cannot tell.
#include "buffers.h"

#include "check.h"

#if !defined(_WIN32)
#include <signal.h>
#include <sys/wait.h>
#endif

namespace tps::test {
namespace {

TEST(buffers_lie_where_they_should) {
  for (const size_t count : {size_t{0}, size_t{1}, size_t{1023}, size_t{1024}, size_t{1025}}) {
    for (const size_t offset : {size_t{0}, size_t{1}, size_t{15}}) {
      GuardedBuffer<float> first(count, Flush::kStart, offset);
      GuardedBuffer<float> last(count, Flush::kEnd, offset);
      for (size_t i = 0; i < count; ++i) first[i] = last[i] = 1.0f;
      CHECK(first.canaries_live() && last.canaries_live());
      CHECK_EQ(first.size(), count);
      CHECK_EQ(reinterpret_cast<uintptr_t>(first.data()) % 4096, offset * sizeof(float));
      CHECK_EQ(reinterpret_cast<uintptr_t>(last.data() + count + offset) % 4096, 0);
    }
  }
}

TEST(buffers_canaries_see_stray_writes) {
  GuardedBuffer<float> before(5, Flush::kEnd);
  before.data()[-1] = 0.0f;
  CHECK(!before.canaries_live());
  GuardedBuffer<float> after(5, Flush::kStart, 1);
  after.data()[5] = 0.0f;
  CHECK(!after.canaries_live());
}

#if !defined(_WIN32)
// True if reading that float kills the process.
bool kills(const volatile float* address) {
  const pid_t child = fork();
  if (child == 0) {
    signal(SIGSEGV, SIG_DFL);
    signal(SIGBUS, SIG_DFL);
    (void)*address;
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFSIGNALED(status);
}

TEST(buffers_guard_pages_fault) {
  const GuardedBuffer<float> first(7, Flush::kStart), last(7, Flush::kEnd);
  CHECK(!kills(first.data()));
  CHECK(!kills(last.data() + 6));
  CHECK(kills(first.data() - 1));
  CHECK(kills(last.data() + 7));
  const GuardedBuffer<float> empty(0, Flush::kEnd);
  CHECK(kills(empty.data()));
}
#endif

TEST(ulp_distance_counts_representable_numbers) {
  CHECK_EQ(ulp_distance(1.0f, 1.0f), 0);
  CHECK_EQ(ulp_distance(1.0f, nextafterf(1.0f, 2.0f)), 1);
  CHECK_EQ(ulp_distance(1.0f, nextafterf(1.0f, 0.0f)), 1);
  CHECK_EQ(ulp_distance(1.0f, 2.0f), 1u << 23);
  CHECK_EQ(ulp_distance(2.0f, 1.0f), 1u << 23);
  CHECK_EQ(ulp_distance(1.0, 2.0), uint64_t{1} << 52);
  CHECK_EQ(ulp_distance(0.0f, -0.0f), 0);
  CHECK_EQ(ulp_distance(0x1p-149f, -0x1p-149f), 2);
  CHECK_EQ(ulp_distance(-0x1p-1074, 0.0), 1);
  CHECK_EQ(ulp_distance(std::numeric_limits<float>::max(), HUGE_VALF), 1);
  CHECK_EQ(ulp_distance(-HUGE_VAL, HUGE_VAL), 2 * (uint64_t{0x7ff} << 52));
  const float nan = std::numeric_limits<float>::quiet_NaN();
  CHECK_EQ(ulp_distance(nan, -nan), 0);
  CHECK_EQ(ulp_distance(nan, HUGE_VALF), UINT64_MAX);
}

TEST(rng_repeats_itself_and_spreads) {
  Rng known(1234567);  // the generator's published first answers
  CHECK_EQ(known.next(), 6457827717110365317u);
  CHECK_EQ(known.next(), 3203168211198807973u);
  Rng rng(seed());
  constexpr int kDraws = 1 << 16;
  double sum = 0, square = 0;
  for (int i = 0; i < kDraws; ++i) {
    const double u = rng.uniform(-1.0, 3.0), z = rng.normal();
    CHECK(u >= -1.0 && u < 3.0);
    CHECK(rng.below(7) < 7);
    sum += u;
    square += z * z;
  }
  CHECK(fabs(sum / kDraws - 1.0) < 0.03);  // six standard errors and more
  CHECK(fabs(square / kDraws - 1.0) < 0.04);
}

}  // namespace
}  // namespace tps::test
