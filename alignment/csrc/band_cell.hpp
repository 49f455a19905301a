// One cell in every lane of a byte vector: the recurrences of nw.hpp on differences (after Suzuki and Kasahara 2018).
//
// A cell finds u and f_p of its left neighbour and v and e_p of its upper one, and leaves its own in their place:
//     z    = max(pair, e_p, f_p)                  H(i, j) - H(i-1, j-1)
//     u'   = z - shift - v                        step down this column
//     v'   = z - shift - u                        step along this row
//     e_p' = max(e_p, z - open_p) - u + drift_p   E_p(i+1, j) - H(i, j-1)
//     f_p' = max(f_p, z - open_p) - v + drift_p   F_p(i, j+1) - H(i-1, j)
// All are bytes, offset as `Offsets` in offsets.hpp says, and wrap around; only z, pair, e_p, f_p and z - open_p are
// compared, and they lie in the window that the instruction set's `max` orders. drift_1 is 0; with linear costs e = v, f = u.
#pragma once

#include <cstdint>

#include "band_job.hpp"
#include "unroll.hpp"

namespace wavelode::nw {
namespace {  // every instruction set has its own copy: nothing here may be shared between translation units

template <class Isa>
struct Constants {
    using V = typename Isa::V;
    V match, same, mismatch, shift, open[2], drift;

    explicit Constants(const BandJob& job)
        : match(Isa::all(job.score.match)), same(Isa::all(job.score.same)), mismatch(Isa::all(job.score.mismatch)),
          shift(Isa::all(job.shift)), open{Isa::all(job.open[0]), Isa::all(job.open[1])}, drift(Isa::all(job.drift)) {}
};

// The state of one column on its way down the lanes; its symbol, and what each lane calls it.
template <class Isa, int kPieces, int kPlanes>
struct Column {
    using V = typename Isa::V;
    V v, e[kPieces ? kPieces : 1], symbol[kPlanes], called;
};

// The state of one row of every lane, and its symbols.
template <class Isa, int kPieces, int kPlanes>
struct Row {
    using V = typename Isa::V;
    V u, f[kPieces ? kPieces : 1], symbol[kPlanes];
};

// What one cell leaves for the walk back (trace_bits.hpp), written as the questions are answered.
template <class Isa, int kPieces>
class CellTrace {
    using V = typename Isa::V;
    using Mask = typename Isa::Mask;
    static constexpr bool kPlanes = Isa::bit_planes(kPieces), kCodes = !kPlanes && kPieces < 2;
    static constexpr std::uint8_t kAsked = asked_bits(kPieces);

public:
    explicit WAVELODE_INLINE CellTrace(std::uint8_t* to) : to_(to), left_(Isa::all(kCodes ? 0 : given_bits(kPieces))) {}

    WAVELODE_INLINE void sources(V z, V pair, const V* e, const V* f) {
        if constexpr (kCodes) {
            from_pair_ = Isa::equal(z, pair);
            if constexpr (kPieces == 0) left_ = Isa::mark(Isa::sub(z, e[0]), from_pair_, 255);
            return;
        }
        mark(Isa::equal(z, pair), kFromPair);
        mark(Isa::equal(z, e[0]), kFromE1);
        if constexpr (kPieces < 2) return;
        mark(Isa::equal(z, e[1]), kFromE2);
        mark(Isa::equal(z, f[0]), kFromF1);
    }
    WAVELODE_INLINE void ends(int p, V fresh, V down, V across) {
        const Mask end_f = Isa::equal(across, fresh);
        if constexpr (kCodes) {
            left_ = Isa::mark(Isa::mark(Isa::sub(down, fresh), end_f, kCodeEndF1), from_pair_, kCodeFromPair);
            return;
        }
        mark(Isa::equal(down, fresh), kEndE1 << p);
        mark(end_f, kEndF1 << p);
    }
    WAVELODE_INLINE void finish() const {
        if constexpr (!kPlanes) Isa::store(to_, left_);
    }

private:
    WAVELODE_INLINE void mark(Mask found, int bit) {
        if (!(kAsked & bit)) return;
        if constexpr (kPlanes)
            Isa::store_mask(to_ + Isa::lanes / 8 * count_bits(static_cast<std::uint8_t>(kAsked & (bit - 1))), found);
        else
            left_ = Isa::mark(left_, found, bit);
    }

    std::uint8_t* to_;
    V left_;
    Mask from_pair_{};
};

template <class Isa, int kPieces, Symbols kSymbols>
struct Cell {
    using V = typename Isa::V;
    using Mask = typename Isa::Mask;
    using ColumnState = Column<Isa, kPieces, planes_of(kSymbols)>;
    using RowState = Row<Isa, kPieces, planes_of(kSymbols)>;

    // Where `max` takes bytes as signed, offsets are such that one piece's shift is its opening.
    static constexpr bool kShiftIsOpening = kPieces == 1 && Isa::least < 0;

    static WAVELODE_INLINE V pair_of(const Constants<Isa>& c, const ColumnState& column, const RowState& row) {
        const Mask equal = Isa::equal(row.symbol[0], column.called);
        V other = c.mismatch;
        if constexpr (kSymbols == Symbols::kClasses)
            other = Isa::select(Isa::equal(row.symbol[1], column.symbol[1]), c.same, other);
        return Isa::select(equal, c.match, other);
    }

    template <bool kTraced>
    static WAVELODE_INLINE void update(const Constants<Isa>& c, V pair, ColumnState& column, RowState& row,
                                       std::uint8_t* trace) {
        const V *const e = kPieces ? column.e : &column.v, *const f = kPieces ? row.f : &row.u;
        V z = Isa::max(pair, Isa::max(e[0], f[0]));
        if constexpr (kPieces == 2) z = Isa::max(z, Isa::max(e[1], f[1]));
        CellTrace<Isa, kPieces> traced(trace);
        if (kTraced) traced.sources(z, pair, e, f);
        V lowered = z;
        for (int p = 0; p < kPieces; ++p) {
            const V fresh = Isa::sub(z, c.open[p]), down = Isa::max(e[p], fresh), across = Isa::max(f[p], fresh);
            if (kTraced) traced.ends(p, fresh, down, across);
            column.e[p] = Isa::sub(down, row.u);
            row.f[p] = Isa::sub(across, column.v);
            if (p == 1) column.e[p] = Isa::add(column.e[p], c.drift), row.f[p] = Isa::add(row.f[p], c.drift);
            if (kShiftIsOpening) lowered = fresh;
        }
        if (kTraced) traced.finish();
        if (kPieces && !kShiftIsOpening) lowered = Isa::sub(z, c.shift);
        const V u = Isa::pin(Isa::sub(lowered, column.v));
        column.v = Isa::sub(lowered, row.u);
        row.u = u;
    }
};

}  // namespace
}  // namespace wavelode::nw
