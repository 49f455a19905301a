// Pair scores from a table of classes, for a band: laid out once per band, looked up once per step.
#pragma once

#include <cstdint>

#include "band_job.hpp"
#include "transpose.hpp"
#include "unroll.hpp"

namespace wavelode::nw {
namespace {  // one copy per instruction set

// The lower halves of the bytes are kBlock rows, the upper halves the next.
template <class Isa>
WAVELODE_INLINE void unpack(const typename Isa::V (&packed)[kBlock], std::uint8_t least, std::uint8_t* to) {
    constexpr int L = Isa::lanes;
    const auto base = Isa::all(least);
    for (int x = 0; x < kBlock; ++x) {
        Isa::store(to + x * L, Isa::add(Isa::low_half(packed[x]), base));
        Isa::store(to + (kBlock + x) * L, Isa::add(Isa::high_half(packed[x]), base));
    }
}

// scores[x] takes kBlock bytes of lane x, of lane x + kBlock, ... from row r on.
template <class Isa>
WAVELODE_INLINE void collect(const BandJob& job, const std::uint8_t* classes, std::int64_t r,
                             typename Isa::V (&scores)[kBlock]) {
    WAVELODE_UNROLL
    for (int x = 0; x < kBlock; ++x)
        scores[x] = Isa::quarters([&](int quarter) __attribute__((always_inline)) {
            const std::int64_t l = quarter * kBlock + x;
            return job.profile + (std::int64_t{classes[l]} << job.profile_shift) + l * job.profile_lane + r;
        });
}

// Every lane has another class in column k: the scores of its rows are copied from the class's profile, and turned so
// that a row's are one vector.
template <class Isa>
void look_up(const BandJob& job, int k, typename Isa::V column_classes) {
    constexpr int L = Isa::lanes;
    alignas(64) std::uint8_t classes[L];
    Isa::store(classes, column_classes);
    std::uint8_t* to = job.pair_scores + k * job.scores_depth * L;
    for (std::int64_t r = 0; r < job.profile_lane; r += kBlock) {
        typename Isa::V scores[kBlock];
        collect<Isa>(job, classes, r, scores);
        transpose<Isa>(scores);
        if (job.profile_packed)
            unpack<Isa>(scores, job.score.least, to + 2 * r * L);
        else
            for (int x = 0; x < kBlock; ++x) Isa::store(to + (r + x) * L, scores[x]);
    }
}

// from[l] holds kBlock bytes of lane l from byte c on; turned[x] takes the x-th of every lane.
template <class Isa>
WAVELODE_INLINE void turn(const std::uint8_t* const* from, std::int64_t c, typename Isa::V (&turned)[kBlock]) {
    WAVELODE_UNROLL
    for (int x = 0; x < kBlock; ++x)
        turned[x] = Isa::quarters([&](int quarter) { return from[quarter * kBlock + x] + c; });
    transpose<Isa>(turned);
}

template <class Isa>
void lay_out_profile(const ProfileJob& job) {
    using V = typename Isa::V;
    for (std::int64_t k = 0; k < job.size; k += Isa::lanes)
        for (std::int64_t c = 0; c < job.classes; c += kBlock) {
            if (!job.wanted[c / kBlock]) continue;
            V bytes[kBlock], upper[kBlock];
            turn<Isa>(job.rows + k, c, bytes);
            if (job.upper) turn<Isa>(job.upper + k, c, upper);
            for (int x = 0; x < kBlock; ++x) {
                for (int twice = 0; job.upper && twice < 4; ++twice) upper[x] = Isa::add(upper[x], upper[x]);
                const V both = job.upper ? Isa::add(bytes[x], upper[x]) : bytes[x];
                Isa::store(job.profile + ((c + x) << job.shift) + k, both);
            }
        }
}

}  // namespace
}  // namespace wavelode::nw
