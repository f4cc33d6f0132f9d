// SPDX-License-Identifier: MIT
#include "cpu.h"

#include <string.h>

#if defined(__x86_64__) || defined(__i386__) || defined(_M_X64) || defined(_M_IX86)
#define TPS_X86 1
#if defined(_MSC_VER) && !defined(__clang__)
#include <immintrin.h>
#include <intrin.h>
#else
#include <cpuid.h>
#endif
#endif

namespace tps {
namespace {

constexpr uint32_t kExtended = 0x80000000;

void read_vendor(const Processor& processor, Cpu* cpu) {
  const Registers r = read_leaf(processor, 0, 0);
  memcpy(cpu->vendor + 0, &r.value[kEbx], 4);
  memcpy(cpu->vendor + 4, &r.value[kEdx], 4);
  memcpy(cpu->vendor + 8, &r.value[kEcx], 4);
}

// The extended fields count only where the base family is 15 (both) or 6 (the model).
void read_signature(const Processor& processor, Cpu* cpu) {
  const uint32_t eax = read_leaf(processor, 1, 0).value[kEax];
  const uint32_t family = (eax >> 8) & 0xf;
  const uint32_t model = (eax >> 4) & 0xf;
  const uint32_t extended_family = (eax >> 20) & 0xff;
  const uint32_t extended_model = (eax >> 16) & 0xf;
  cpu->family = static_cast<int32_t>(family == 15 ? family + extended_family : family);
  cpu->model =
      static_cast<int32_t>(family == 15 || family == 6 ? extended_model << 4 | model : model);
  cpu->stepping = static_cast<int32_t>(eax & 0xf);
}

void read_brand(const Processor& processor, Cpu* cpu) {
  char text[49] = "";
  for (uint32_t i = 0; i < 3; ++i) {
    const Registers r = read_leaf(processor, kExtended + 2 + i, 0);
    memcpy(text + 16 * i, r.value, 16);
  }
  const char* first = text + strspn(text, " ");
  size_t length = strlen(first);
  while (length > 0 && first[length - 1] == ' ') --length;
  memcpy(cpu->brand, first, length);
}

uint64_t saved_state(const Processor& processor) {
  constexpr uint32_t kOsXsave = 1u << 27;
  const bool on = (read_leaf(processor, 1, 0).value[kEcx] & kOsXsave) != 0;
  return on ? processor.xgetbv(processor.self, 0) : 0;
}

FeatureSet read_features(const Processor& processor) {
  const uint64_t saved = saved_state(processor);
  FeatureSet found = 0;
  Registers r = {};
  for (size_t i = 0; i < kFeatureCount; ++i) {
    const FeatureRow& row = kFeatures[i];
    if (row.leaf == 0) continue;
    const FeatureRow& before = kFeatures[i - 1];
    if (row.leaf != before.leaf || row.subleaf != before.subleaf) {
      // Leaf 7 tells its last subleaf in EAX.
      const bool there =
          row.subleaf == 0 || read_leaf(processor, row.leaf, 0).value[kEax] >= row.subleaf;
      r = there ? read_leaf(processor, row.leaf, row.subleaf) : Registers{};
    }
    const bool in_chip = (r.value[row.reg] >> row.bit & 1) != 0;
    if (in_chip && (saved & row.os_state) == row.os_state) found |= FeatureSet{1} << i;
  }
  return found;
}

const Microarch* find_microarch(const Cpu& cpu) {
  const Microarch* row = kMicroarchs;
  for (;; ++row) {  // ends at the last row, which asks for nothing
    if (row->vendor != nullptr && strcmp(row->vendor, cpu.vendor) != 0) continue;
    if (lists_model(*row, cpu.family, cpu.model) || has_all(cpu.features, row->evidence))
      return row;
  }
}

#ifdef TPS_X86
Registers host_cpuid(const void*, uint32_t leaf, uint32_t subleaf) {
  Registers r = {};
#if defined(_MSC_VER) && !defined(__clang__)
  int raw[4];
  __cpuidex(raw, static_cast<int>(leaf), static_cast<int>(subleaf));
  memcpy(r.value, raw, sizeof(raw));
#else
  __cpuid_count(leaf, subleaf, r.value[kEax], r.value[kEbx], r.value[kEcx], r.value[kEdx]);
#endif
  return r;
}

uint64_t host_xgetbv(const void*, uint32_t index) {
#if defined(_MSC_VER) && !defined(__clang__)
  return _xgetbv(index);
#else
  uint32_t low, high;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(index));
  return uint64_t{high} << 32 | low;
#endif
}
#endif

Cpu detect_host() {
#ifdef TPS_X86
  return detect_cpu({host_cpuid, host_xgetbv, nullptr});
#else
  Cpu cpu;
#if defined(__aarch64__) || defined(_M_ARM64)
  cpu.features = features("neon");
#endif
  cpu.microarch = find_microarch(cpu);
  return cpu;
#endif
}

}  // namespace

Registers read_leaf(const Processor& processor, uint32_t leaf, uint32_t subleaf) {
  const Registers range = processor.cpuid(processor.self, leaf & kExtended, 0);
  if (leaf > range.value[kEax]) return {};
  return processor.cpuid(processor.self, leaf, subleaf);
}

Cpu detect_cpu(const Processor& processor) {
  Cpu cpu;
  read_vendor(processor, &cpu);
  read_signature(processor, &cpu);
  read_brand(processor, &cpu);
  cpu.features = read_features(processor);
  cpu.caches = detect_caches(processor);
  cpu.microarch = find_microarch(cpu);
  return cpu;
}

const Cpu& host_cpu() {
  static const Cpu cpu = detect_host();
  return cpu;
}

}  // namespace tps
