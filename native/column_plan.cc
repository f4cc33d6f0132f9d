// SPDX-License-Identifier: MIT
#include "column_plan.h"

#include "cpu.h"
#include "kernels/kernels.h"

namespace tps {
namespace {

size_t l2_bytes() {
  const size_t l2 = host_cpu().caches.l2.bytes, least = size_t{1} << 20;
  return l2 < least ? least : l2;
}

}  // namespace

size_t panels_kept(const Request& request) {
  constexpr size_t kMost = 16;
  const bool floats = request.dtype == Dtype::kFloat32 && request.output_dtype == Dtype::kFloat32;
  const size_t all = whole(request.inner) / kPanel, panels = all < kMost ? all : kMost,
               room = l2_bytes() / (floats ? 8 : 2);
  return panels * column_bytes(request.n, 1, true) <= room ? panels : 0;
}

size_t panels_kept64(const Request& request) {
  constexpr size_t kMost = kMostAcross64 / kPanel64, kPage = 4096;
  const size_t all = (request.inner + kPanel64 - 1) / kPanel64;
  const size_t bytes = kPanel64 * request.n * sizeof(double);
  const bool far = request.inner * sizeof(double) >= kPage;
  size_t panels = all < kMost ? all : kMost;
  if (all > kMost && !far && panels * bytes > l2_bytes() / 8) panels = kMost / 2;
  return panels * bytes <= l2_bytes() / 4 ? panels : 0;
}

size_t columns_again64(const Request& request) {
  constexpr size_t kMost = 2048, kMostBlocks = size_t{1} << 17;
  const size_t fit = kMostBlocks / (request.n / kBlock64 + 1) / kMostAcross64 * kMostAcross64;
  return fit < kMostAcross64 ? kMostAcross64 : fit < kMost ? fit : kMost;
}

size_t outers_together(const Request& request) {
  constexpr size_t kMost = 1024;
  const size_t outers = request.outer < kVector ? request.outer : kVector;
  const size_t inner = request.inner, each = request.n * inner;
  if (inner >= kVector || each > (inner < 4 ? 19 : 14) * outers) return 1;
  const size_t fit = each > kMost / kVector ? kVector : kMost / each / kVector * kVector;
  return fit < request.outer ? fit : request.outer;
}

}  // namespace tps
