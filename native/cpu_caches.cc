// SPDX-License-Identifier: MIT
// The data caches, from whichever of three places the processor answers in: leaf 4 (Intel), leaf
// 0x8000001D (AMD with topology extensions), leaves 0x80000005 and 0x80000006 (older AMD, and many
// virtual machines).
#include "cpu.h"

namespace tps {
namespace {

constexpr uint32_t kIntelCaches = 4;
constexpr uint32_t kTopology = 0xb;
constexpr uint32_t kAmdFeatures = 0x80000001;
constexpr uint32_t kAmdL1 = 0x80000005;
constexpr uint32_t kAmdL2L3 = 0x80000006;
constexpr uint32_t kAmdCaches = 0x8000001d;

constexpr uint32_t bits(uint32_t value, int32_t low, int32_t count) {
  return value >> low & ((1u << count) - 1);
}

// Logical processors in the package: the widest level that leaf 0xB lists. 0: unknown.
uint32_t package_threads(const Processor& processor) {
  uint32_t most = 0;
  for (uint32_t level = 0; level < 8; ++level) {
    const Registers r = read_leaf(processor, kTopology, level);
    if (bits(r.value[kEcx], 8, 8) == 0) break;
    const uint32_t threads = bits(r.value[kEbx], 0, 16);
    if (threads > most) most = threads;
  }
  return most;
}

// Leaves 4 and 0x8000001D share one layout: a subleaf per cache, until the type is 0.
Caches enumerate(const Processor& processor, uint32_t leaf) {
  enum { kNone = 0, kInstructions = 2 };
  Caches caches;
  Cache* const levels[] = {nullptr, &caches.l1d, &caches.l2, &caches.l3};
  const uint32_t threads = package_threads(processor);
  for (uint32_t subleaf = 0; subleaf < 16; ++subleaf) {
    const Registers r = read_leaf(processor, leaf, subleaf);
    const uint32_t type = bits(r.value[kEax], 0, 5);
    if (type == kNone) break;
    const uint32_t level = bits(r.value[kEax], 5, 3);
    if (type == kInstructions || level < 1 || level > 3) continue;
    const size_t ways = bits(r.value[kEbx], 22, 10) + size_t{1};
    const size_t partitions = bits(r.value[kEbx], 12, 10) + size_t{1};
    const uint32_t line = bits(r.value[kEbx], 0, 12) + 1;
    const size_t sets = r.value[kEcx] + size_t{1};
    // Intel rounds this up to a power of two; no cache is shared beyond the package.
    uint32_t shared = bits(r.value[kEax], 14, 12) + 1;
    if (threads != 0 && shared > threads) shared = threads;
    *levels[level] = {ways * partitions * line * sets, line, shared};
  }
  return caches;
}

Caches legacy(const Processor& processor) {
  const uint32_t l1d = read_leaf(processor, kAmdL1, 0).value[kEcx];
  const Registers r = read_leaf(processor, kAmdL2L3, 0);
  const uint32_t l2 = r.value[kEcx];
  const uint32_t l3 = r.value[kEdx];
  Caches caches;
  caches.l1d = {size_t{1024} * bits(l1d, 24, 8), bits(l1d, 0, 8), 0};
  caches.l2 = {size_t{1024} * bits(l2, 16, 16), bits(l2, 0, 8), 0};
  caches.l3 = {size_t{512 * 1024} * bits(l3, 18, 14), bits(l3, 0, 8), 0};
  return caches;
}

}  // namespace

Caches detect_caches(const Processor& processor) {
  constexpr uint32_t kTopologyExtensions = 1u << 22;
  Caches caches = enumerate(processor, kIntelCaches);
  if (caches.l1d.bytes != 0) return caches;
  if ((read_leaf(processor, kAmdFeatures, 0).value[kEcx] & kTopologyExtensions) != 0) {
    caches = enumerate(processor, kAmdCaches);
    if (caches.l1d.bytes != 0) return caches;
  }
  return legacy(processor);
}

}  // namespace tps
