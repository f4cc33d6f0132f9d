// SPDX-License-Identifier: MIT
#include "check.h"
#include "native/cpu.h"
#include "processors.h"

namespace tps::test {
namespace {

constexpr size_t kKiB = 1024;

struct Expected {
  const char* name;
  const FakeProcessor& fake;
  Caches caches;  // each: bytes, line, logical processors that share it
};

const Expected kExpected[] = {
    {"Ivy Bridge", kIvyBridge, {{32 * kKiB, 64, 2}, {256 * kKiB, 64, 2}, {8 * kMiB, 64, 8}}},
    {"Haswell", kHaswell, {{32 * kKiB, 64, 2}, {256 * kKiB, 64, 2}, {8 * kMiB, 64, 8}}},
    {"Broadwell-E", kBroadwellE, {{32 * kKiB, 64, 2}, {256 * kKiB, 64, 2}, {15 * kMiB, 64, 12}}},
    {"virtual Broadwell",
     kBroadwellVirtual,
     {{32 * kKiB, 64, 1}, {4 * kMiB, 64, 1}, {16 * kMiB, 64, 1}}},
    {"Skylake-X", kSkylakeX, {{32 * kKiB, 64, 2}, {1 * kMiB, 64, 2}, {14080 * kKiB, 64, 20}}},
    {"virtual Sapphire Rapids",
     kVirtualSapphireRapids,
     {{48 * kKiB, 64, 1}, {2 * kMiB, 64, 1}, {480 * kMiB, 64, 2}}},
    {"Rome", kRome, {{32 * kKiB, 64, 2}, {512 * kKiB, 64, 2}, {16 * kMiB, 64, 8}}},
    {"virtual Rome", kRomeVirtual, {{32 * kKiB, 64, 0}, {512 * kKiB, 64, 0}, {16 * kMiB, 64, 0}}},
    {"Matisse", kMatisse, {{32 * kKiB, 64, 2}, {512 * kKiB, 64, 2}, {16 * kMiB, 64, 6}}},
    {"Raphael", kRaphael, {{32 * kKiB, 64, 2}, {1 * kMiB, 64, 2}, {32 * kMiB, 64, 12}}},
    {"Granite Ridge", kGraniteRidge, {{48 * kKiB, 64, 2}, {1 * kMiB, 64, 2}, {32 * kMiB, 64, 16}}},
};

void check_cache(const Cache& got, const Cache& expected) {
  CHECK_EQ(got.bytes, expected.bytes);
  CHECK_EQ(got.line_bytes, expected.line_bytes);
  CHECK_EQ(got.shared_by, expected.shared_by);
}

TEST(caches_of_recorded_processors) {
  for (const Expected& e : kExpected) {
    const Note note(e.name);
    const Caches caches = e.fake.detect().caches;
    check_cache(caches.l1d, e.caches.l1d);
    check_cache(caches.l2, e.caches.l2);
    check_cache(caches.l3, e.caches.l3);
  }
}

TEST(caches_geometry) {
  FakeProcessor fake = kHaswell;
  fake.at(4, kEbx, 3) = 1023u << 22 | 3u << 12 | 127u;  // 1,024 ways, 4 partitions, 128 bytes
  fake.at(4, kEcx, 3) = (1u << 14) - 1;
  check_cache(fake.detect().caches.l3, {size_t{1} << 33, 128, 8});
  fake.at(4, kEax, 3) = 0x183;  // a fourth level is not ours to report
  check_cache(fake.detect().caches.l3, {});
}

TEST(caches_sharing_without_topology) {
  FakeProcessor fake = kHaswell;
  fake.at(0, kEax) = 0xa;
  check_cache(fake.detect().caches.l3, {8 * kMiB, 64, 16});
}

TEST(caches_without_the_leaves_that_tell) {
  FakeProcessor fake = kSkylakeX;
  fake.at(0, kEax) = 3;  // what a BIOS setting for old systems does
  const Caches caches = fake.detect().caches;
  check_cache(caches.l1d, {});
  check_cache(caches.l2, {256 * kKiB, 64, 0});
  check_cache(caches.l3, {});
  fake.at(0x80000000, kEax) = 0;  // before there were extended leaves
  check_cache(fake.detect().caches.l2, {});
}

}  // namespace
}  // namespace tps::test
