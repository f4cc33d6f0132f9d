// SPDX-License-Identifier: MIT
// Table: what the memory is asked for by itself, so that algorithms have something to be compared
// with: read sweeps, and copy, scale, add and triad as in McCalpin's STREAM. -streaming: with
// non-temporal stores; a number: that many pages side by side. Names, and the arrays moved.
#pragma once
#include <stddef.h>
#include <stdint.h>

namespace tps {

enum class Stream : int32_t {
  kRead,
  kRead4,
  kRead8,
  kCopy,
  kCopyStreaming,
  kCopyStreaming4,
  kCopyStreaming8,
  kScale,
  kScaleStreaming,
  kAdd,
  kAddStreaming,
  kTriad,
  kTriadStreaming,
};

struct StreamRow {
  const char* name;
  int32_t reads, writes;
};

// In the order of Stream.
inline constexpr StreamRow kStreams[] = {
    {"read", 1, 0},
    {"read-4", 1, 0},
    {"read-8", 1, 0},
    {"copy", 1, 1},
    {"copy-streaming", 1, 1},
    {"copy-streaming-4", 1, 1},
    {"copy-streaming-8", 1, 1},
    {"scale", 1, 1},
    {"scale-streaming", 1, 1},
    {"add", 2, 1},
    {"add-streaming", 2, 1},
    {"triad", 2, 1},
    {"triad-streaming", 2, 1},
};
inline constexpr size_t kStreamCount = sizeof(kStreams) / sizeof(kStreams[0]);
static_assert(static_cast<size_t>(Stream::kTriadStreaming) + 1 == kStreamCount);

// The factor of scale and triad.
inline constexpr float kStreamFactor = 3.0f;

}  // namespace tps
