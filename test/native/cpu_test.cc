// SPDX-License-Identifier: MIT
#include "native/cpu.h"

#include <iterator>

#include "check.h"
#include "processors.h"

#if defined(__unix__)
#include <unistd.h>
#endif

namespace tps::test {
namespace {

struct Expected {
  const char* name;
  const FakeProcessor& fake;
  const char* vendor;
  int32_t family, model, stepping;
  const char* brand;
  const char* microarch;
};

const Expected kExpected[] = {
    {"Ivy Bridge", kIvyBridge, kIntel, 6, 58, 9, "Intel(R) Core(TM) i7-3770K CPU @ 3.50GHz",
     "generic-scalar"},
    {"Haswell", kHaswell, kIntel, 6, 60, 3, "Intel(R) Core(TM) i7-4770 CPU @ 3.40GHz", "haswell"},
    {"Broadwell-E", kBroadwellE, kIntel, 6, 79, 1, "Intel(R) Core(TM) i7-6850K CPU @ 3.60GHz",
     "broadwell"},
    {"virtual Broadwell", kBroadwellVirtual, kIntel, 6, 61, 2, "Intel Core Processor (Broadwell)",
     "broadwell"},
    {"Skylake-X", kSkylakeX, kIntel, 6, 85, 4, "Intel(R) Core(TM) i9-7900X CPU @ 3.30GHz",
     "skylake-x"},
    {"virtual Sapphire Rapids", kVirtualSapphireRapids, kIntel, 6, 167, 1,
     "Intel(R) Xeon(R) Processor", "sapphire-rapids"},
    {"Rome", kRome, kAmd, 23, 49, 0, "AMD EPYC 7742 64-Core Processor", "zen2"},
    {"virtual Rome", kRomeVirtual, kAmd, 23, 49, 0, "AMD EPYC-Rome Processor", "zen2"},
    {"Matisse", kMatisse, kAmd, 23, 113, 0, "AMD Ryzen 9 PRO 3900 12-Core Processor", "zen2"},
    {"Raphael", kRaphael, kAmd, 25, 97, 2, "AMD Ryzen 5 7600X 6-Core Processor", "zen4"},
    {"Granite Ridge", kGraniteRidge, kAmd, 26, 68, 0, "AMD Ryzen 9 9950X 16-Core Processor",
     "zen5"},
};

std::string names_of(FeatureSet set) {
  std::string names;
  for (size_t i = 0; i < kFeatureCount; ++i) {
    if ((set >> i & 1) != 0) names += (names.empty() ? "" : " ") + std::string(kFeatures[i].name);
  }
  return names;
}

std::string microarch_of(const FakeProcessor& fake) { return fake.detect().microarch->name; }

TEST(cpu_identity) {
  for (const Expected& e : kExpected) {
    const Note note(e.name);
    const Cpu cpu = e.fake.detect();
    CHECK_EQ(cpu.vendor, e.vendor);
    CHECK_EQ(cpu.family, e.family);
    CHECK_EQ(cpu.model, e.model);
    CHECK_EQ(cpu.stepping, e.stepping);
    CHECK_EQ(cpu.brand, e.brand);
  }
}

TEST(cpu_signature) {
  struct {
    uint32_t signature;
    int32_t family, model, stepping;
  } const rows[] = {
      // Family 6: the extended model counts, the extended family does not.
      {0x000306c3, 6, 60, 3},
      {0x0ff306c3, 6, 60, 3},
      // Family 15: both count.
      {0x00830f10, 23, 49, 0},
      {0x00000f4a, 15, 4, 10},
      // Others: neither.
      {0x0ff30543, 5, 4, 3},
      {0x0ff30773, 7, 7, 3},
  };
  for (const auto& row : rows) {
    const Note note(show(row.signature));
    const Cpu cpu = with_signature(kHaswell, row.signature).detect();
    CHECK_EQ(cpu.family, row.family);
    CHECK_EQ(cpu.model, row.model);
    CHECK_EQ(cpu.stepping, row.stepping);
  }
}

TEST(cpu_features) {
  struct {
    const FakeProcessor& fake;
    const char* names;
  } const rows[] = {
      {kIvyBridge, "sse4_2 popcnt avx f16c"},
      {kHaswell, "fma sse4_2 popcnt avx f16c avx2 bmi2"},
      {kHaswellNoFma, "sse4_2 popcnt avx f16c avx2 bmi2"},
      {kHaswellNoOsXsave, "sse4_2 popcnt bmi2"},
      {kHaswellNoYmm, "sse4_2 popcnt bmi2"},
      {kRome, "fma sse4_2 popcnt avx f16c avx2 bmi2"},
      {kSkylakeX,
       "fma sse4_2 popcnt avx f16c avx2 bmi2 avx512f avx512dq avx512cd avx512bw avx512vl"},
      {kSkylakeXMasked, "fma sse4_2 popcnt avx f16c avx2 bmi2"},
      {kSkylakeXNoZmm, "fma sse4_2 popcnt avx f16c avx2 bmi2"},
      {kRaphael,
       "fma sse4_2 popcnt avx f16c avx2 bmi2 avx512f avx512dq avx512ifma avx512cd avx512bw "
       "avx512vl avx512vbmi avx512_vbmi2 avx512_vnni avx512_bitalg avx512_vpopcntdq avx512_bf16"},
      {kGraniteRidge,
       "fma sse4_2 popcnt avx f16c avx2 bmi2 avx512f avx512dq avx512ifma avx512cd avx512bw "
       "avx512vl avx512vbmi avx512_vbmi2 avx512_vnni avx512_bitalg avx512_vpopcntdq "
       "avx512_vp2intersect avx_vnni avx512_bf16"},
      {kVirtualSapphireRapids,
       "fma sse4_2 popcnt avx f16c avx2 bmi2 avx512f avx512dq avx512ifma avx512cd avx512bw "
       "avx512vl avx512vbmi avx512_vbmi2 avx512_vnni avx512_bitalg avx512_vpopcntdq amx_bf16 "
       "avx512_fp16 amx_tile amx_int8 avx_vnni avx512_bf16"},
  };
  for (const auto& row : rows) {
    const Cpu cpu = row.fake.detect();
    const Note note(cpu.brand);
    CHECK_EQ(names_of(cpu.features), std::string(row.names));
  }
}

TEST(cpu_feature_bits) {
  const FakeProcessor all =
      changed(kVirtualSapphireRapids, [](FakeProcessor& fake) { fake.at(7, kEdx) |= 0x100; });
  struct {
    const char* name;
    uint32_t leaf, subleaf;
    Register reg;
    uint32_t mask;
  } const rows[] = {
      {"fma", 1, 0, kEcx, 0x1000},
      {"sse4_2", 1, 0, kEcx, 0x100000},
      {"popcnt", 1, 0, kEcx, 0x800000},
      {"avx", 1, 0, kEcx, 0x10000000},
      {"f16c", 1, 0, kEcx, 0x20000000},
      {"avx2", 7, 0, kEbx, 0x20},
      {"bmi2", 7, 0, kEbx, 0x100},
      {"avx512f", 7, 0, kEbx, 0x10000},
      {"avx512dq", 7, 0, kEbx, 0x20000},
      {"avx512ifma", 7, 0, kEbx, 0x200000},
      {"avx512cd", 7, 0, kEbx, 0x10000000},
      {"avx512bw", 7, 0, kEbx, 0x40000000},
      {"avx512vl", 7, 0, kEbx, 0x80000000},
      {"avx512vbmi", 7, 0, kEcx, 0x2},
      {"avx512_vbmi2", 7, 0, kEcx, 0x40},
      {"avx512_vnni", 7, 0, kEcx, 0x800},
      {"avx512_bitalg", 7, 0, kEcx, 0x1000},
      {"avx512_vpopcntdq", 7, 0, kEcx, 0x4000},
      {"avx512_vp2intersect", 7, 0, kEdx, 0x100},
      {"amx_bf16", 7, 0, kEdx, 0x400000},
      {"avx512_fp16", 7, 0, kEdx, 0x800000},
      {"amx_tile", 7, 0, kEdx, 0x1000000},
      {"amx_int8", 7, 0, kEdx, 0x2000000},
      {"avx_vnni", 7, 1, kEax, 0x10},
      {"avx512_bf16", 7, 1, kEax, 0x20},
  };
  CHECK_EQ(std::size(rows), kFeatureCount - 1);  // neon is not of this world
  const FeatureSet found = all.detect().features;
  for (const auto& row : rows) {
    FakeProcessor fake = all;
    fake.at(row.leaf, row.reg, row.subleaf) &= ~row.mask;
    CHECK_EQ(names_of(found ^ fake.detect().features), std::string(row.name));
  }
}

// The state a feature needs, told from its name.
uint64_t state_of(const std::string& name) {
  if (name.rfind("amx", 0) == 0) return 0x60000;
  if (name.rfind("avx512", 0) == 0) return 0xe6;
  return name.rfind("avx", 0) == 0 || name == "fma" || name == "f16c" ? 0x6 : 0;
}

TEST(cpu_features_need_every_part_of_their_state) {
  for (const FakeProcessor& saved : {kVirtualSapphireRapids, kGraniteRidge}) {
    const FeatureSet all = saved.detect().features;
    for (const uint64_t missing : {0x2u, 0x4u, 0x20u, 0x40u, 0x80u, 0x20000u, 0x40000u}) {
      FakeProcessor fake = saved;
      fake.xcr0() &= ~missing;
      const FeatureSet found = fake.detect().features;
      for (size_t i = 0; i < kFeatureCount; ++i) {
        const Note note(std::string(kFeatures[i].name) + " without state " + show(missing));
        const bool kept = (state_of(kFeatures[i].name) & missing) == 0;
        CHECK_EQ(found >> i & 1, kept ? all >> i & 1 : 0);
      }
    }
  }
}

TEST(cpu_never_reads_beyond_the_last_leaf) {
  FakeProcessor fake = kSkylakeX;
  fake.at(0, kEax) = 3;  // what a BIOS setting for old systems does
  CHECK_EQ(names_of(fake.detect().features), std::string("fma sse4_2 popcnt avx f16c"));
  fake.at(0x80000000, kEax) = 0;  // before there were extended leaves
  CHECK_EQ(fake.detect().brand, "");
}

TEST(cpu_microarch_of_recorded_processors) {
  for (const Expected& e : kExpected) {
    const Note note(e.name);
    CHECK_EQ(e.fake.detect().microarch->name, e.microarch);
  }
}

TEST(cpu_microarch_of_relatives) {
  CHECK_EQ(microarch_of(kCascadeLake), "skylake-x");
  CHECK_EQ(microarch_of(kSapphireRapids), "sapphire-rapids");
  CHECK_EQ(microarch_of(kRocketLake), "ice-lake");
  CHECK_EQ(microarch_of(kAlderLake), "alder-lake");
  CHECK_EQ(microarch_of(with_signature(kHaswell, 0x000906ea)), "skylake");
  CHECK_EQ(microarch_of(kZen), "zen");
  CHECK_EQ(microarch_of(kZen3), "zen3");
  CHECK_EQ(microarch_of(kGenoa), "zen4");
  CHECK_EQ(microarch_of(with_signature(kGraniteRidge, 0x00b00f21)), "zen5");  // Turin
}

TEST(cpu_microarch_survives_masked_features) {
  CHECK_EQ(microarch_of(kSkylakeXMasked), "skylake-x");
  CHECK_EQ(microarch_of(kSkylakeXNoZmm), "skylake-x");
  CHECK_EQ(microarch_of(without_avx512(kSapphireRapids)), "sapphire-rapids");
  CHECK_EQ(microarch_of(without_avx512(kRaphael)), "zen4");
  CHECK_EQ(microarch_of(kHaswellNoFma), "haswell");
}

TEST(cpu_microarch_by_evidence_where_the_model_is_unknown_or_wrong) {
  constexpr uint32_t kNewIntel = 0x000f0ff0, kNewFamily25 = 0x00af0ff0, kNewFamily27 = 0x00c00f00;
  CHECK_EQ(microarch_of(with_signature(kSapphireRapids, kNewIntel)), "sapphire-rapids");
  CHECK_EQ(microarch_of(with_signature(kRocketLake, kNewIntel)), "ice-lake");
  CHECK_EQ(microarch_of(with_signature(kSkylakeX, kNewIntel)), "skylake-x");
  CHECK_EQ(microarch_of(with_signature(kAlderLake, kNewIntel)), "alder-lake");
  CHECK_EQ(microarch_of(with_signature(kHaswell, kNewIntel)), "generic-avx2");
  CHECK_EQ(microarch_of(with_signature(kSkylakeX, 0x000306c3)), "skylake-x");  // says Haswell
  CHECK_EQ(microarch_of(with_signature(kRaphael, kNewFamily25)), "zen4");
  CHECK_EQ(microarch_of(with_signature(kGraniteRidge, kNewFamily27)), "zen5");
  CHECK_EQ(microarch_of(with_signature(kRaphael, 0x00870f10)), "zen4");  // says Zen 2
  CHECK_EQ(microarch_of(kKnightsLanding), "generic-avx2");
}

TEST(cpu_microarch_of_strangers_is_generic) {
  CHECK_EQ(microarch_of(kUnknownAvx512), "generic-avx512");
  CHECK_EQ(microarch_of(kUnknownAvx2), "generic-avx2");
  CHECK_EQ(microarch_of(with_vendor(kIvyBridge, "NobodyKnowsI")), "generic-scalar");
  CHECK_EQ(microarch_of(with_vendor(kSapphireRapids, kAmd)), "zen4");  // a vendor's own evidence
  CHECK_EQ(microarch_of(with_signature(kHaswellNoOsXsave, 0x000006f6)), "generic-scalar");
}

TEST(cpu_of_this_machine) {
  const Cpu& cpu = host_cpu();
  CHECK(cpu.microarch >= kMicroarchs && cpu.microarch < kMicroarchs + kMicroarchCount);
  CHECK_EQ(&cpu, &host_cpu());
#if defined(__aarch64__)
  CHECK_EQ(names_of(cpu.features), std::string("neon"));
#endif
#if defined(__x86_64__) && defined(__GNUC__)  // the compiler's own run-time detection
  CHECK_EQ(has_all(cpu.features, features("avx2")), __builtin_cpu_supports("avx2") != 0);
  CHECK_EQ(has_all(cpu.features, features("fma")), __builtin_cpu_supports("fma") != 0);
  CHECK_EQ(has_all(cpu.features, features("bmi2")), __builtin_cpu_supports("bmi2") != 0);
  CHECK_EQ(has_all(cpu.features, features("avx512f")), __builtin_cpu_supports("avx512f") != 0);
  CHECK_EQ(has_all(cpu.features, features("avx512bw")), __builtin_cpu_supports("avx512bw") != 0);
  CHECK_EQ(has_all(cpu.features, features("avx512dq")), __builtin_cpu_supports("avx512dq") != 0);
  CHECK_EQ(has_all(cpu.features, features("avx512vl")), __builtin_cpu_supports("avx512vl") != 0);
  CHECK_EQ(has_all(cpu.features, features("avx512_vbmi2")),
           __builtin_cpu_supports("avx512vbmi2") != 0);
  CHECK_EQ(std::string(cpu.vendor) == kIntel, __builtin_cpu_is("intel") != 0);
  CHECK_EQ(std::string(cpu.vendor) == kAmd, __builtin_cpu_is("amd") != 0);
#endif
#if defined(__x86_64__) && defined(_SC_LEVEL1_DCACHE_SIZE)  // the C library's
  const long l1d = sysconf(_SC_LEVEL1_DCACHE_SIZE);
  if (l1d > 0) CHECK_EQ(cpu.caches.l1d.bytes, l1d);
#endif
}

}  // namespace
}  // namespace tps::test
