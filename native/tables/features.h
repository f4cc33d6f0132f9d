// SPDX-License-Identifier: MIT
// Table: the processor features that kernels need or that tell one microarchitecture from another.
// Names are those of Linux's /proc/cpuinfo. `os_state` is what the operating system must save and
// restore (bits of XCR0): a feature whose registers it does not keep counts as absent.
#pragma once
#include <stddef.h>
#include <stdint.h>

namespace tps {

enum Register : int32_t { kEax, kEbx, kEcx, kEdx };

struct FeatureRow {
  const char* name;
  uint32_t leaf, subleaf;  // where CPUID tells; leaf 0: not from CPUID, every arm64 has it
  Register reg;
  int32_t bit;
  uint64_t os_state;
};

inline constexpr uint64_t kNoState = 0;
inline constexpr uint64_t kYmm = 0x6;          // XMM and the upper halves of YMM
inline constexpr uint64_t kZmm = kYmm | 0xe0;  // and the mask registers and both parts of ZMM
inline constexpr uint64_t kTiles = 0x60000;    // and on Linux a process asks before it uses tiles

inline constexpr FeatureRow kFeatures[] = {
    {"neon", 0, 0, kEax, 0, kNoState},
    {"fma", 1, 0, kEcx, 12, kYmm},
    {"sse4_2", 1, 0, kEcx, 20, kNoState},
    {"popcnt", 1, 0, kEcx, 23, kNoState},
    {"avx", 1, 0, kEcx, 28, kYmm},
    {"f16c", 1, 0, kEcx, 29, kYmm},
    {"avx2", 7, 0, kEbx, 5, kYmm},
    {"bmi2", 7, 0, kEbx, 8, kNoState},
    {"avx512f", 7, 0, kEbx, 16, kZmm},
    {"avx512dq", 7, 0, kEbx, 17, kZmm},
    {"avx512ifma", 7, 0, kEbx, 21, kZmm},
    {"avx512cd", 7, 0, kEbx, 28, kZmm},
    {"avx512bw", 7, 0, kEbx, 30, kZmm},
    {"avx512vl", 7, 0, kEbx, 31, kZmm},
    {"avx512vbmi", 7, 0, kEcx, 1, kZmm},
    {"avx512_vbmi2", 7, 0, kEcx, 6, kZmm},
    {"avx512_vnni", 7, 0, kEcx, 11, kZmm},
    {"avx512_bitalg", 7, 0, kEcx, 12, kZmm},
    {"avx512_vpopcntdq", 7, 0, kEcx, 14, kZmm},
    {"avx512_vp2intersect", 7, 0, kEdx, 8, kZmm},
    {"amx_bf16", 7, 0, kEdx, 22, kTiles},
    {"avx512_fp16", 7, 0, kEdx, 23, kZmm},
    {"amx_tile", 7, 0, kEdx, 24, kTiles},
    {"amx_int8", 7, 0, kEdx, 25, kTiles},
    {"avx_vnni", 7, 1, kEax, 4, kYmm},
    {"avx512_bf16", 7, 1, kEax, 5, kZmm},
};
inline constexpr size_t kFeatureCount = sizeof(kFeatures) / sizeof(kFeatures[0]);

constexpr bool features_are_sorted() {
  for (size_t i = 1; i < kFeatureCount; ++i) {
    const FeatureRow &a = kFeatures[i - 1], &b = kFeatures[i];
    if (a.leaf > b.leaf || (a.leaf == b.leaf && a.subleaf > b.subleaf)) return false;
  }
  return kFeatures[0].leaf == 0;
}
static_assert(features_are_sorted(), "by leaf and subleaf, so that each is read once");

// Bit i stands for row i of kFeatures.
using FeatureSet = uint64_t;

// Bits that no processor has: what a misspelt name stands for, and a need nobody meets.
inline constexpr FeatureSet kNoSuchFeature = FeatureSet{1} << 63;
inline constexpr FeatureSet kNever = FeatureSet{1} << 62;
static_assert(kFeatureCount < 62);

constexpr bool same_name(const char* a, const char* b) {
  for (; *a != '\0' && *a == *b; ++a) ++b;
  return *a == *b;
}

constexpr FeatureSet feature(const char* name) {
  for (size_t i = 0; i < kFeatureCount; ++i) {
    if (same_name(name, kFeatures[i].name)) return FeatureSet{1} << i;
  }
  return kNoSuchFeature;
}

template <class... Names>
constexpr FeatureSet features(Names... names) {
  return (FeatureSet{0} | ... | feature(names));
}

constexpr bool has_all(FeatureSet have, FeatureSet needs) { return (have & needs) == needs; }

}  // namespace tps
