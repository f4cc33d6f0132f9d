// SPDX-License-Identifier: MIT
// Who this processor is: identity, the features that chip and operating system both give, caches,
// microarchitecture. Unknown is a value, never an error.
#pragma once
#include <stddef.h>
#include <stdint.h>

#include "tables/features.h"
#include "tables/tuning.h"

namespace tps {

struct Registers {
  uint32_t value[4];  // indexed by Register
};

// The two instructions a processor describes itself with; tests replay recorded answers.
struct Processor {
  Registers (*cpuid)(const void* self, uint32_t leaf, uint32_t subleaf);
  uint64_t (*xgetbv)(const void* self, uint32_t index);
  const void* self;
};

struct Cache {
  size_t bytes = 0;         // 0: none, or unknown
  uint32_t line_bytes = 0;  // 0: unknown
  uint32_t shared_by = 0;   // logical processors that share one such cache; 0: unknown
};

struct Caches {
  Cache l1d, l2, l3;
};

struct Cpu {
  char vendor[13] = "";
  char brand[49] = "";
  int32_t family = 0, model = 0, stepping = 0;
  FeatureSet features = 0;
  Caches caches;
  const Microarch* microarch = nullptr;  // a row of kMicroarchs, never null once detected
};

Cpu detect_cpu(const Processor& processor);

// The processor this process runs on, detected at the first call.
const Cpu& host_cpu();

// A leaf beyond the highest the processor has reads as zeros (Intel answers with another leaf's).
Registers read_leaf(const Processor& processor, uint32_t leaf, uint32_t subleaf);

Caches detect_caches(const Processor& processor);

}  // namespace tps
