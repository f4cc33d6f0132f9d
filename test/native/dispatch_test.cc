// SPDX-License-Identifier: MIT
#include "native/dispatch.h"

#include <stdlib.h>

#include "check.h"
#include "processors.h"

namespace tps::test {
namespace {

struct Expected {
  const char* name;
  const FakeProcessor& fake;
  Isa best;
};

const Expected kExpected[] = {
    {"Ivy Bridge", kIvyBridge, Isa::kScalar},
    {"Haswell", kHaswell, Isa::kAvx2},
    {"Haswell without FMA", kHaswellNoFma, Isa::kScalar},
    {"Haswell without OSXSAVE", kHaswellNoOsXsave, Isa::kScalar},
    {"Haswell whose system saves no YMM", kHaswellNoYmm, Isa::kScalar},
    {"Broadwell-E", kBroadwellE, Isa::kAvx2},
    {"virtual Broadwell", kBroadwellVirtual, Isa::kAvx2},
    {"Skylake-X", kSkylakeX, Isa::kAvx512},
    {"Skylake-X, AVX-512 masked", kSkylakeXMasked, Isa::kAvx2},
    {"Skylake-X whose system saves no ZMM", kSkylakeXNoZmm, Isa::kAvx2},
    {"Cascade Lake", kCascadeLake, Isa::kAvx512},
    {"Knights Landing", kKnightsLanding, Isa::kAvx2},
    {"Rocket Lake", kRocketLake, Isa::kAvx512},
    {"Alder Lake", kAlderLake, Isa::kAvx2},
    {"Sapphire Rapids", kSapphireRapids, Isa::kAvx512},
    {"virtual Sapphire Rapids", kVirtualSapphireRapids, Isa::kAvx512},
    {"Zen", kZen, Isa::kAvx2},
    {"Rome", kRome, Isa::kAvx2},
    {"virtual Rome", kRomeVirtual, Isa::kAvx2},
    {"Matisse", kMatisse, Isa::kAvx2},
    {"Zen 3", kZen3, Isa::kAvx2},
    {"Raphael", kRaphael, Isa::kAvx512},
    {"Genoa", kGenoa, Isa::kAvx512},
    {"Granite Ridge", kGraniteRidge, Isa::kAvx512},
    {"unknown vendor, AVX-512", kUnknownAvx512, Isa::kAvx512},
    {"unknown vendor, AVX2", kUnknownAvx2, Isa::kAvx2},
};

TEST(dispatch_best_isa) {
  for (const Expected& e : kExpected) {
    const Note note(e.name);
    CHECK_EQ(best_isa(e.fake.detect()), e.best);
  }
}

TEST(dispatch_forced_isa_runs_or_is_an_error) {
  for (const Expected& e : kExpected) {
    const Note note(e.name);
    const Cpu cpu = e.fake.detect();
    for (const IsaRow& row : kIsas) {
      const Note isa(row.name);
      const bool can = row.isa <= e.best && row.isa != Isa::kNeon;
      CHECK_EQ(runnable(row.isa, cpu), can);
      const IsaChoice choice = choose_isa(row.name, cpu);
      CHECK_EQ(choice.status, can ? Status::kOk : Status::kIsaUnsupported);
      CHECK_EQ(choice.isa, can ? row.isa : e.best);
    }
  }
}

TEST(dispatch_avx512_needs_each_of_its_features) {
  for (const uint32_t bit : {5u, 16u, 17u, 30u, 31u}) {  // AVX2, F, DQ, BW, VL
    const Note note("leaf 7 EBX without bit " + show(bit));
    FakeProcessor fake = kGraniteRidge;
    fake.at(7, kEbx) &= ~(1u << bit);
    CHECK_EQ(best_isa(fake.detect()), bit == 5 ? Isa::kScalar : Isa::kAvx2);
  }
  FakeProcessor fake = kGraniteRidge;
  fake.at(1, kEcx) &= ~bit::kFma;
  CHECK_EQ(best_isa(fake.detect()), Isa::kScalar);
}

TEST(dispatch_arm64_runs_neon) {
  Cpu cpu;
  cpu.features = features("neon");
  CHECK_EQ(best_isa(cpu), Isa::kNeon);
  CHECK(runnable(Isa::kScalar, cpu));
  CHECK(!runnable(Isa::kAvx2, cpu));
  CHECK(!runnable(Isa::kAvx512, cpu));
}

TEST(dispatch_wishes) {
  const Cpu cpu = kSkylakeX.detect();
  for (const char* automatic : {static_cast<const char*>(nullptr), "", "auto"}) {
    const IsaChoice choice = choose_isa(automatic, cpu);
    CHECK_EQ(choice.status, Status::kOk);
    CHECK_EQ(choice.isa, Isa::kAvx512);
  }
  for (const char* unknown : {"sse2", "AVX2", "avx", "avx2 ", "avx5122", "Auto", "neon"}) {
    const Note note(unknown);
    const IsaChoice choice = choose_isa(unknown, cpu);
    CHECK_EQ(choice.status, Status::kIsaUnsupported);
    CHECK_EQ(choice.isa, Isa::kAvx512);
  }
}

TEST(dispatch_isas_are_found_by_name) {
  for (const IsaRow& row : kIsas) CHECK_EQ(find_isa(row.name), &row);
  CHECK(find_isa("auto") == nullptr);
  CHECK(find_isa("") == nullptr);
}

TEST(dispatch_generic_rows_are_named_after_their_isa) {
  for (const Microarch& row : kMicroarchs) {
    if (row.vendor != nullptr) continue;
    Cpu cpu;
    cpu.features = row.evidence;
    CHECK_EQ(row.name, std::string("generic-") + isa_row(best_isa(cpu)).name);
  }
}

TEST(dispatch_of_this_process) {
  const IsaChoice wished = choose_isa(getenv(kIsaVariable), host_cpu());
  CHECK_EQ(process_isa().isa, wished.isa);
  CHECK_EQ(process_isa().status, wished.status);
  CHECK(runnable(process_isa().isa, host_cpu()));
}

}  // namespace
}  // namespace tps::test
