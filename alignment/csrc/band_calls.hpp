// What the lanes call the symbols that they number themselves (lane_numbers.hpp): put down ahead of time in a ring of as many
// steps as there are lanes, a vector for each column of a step, since lane l has a column l steps after lane 0.
#pragma once

#include <cstdint>

#include "band_job.hpp"
#include "unroll.hpp"

namespace wavelode::nw {
namespace {  // one copy per instruction set

template <class Isa, int kStride>
class CallsAhead {
    using V = typename Isa::V;
    static constexpr int L = Isa::lanes;

public:
    // From this step on.
    WAVELODE_INLINE CallsAhead(const BandJob& job, std::int64_t step)
        : calls_(job.calls), width_(job.width), looked_at_(step * kStride) {}

    // For the columns that enter at step t, if no earlier step is left. It is done a step before: a byte that was stored just
    // before could not be loaded at once.
    WAVELODE_INLINE void put_down(std::int64_t t) {
        const std::int64_t end = (t + 1) * kStride;
        for (;;) {
            for (; next_ < found_ && columns_[next_].column < end; ++next_) put_down(columns_[next_]);
            if (next_ < found_ || looked_at_ >= (end < width_ ? end : width_)) return;
            look_ahead();
        }
    }

    // What the lanes call column k of step t, which is `symbol` to all that have no name of their own for it.
    WAVELODE_INLINE V take(std::int64_t t, int k, V symbol) const {
        std::uint8_t* const at = calls_.ring + place(t, k);
        const V called = Isa::add(symbol, Isa::load(at));
        Isa::store(at, Isa::all(0));
        return called;
    }

private:
    struct Called {
        std::int64_t column;
        LaneSymbol symbol;
    };

    static WAVELODE_INLINE std::int64_t place(std::int64_t t, int k) { return (t % L * kStride + k) * L; }

    WAVELODE_INLINE void put_down(const Called& called) {
        const std::int64_t t = called.column / kStride;
        const int k = static_cast<int>(called.column % kStride);
        for (int x = 0; x < called.symbol.count; ++x) {
            const int call = calls_.places[called.symbol.first + x], lane = call % 256;
            calls_.ring[place(t + lane, k) + lane] = static_cast<std::uint8_t>(call / 256 - kNoColumn);
        }
    }

    // Finds those of some columns that any lane has a name for, without a branch: which of them do is hard to foresee.
    void look_ahead() {
        const std::int64_t end = looked_at_ + kColumns < width_ ? looked_at_ + kColumns : width_;
        next_ = found_ = 0;
        for (; looked_at_ < end; ++looked_at_) {
            columns_[found_] = {looked_at_, calls_.symbols[calls_.columns[looked_at_]]};
            found_ += columns_[found_].symbol.count > 0;
        }
    }

    static constexpr int kColumns = 64;
    const LaneCalls calls_;
    const std::int64_t width_;
    std::int64_t looked_at_;
    int next_ = 0, found_ = 0;
    Called columns_[kColumns];
};

}  // namespace
}  // namespace wavelode::nw
