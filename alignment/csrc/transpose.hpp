// 16 x 16 bytes turned, in the compiler's own vectors of 16 bytes: an instruction each on x86-64 and arm64.
#pragma once

#include <cstdint>
#include <cstring>

#include "unroll.hpp"

namespace wavelode::nw {
namespace {  // one copy per instruction set

using Bytes16 = std::uint8_t __attribute__((vector_size(16)));

// Bytes 0-7 of a and b in turn, or bytes 8-15.
WAVELODE_INLINE Bytes16 zip_low(Bytes16 a, Bytes16 b) {
    return __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
}
WAVELODE_INLINE Bytes16 zip_high(Bytes16 a, Bytes16 b) {
    return __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
}

// to[r * stride + x] = from[x][start + r]. Zipping row i with row i + 8 four times brings every byte to its place.
WAVELODE_INLINE void transpose(const std::uint8_t* const* from, std::int64_t start,
                                                     std::uint8_t* to, std::int64_t stride) {
    Bytes16 rows[16], zipped[16];
    WAVELODE_UNROLL
    for (int x = 0; x < 16; ++x) std::memcpy(&rows[x], from[x] + start, 16);
    WAVELODE_UNROLL
    for (int round = 0; round < 4; ++round) {
        WAVELODE_UNROLL
        for (int x = 0; x < 8; ++x) {
            zipped[2 * x] = zip_low(rows[x], rows[x + 8]);
            zipped[2 * x + 1] = zip_high(rows[x], rows[x + 8]);
        }
        WAVELODE_UNROLL
        for (int x = 0; x < 16; ++x) rows[x] = zipped[x];
    }
    WAVELODE_UNROLL
    for (int r = 0; r < 16; ++r) std::memcpy(to + r * stride, &rows[r], 16);
}

}  // namespace
}  // namespace wavelode::nw
