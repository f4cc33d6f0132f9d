// SPDX-License-Identifier: MIT
// Finds the table of native/kernels/exp.h and prints it: the real number a in [1, 2^(1/8))
// for which all of a * 2^(j/8), j = 0..7, lie nearest to floats (another a would turn the table
// round). Ends with 1 if exp.h has another one.
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "kernels/vec_scalar.h"
//
#include "kernels/exp.h"

namespace {

constexpr int kEntries = 8;

struct Found {
  double a, error;  // error: of the worst entry, in ULP
  float table[kEntries];
};

// The best a near t0. With c_j = t0 * 2^(j/8), its float T_j and its ULP u_j, entry j is off by
// |e_j - s g_j|, e_j = (T_j - c_j) / u_j, g_j = c_j / u_j, at a = t0 (1 + s). The smallest bound B
// on all of them is that of the pair whose intervals of s, (e_j -+ B) / g_j, just touch.
Found best_near(float t0, const double (&root)[kEntries]) {
  Found found{t0, 0, {}};
  double e[kEntries], g[kEntries];
  for (int j = 0; j < kEntries; ++j) {
    const double c = t0 * root[j], ulp = c < 2 ? 0x1p-23 : 0x1p-22;
    found.table[j] = static_cast<float>(c);
    e[j] = (found.table[j] - c) / ulp;
    g[j] = c / ulp;
  }
  for (int i = 0; i < kEntries; ++i)
    for (int j = 0; j < kEntries; ++j) {
      const double bound = (e[i] / g[i] - e[j] / g[j]) / (1 / g[i] + 1 / g[j]);
      if (bound <= found.error) continue;
      found.error = bound;
      found.a = t0 * (1 + (e[i] - bound) / g[i]);
    }
  return found;
}

Found search() {
  double root[kEntries];
  for (int j = 0; j < kEntries; ++j) root[j] = exp2(j / 8.0);
  Found best{0, 1, {}};
  for (float t0 = 1; t0 < root[1]; t0 = nextafterf(t0, 2)) {
    const Found found = best_near(t0, root);
    if (found.error < best.error) best = found;
  }
  return best;
}

}  // namespace

int main() {
  const Found best = search();
  printf("kScale %a, entries within %.4f ULP\n", best.a, best.error);
  bool same = best.a == kScale;
  for (int j = 0; j < kEntries; ++j) {
    const uint32_t bits = bit_cast<uint32_t>(best.table[j]);
    printf("T[%d] 0x%08x\n", j, static_cast<unsigned>(bits));
    same &= bits - (static_cast<uint32_t>(j) << 20) == kTable[j];
  }
  printf(same ? "as exp.h has it\n" : "NOT as exp.h has it\n");
  return same ? 0 : 1;
}
