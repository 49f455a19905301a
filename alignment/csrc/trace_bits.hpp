// What a traced cell leaves.
#pragma once

#include <cstdint>

namespace wavelode::nw {

// Bits 0-3: which of pair, E_1, E_2, F_1 attain H (none of them: F_2 does). Only the first set bit has a meaning.
// Bits 4-7: whether a gap that is open beyond this cell (below it for E, right of it for F) may end here: x_1, x_2, y_1,
// y_2 are 0. It is tie rule 3 of nw.hpp in one bit.
enum TraceBit : std::uint8_t {
    kFromPair = 1, kFromE1 = 2, kFromE2 = 4, kFromF1 = 8, kEndE1 = 16, kEndE2 = 32, kEndF1 = 64, kEndF2 = 128
};

// The bits that a kernel of so many gap pieces must find out, and those that are set whatever the cell: where one piece
// can be the only source left, it need not be compared.
static constexpr std::uint8_t asked_bits(int pieces) {
    return pieces == 0 ? kFromPair | kFromE1 : pieces == 1 ? kFromPair | kFromE1 | kEndE1 | kEndF1 : 255;
}
static constexpr std::uint8_t given_bits(int pieces) {
    return pieces == 0 ? kFromF1 | kEndE1 | kEndF1 : pieces == 1 ? kFromF1 : 0;
}

// What a cell of a byte leaves where it isn't these bits: a code that takes fewer operations to write.
//     linear     255 where the pair attains H, else z - e: 0 where E does
//     one piece  x_1, which is 0 where a gap may end and open_1 where E attains H; with kCodeEndF1 and kCodeFromPair
enum CodeBit : std::uint8_t { kCodeEndF1 = 64, kCodeFromPair = 128 };
constexpr int kMostCodedOpening = 63;

// The bits that a code stands for.
static constexpr std::uint8_t decoded(int pieces, std::uint8_t code, std::uint8_t open) {
    if (pieces == 2) return code;
    int bits = given_bits(pieces);
    if (pieces == 0) return static_cast<std::uint8_t>(bits | (code == 255 ? kFromPair : code == 0 ? kFromE1 : 0));
    if (code & kCodeFromPair) bits |= kFromPair;
    if (code & kCodeEndF1) bits |= kEndF1;
    const int save = code & kMostCodedOpening;
    return static_cast<std::uint8_t>(bits | (save == open ? kFromE1 : save == 0 ? kEndE1 : 0));
}

static constexpr int count_bits(std::uint8_t bits) {
    int count = 0;
    for (; bits; bits &= bits - 1) ++count;
    return count;
}

// Bytes that one cell in every lane leaves: a byte each, or for each asked bit a plane of one bit per lane.
static constexpr int traced_bytes(int lanes, int pieces, bool planes) {
    return planes ? lanes / 8 * count_bits(asked_bits(pieces)) : lanes;
}

}  // namespace wavelode::nw
