// SPDX-License-Identifier: MIT
// The calls around softmax on the same requests. Where `output` is not named it is not used; values
// come one per row, row o * inner + k being (o, ., k).
#pragma once
#include "softmax.h"

namespace tps {

Status log_softmax(const Request& request) noexcept;
Status stable_max(const Request& request) noexcept;

Status log_sum_exp(const Request& request, double* values) noexcept;
Status entropy(const Request& request, double* values) noexcept;  // in nats

// The first pass alone: sum of e^z = mantissa * 2^exponent, mantissa in [1, 2) or NaN or 0 with
// exponent 0. kLogitTooLarge leaves the values undefined.
Status sum_exp(const Request& request, double* mantissas, double* exponents) noexcept;

// The second pass alone, of rows or parts of rows whose sums are given; any values are safe.
Status softmax_from(const Request& request, const double* mantissas,
                    const double* exponents) noexcept;

}  // namespace tps
