// Blocks of 16 x 16 bytes turned, one block in every quarter (16 bytes) of a vector, side by side.
#pragma once

#include "unroll.hpp"

namespace wavelode::nw {
namespace {  // one copy per instruction set

// In every quarter, row r takes byte r of every row. Zipping row x with row x + 8 four times brings each to its place.
template <class Isa>
WAVELODE_INLINE void transpose(typename Isa::V (&rows)[16]) {
    typename Isa::V zipped[16];
    WAVELODE_UNROLL
    for (int round = 0; round < 4; ++round) {
        WAVELODE_UNROLL
        for (int x = 0; x < 8; ++x) {
            zipped[2 * x] = Isa::zip_low(rows[x], rows[x + 8]);
            zipped[2 * x + 1] = Isa::zip_high(rows[x], rows[x + 8]);
        }
        WAVELODE_UNROLL
        for (int x = 0; x < 16; ++x) rows[x] = zipped[x];
    }
}

}  // namespace
}  // namespace wavelode::nw
