// The byte that a traced cell leaves.
#pragma once

#include <cstdint>

namespace wavelode::nw {

// Bits 0-3: which of pair, E_1, E_2, F_1 attain H (none of them: F_2 does). Only the first set bit has a meaning.
// Bits 4-7: whether a gap that is open beyond this cell (below it for E, right of it for F) may end here: x_1, x_2, y_1,
// y_2 are 0. It is tie rule 3 of nw.hpp in one bit.
enum TraceBit : std::uint8_t {
    kFromPair = 1, kFromE1 = 2, kFromE2 = 4, kFromF1 = 8, kEndE1 = 16, kEndE2 = 32, kEndF1 = 64, kEndF2 = 128
};

}  // namespace wavelode::nw
