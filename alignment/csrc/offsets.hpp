// Where the zero of every byte lies, and whether a problem's numbers fit bytes at all.
//
// With a = gap(1) and M = max(0, the best pair score) every step u, v lies in [-a, M + a], a save of piece p in [0, open_p],
// z = H(i, j) - H(i-1, j-1) in [max(worst pair score, -2 a), M], and e_p, f_p (band_cell.hpp) in [-a - open_p - extend_p, M].
// A pair score under -2 a never attains z: -2 a - 1 stands in for it. A pruned sweep stays in these ranges too (open_gap.hpp).
//     Borders hold u + step and v + step with step = a, and saves as they are.
//     Cells hold z, pair, e_p, f_p + zero, which with z - open_p must lie in the window [least, least + 255] of the instruction
// set; and u, v + extend_1, whatever byte that is, for nothing is compared with them. So
//     lift = step - extend_1,  enter_p = zero - step - open_p - extend_p
//     e_1' = max(e_1, z - open_1) - u,  drift = extend_1 - extend_2
//     u' = z - shift - v with shift = zero - 2 extend_1
// With one piece zero is 2 extend_1 + open_1, if that fits: then z - shift is z - open_1, and with linear costs z itself.
#pragma once

#include <optional>

#include "band_job.hpp"
#include "nw.hpp"

namespace wavelode::nw {

struct Offsets {
    int pieces;  // of the kernel to use: 0 linear; one piece may need the kernel for two
    int step, zero, floor;
    std::uint8_t shift, open[2], drift, lift, enter[2];
    PairBytes score;
    bool narrow;  // pair scores differ by less than 16

    // A pair score as the kernels compare it.
    std::uint8_t byte(std::int64_t pair_score) const {
        return static_cast<std::uint8_t>((pair_score < floor ? floor - 1 : pair_score) + zero);
    }
};

// Nothing where a value could leave a byte. `least` is the instruction set's.
std::optional<Offsets> byte_offsets(const Scores& scores, int least);

}  // namespace wavelode::nw
