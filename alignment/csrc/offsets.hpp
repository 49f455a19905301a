// Where the zero of every byte lies, and whether a problem's numbers fit bytes at all.
//
// With a = gap(1) and M = max(0, the best pair score) every step u, v lies in [-a, M + a], z = H(i, j) - H(i-1, j-1) in
// [max(worst pair score, -2 a), M], and a save of piece p in [0, open_p]. Stored are
//     u + step,  v + step,  x_p + rest_p,  y_p + rest_p,  z + zero
// so that e_p = x_p + v - open_p - extend_p, offset by `zero` as z is, is the plain sum of two stored bytes:
//     zero = step + d,  d = max over p of (open_p + extend_p),  rest_p = d - open_p - extend_p
// step is a, or more where z - open_p could otherwise fall below 0. u' = z - v becomes (z - shift) - v, shift = d - step.
// A pruned sweep stays in these ranges too (open_gap.hpp).
// A pair score under -2 a never attains z: -2 a - 1 stands in for it, and step is large enough for that.
#pragma once

#include <optional>

#include "band_job.hpp"
#include "nw.hpp"

namespace wavelode::nw {

struct Offsets {
    int pieces;  // of the kernel to use: 0 linear; one piece may need the kernel for two
    int step, zero, shift, floor;
    int open[2], rest[2];
    PairBytes score;
    bool narrow;  // pair scores differ by less than 16

    // A pair score as the kernels compare it.
    std::uint8_t byte(std::int64_t pair_score) const {
        return static_cast<std::uint8_t>((pair_score < floor ? floor - 1 : pair_score) + zero);
    }
};

// Nothing where a value could leave a byte.
std::optional<Offsets> byte_offsets(const Scores& scores);

}  // namespace wavelode::nw
