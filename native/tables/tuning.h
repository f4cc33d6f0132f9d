// SPDX-License-Identifier: MIT
// Table: one row per microarchitecture: how to recognise it, and what was tuned for it. To add one,
// add a row, above the older ones of its vendor.
//
// A processor belongs to the first row of its vendor that lists its family and model, or whose
// `evidence` it has: features that this microarchitecture and later ones have and earlier ones
// never had. So the evidence of a newer row overrules the model, which hypervisors invent, and
// unlisted successors join their nearest ancestor. A model whose features are masked keeps its row:
// the caches and the memory stay what they are. Generic rows ask for the features of their isa
// alone.
#pragma once
#include <stddef.h>
#include <stdint.h>

#include "features.h"
#include "isas.h"

namespace tps {

struct Tuning {
  size_t recompute_bytes;  // output size from which recomputing with non-temporal stores beats
                           // reloading; 0: half of what the last two cache levels hold
  size_t thread_bytes;     // row or batch size from which a second thread pays
  const char* origin;      // "measured" on that processor, or "derived" from its relatives
};

struct Microarch {
  const char* name;
  const char* vendor;  // as CPUID spells it; nullptr: any
  int32_t family;
  int32_t models[16];  // zeros at the end do not count
  FeatureSet evidence;
  Tuning tuning;
};

inline constexpr const char* kIntel = "GenuineIntel";
inline constexpr const char* kAmd = "AuthenticAMD";
inline constexpr FeatureSet kByModelOnly = kNever;
inline constexpr size_t kMiB = size_t{1} << 20;

// clang-format off
inline constexpr Microarch kMicroarchs[] = {
    // with Emerald Rapids and Granite Rapids
    {"sapphire-rapids", kIntel, 6, {143, 173, 174, 207},
     features("avx512_fp16"),
     {40 * kMiB, 4 * kMiB, "measured"}},
    // client and server, with Tiger Lake and Rocket Lake
    {"ice-lake", kIntel, 6, {106, 108, 125, 126, 140, 141, 167},
     features("avx512_vbmi2"),
     {0, 8 * kMiB, "derived"}},
    // with Cascade Lake and Cooper Lake
    {"skylake-x", kIntel, 6, {85},
     features("avx512bw", "avx512dq", "avx512vl"),
     {0, 8 * kMiB, "derived"}},
    // with Raptor, Meteor, Arrow, Lunar and Panther Lake, and their small cores alone
    {"alder-lake", kIntel, 6, {151, 154, 170, 172, 175, 181, 182, 183, 186, 189, 190, 191, 197, 198, 204},
     features("avx_vnni"),
     {0, 8 * kMiB, "derived"}},
    // client only, with Kaby, Coffee, Whiskey and Comet Lake
    {"skylake", kIntel, 6, {78, 94, 142, 158, 165, 166},
     kByModelOnly,
     {0, 8 * kMiB, "derived"}},
    {"broadwell", kIntel, 6, {61, 71, 79, 86},
     kByModelOnly,
     {0, 8 * kMiB, "derived"}},
    {"haswell", kIntel, 6, {60, 63, 69, 70},
     kByModelOnly,
     {0, 8 * kMiB, "derived"}},

    {"zen5", kAmd, 26, {2, 16, 17, 32, 36, 68, 96, 112},
     features("avx512_vp2intersect"),
     {0, 8 * kMiB, "derived"}},
    {"zen4", kAmd, 25, {16, 17, 24, 97, 116, 117, 120, 124, 160},
     features("avx512bw", "avx512dq", "avx512vl"),
     {0, 8 * kMiB, "derived"}},
    {"zen3", kAmd, 25, {1, 8, 33, 64, 68, 80},
     kByModelOnly,
     {0, 8 * kMiB, "derived"}},
    {"zen2", kAmd, 23, {49, 71, 96, 104, 113, 132, 144, 145, 152, 160},
     kByModelOnly,
     {0, 8 * kMiB, "derived"}},
    // with Zen+
    {"zen", kAmd, 23, {1, 8, 17, 24, 32},
     kByModelOnly,
     {0, 8 * kMiB, "derived"}},

    {"generic-neon", nullptr, 0, {},
     isa_row(Isa::kNeon).needs,
     {0, 8 * kMiB, "derived"}},
    {"generic-avx512", nullptr, 0, {},
     isa_row(Isa::kAvx512).needs,
     {0, 8 * kMiB, "derived"}},
    {"generic-avx2", nullptr, 0, {},
     isa_row(Isa::kAvx2).needs,
     {0, 8 * kMiB, "derived"}},
    {"generic-scalar", nullptr, 0, {},
     isa_row(Isa::kScalar).needs,
     {0, 8 * kMiB, "derived"}},
};
// clang-format on
inline constexpr size_t kMicroarchCount = sizeof(kMicroarchs) / sizeof(kMicroarchs[0]);

constexpr bool names_are_unique() {
  for (size_t i = 0; i < kMicroarchCount; ++i) {
    for (size_t j = 0; j < i; ++j) {
      if (same_name(kMicroarchs[i].name, kMicroarchs[j].name)) return false;
    }
  }
  return true;
}

// The last kIsaCount rows are the generic ones, one per isa, the preferred isa first.
constexpr bool generic_rows_are_last() {
  for (size_t i = 0; i < kMicroarchCount; ++i) {
    const size_t isa = kMicroarchCount - 1 - i;
    const bool generic = kMicroarchs[i].vendor == nullptr;
    if (generic != (isa < kIsaCount)) return false;
    if (generic && kMicroarchs[i].evidence != kIsas[isa].needs) return false;
  }
  return true;
}

constexpr bool evidence_is_sound() {
  for (const Microarch& row : kMicroarchs) {
    if ((row.evidence & kNoSuchFeature) != 0) return false;
    if (row.vendor != nullptr && row.evidence == 0) return false;
  }
  return true;
}

constexpr bool lists_model(const Microarch& row, int32_t family, int32_t model) {
  if (row.family != family || model == 0) return false;
  for (const int32_t listed : row.models) {
    if (listed == model) return true;
  }
  return false;
}

constexpr bool models_are_listed_once() {
  for (size_t i = 0; i < kMicroarchCount; ++i) {
    for (size_t j = 0; j < i; ++j) {
      const Microarch &a = kMicroarchs[i], &b = kMicroarchs[j];
      if (a.vendor == nullptr || b.vendor == nullptr || !same_name(a.vendor, b.vendor)) continue;
      for (const int32_t model : a.models) {
        if (lists_model(b, a.family, model)) return false;
      }
    }
  }
  return true;
}

static_assert(names_are_unique(), "a microarchitecture is named once");
static_assert(generic_rows_are_last(),
              "one generic row per isa, after all others, strongest first");
static_assert(evidence_is_sound(), "evidence names known features");
static_assert(models_are_listed_once(), "a model belongs to one microarchitecture");

}  // namespace tps
