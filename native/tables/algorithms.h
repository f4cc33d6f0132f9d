// SPDX-License-Identifier: MIT
// Table: the algorithms by name, with the memory traffic of one element as the algorithm states it
// (reads and writes issued, write-allocate not counted). `ours` marks those that give the promised
// bits; the others are the published rivals, kept for benchmarks.
#pragma once
#include <stddef.h>
#include <stdint.h>

namespace tps {

enum class Algorithm : int32_t {
  kAuto,
  kTwoPass,
  kTwoPassReload,
  kPaperTwoPass,
  kThreePassRecompute,
  kThreePassReload,
  kEquippedThreePass,
  kOnline,
};

struct AlgorithmRow {
  Algorithm algorithm;
  const char* name;
  bool ours;
  int32_t reads, writes;  // arrays moved, in units of n elements
};

inline constexpr AlgorithmRow kAlgorithms[] = {
    {Algorithm::kAuto, "auto", true, 2, 1},
    {Algorithm::kTwoPass, "two-pass", true, 2, 1},
    {Algorithm::kTwoPassReload, "two-pass-reload", true, 2, 2},
    {Algorithm::kPaperTwoPass, "paper-two-pass", false, 2, 1},
    {Algorithm::kThreePassRecompute, "three-pass-recompute", false, 3, 1},
    {Algorithm::kThreePassReload, "three-pass-reload", false, 3, 2},
    {Algorithm::kEquippedThreePass, "equipped-three-pass", false, 3, 1},
    {Algorithm::kOnline, "online", false, 2, 1},
};
inline constexpr size_t kAlgorithmCount = sizeof(kAlgorithms) / sizeof(kAlgorithms[0]);

}  // namespace tps
