// One band of rows, swept with byte vectors. Included once per instruction set, with that set's `Isa`.
//
// LAYOUT. A band has L lanes of `depth` rows each: lane l holds rows l * depth ... l * depth + depth - 1, and all lanes
// work at the same time, lane l one step (K columns) behind lane l - 1:
//
//     step t        lane 0: columns  t K ... t K + K - 1
//                   lane 1: columns  (t - 1) K ...            so what lane 0 left below itself at step t - 1 (v, x of
//                   lane 2: columns  (t - 2) K ...            its last row) is what lane 1 needs above itself at step t
//
// So a row's state (u, y) stays in its place in memory, a column's state (v, x) stays in registers while it runs down a
// lane and moves one lane up between steps, and no cell waits for its neighbour in the same vector. The K columns of a
// step are one row apart in time, which makes them independent: row r of column k is done together with row r - 1 of
// column k + 1.
//
// ARITHMETIC. All values are bytes without sign (Suzuki and Kasahara 2018), offset as `Offsets` in offsets.hpp says:
//     z  = max(pair, e_p = x_p + v, f_p = y_p + u)      H(i, j) - H(i-1, j-1)
//     u' = z - shift - v                                step down this column
//     v' = z - shift - u                                step along this row
//     x' = max(e_p, z - open_p) - (z - open_p) + rest_p   what an open gap saves
//     y' = max(f_p, z - open_p) - (z - open_p) + rest_p
// With no gap open (linear costs) x and y are constant and folded into the offsets.
#pragma once

#include <cstdint>

#include "band_job.hpp"
#include "transpose.hpp"
#include "unroll.hpp"

namespace wavelode::nw {
namespace {  // every instruction set has its own copy: nothing here may be shared between translation units

template <class Isa>
struct Constants {
    using V = typename Isa::V;
    V match, same, mismatch, shift;
    V open[2], rest[2];

    explicit Constants(const BandJob& job)
        : match(Isa::all(job.score.match)), same(Isa::all(job.score.same)), mismatch(Isa::all(job.score.mismatch)),
          shift(Isa::all(job.shift)),
          open{Isa::all(job.open[0]), Isa::all(job.open[1])}, rest{Isa::all(job.rest[0]), Isa::all(job.rest[1])} {}
};

// The state of one column on its way down the lanes.
template <class Isa, int kPieces, int kPlanes>
struct Column {
    using V = typename Isa::V;
    V v, x[kPieces ? kPieces : 1], symbol[kPlanes];
};

// The state of one row of every lane, and its symbols.
template <class Isa, int kPieces, int kPlanes>
struct Row {
    using V = typename Isa::V;
    V u, y[kPieces ? kPieces : 1], symbol[kPlanes];
};

template <class Isa, int kPieces, Symbols kSymbols>
class BandSweep {
    using V = typename Isa::V;
    using Mask = typename Isa::Mask;
    static constexpr int K = Isa::stride, L = Isa::lanes;
    static constexpr int kPlanes = planes_of(kSymbols), kEqualPlanes = equal_planes_of(kSymbols);
    static constexpr bool kHasClasses = kPlanes > kEqualPlanes;
    static constexpr std::uint8_t kOutside = kSymbols == Symbols::kTable ? 0 : kNoColumn;  // there, any class will do
    using Columns = Column<Isa, kPieces, kPlanes>[K];
    using RowState = Row<Isa, kPieces, kPlanes>;

public:
    template <bool kTraced>
    static void sweep(const BandJob& job) {
        const Constants<Isa> constants(job);
        Columns columns;
        if (job.first_step == 0)
            clear(columns);
        else
            move_columns(job.columns, columns, [](std::uint8_t* p, V& v) { v = Isa::load(p); });
        const std::int64_t full = job.width / K;
        for (std::int64_t t = job.first_step; t < job.last_step; ++t) {
            feed(job, t, columns);
            std::uint8_t* trace = kTraced ? job.trace + t * K * job.depth * L : nullptr;  // from step 0
            if (!job.row_mask && t >= job.lanes_used - 1 && t < full)
                step<kTraced, false>(job, constants, columns, nullptr, trace);
            else
                masked_step<kTraced>(job, constants, columns, t, trace);
            drain(job, t, columns);
            if (job.cut_every) cut(job, t);
        }
        move_columns(job.columns, columns, [](std::uint8_t* p, V& v) { Isa::store(p, v); });
    }

private:
    static void clear(Columns& columns) {
        for (auto& c : columns) {
            c.v = Isa::all(0);
            for (auto& x : c.x) x = Isa::all(0);
            for (auto& s : c.symbol) s = Isa::all(kOutside);
        }
    }

    template <class Move>
    static WAVELODE_INLINE void move_columns(std::uint8_t* memory, Columns& columns, const Move& move) {
        for (auto& c : columns) {
            move(memory, c.v), memory += L;
            for (auto& x : c.x) move(memory, x), memory += L;
            for (auto& s : c.symbol) move(memory, s), memory += L;
        }
    }

    // The lanes pass a cut one after the other, at most one in a step: what it holds then is kept.
    static WAVELODE_INLINE void cut(const BandJob& job, std::int64_t t) {
        const std::int64_t every = job.cut_every / K, l = (t + 1) % every, c = (t + 1) / every;
        if (l >= job.lanes_used || c == 0 || c * job.cut_every >= job.width) return;
        copy_lane(job, job.u, l, job.cut(job.cut_owner, c, 0));
        for (int p = 0; p < kPieces; ++p) copy_lane(job, job.y[p], l, job.cut(job.cut_owner, c, 1 + p));
    }

    static void copy_lane(const BandJob& job, const std::uint8_t* from, std::int64_t l, std::uint8_t* to) {
        const std::int64_t start = l * job.depth, last = job.rows - start < job.depth ? job.rows - start : job.depth;
        for (std::int64_t r = 0; r < last; ++r) to[start + r] = from[r * L + l];
    }

    // Moves every column one lane up and lets the next K in at lane 0.
    static WAVELODE_INLINE void feed(const BandJob& job, std::int64_t t, Columns& columns) {
        WAVELODE_UNROLL
        for (int k = 0; k < K; ++k) {
            const std::int64_t j = t * K + k;
            const bool in = j < job.width;
            columns[k].v = Isa::push(columns[k].v, in ? job.v[j] : 0);
            for (int p = 0; p < kPieces; ++p) columns[k].x[p] = Isa::push(columns[k].x[p], in ? job.x[p][j] : 0);
            for (int s = 0; s < kPlanes; ++s)
                columns[k].symbol[s] = Isa::push(columns[k].symbol[s], in ? job.column_symbols[s][j] : kOutside);
        }
    }

    // What the last lane leaves below itself is the band's bottom border.
    static WAVELODE_INLINE void drain(const BandJob& job, std::int64_t t, const Columns& columns) {
        WAVELODE_UNROLL
        for (int k = 0; k < K; ++k) {
            const std::int64_t j = (t - (job.lanes_used - 1)) * K + k;
            if (j < 0 || j >= job.width) continue;
            job.v[j] = lane(columns[k].v, job.lanes_used - 1);
            for (int p = 0; p < kPieces; ++p) job.x[p][j] = lane(columns[k].x[p], job.lanes_used - 1);
        }
    }

    static WAVELODE_INLINE std::uint8_t lane(V v, std::int64_t l) {
        alignas(64) std::uint8_t bytes[L];
        Isa::store(bytes, v);
        return bytes[l];
    }

    template <bool kTraced>
    static void masked_step(const BandJob& job, const Constants<Isa>& constants, Columns& columns, std::int64_t t,
                            std::uint8_t* trace) {
        alignas(64) std::uint8_t active[K][L];
        for (int k = 0; k < K; ++k)
            for (int l = 0; l < L; ++l) {
                const std::int64_t j = (t - l) * K + k;
                active[k][l] = j >= 0 && j < job.width ? 255 : 0;
            }
        step<kTraced, true>(job, constants, columns, active, trace);
    }

    template <bool kTraced, bool kMasked>
    static WAVELODE_INLINE void step(const BandJob& job, const Constants<Isa>& constants, Columns& columns,
                                     const std::uint8_t (*active)[L], std::uint8_t* trace) {
        if constexpr (kSymbols == Symbols::kTable) look_up(job, columns);
        RowState passing[K]{};
        // Column k at row time - k, later columns first: each takes the row that its left neighbour left one turn ago.
        const auto turn = [&](std::int64_t time, bool ragged) __attribute__((always_inline)) {
            WAVELODE_UNROLL
            for (int k = K - 1; k >= 0; --k) {
                const std::int64_t r = time - k;
                if (ragged && (r < 0 || r >= job.depth)) continue;
                RowState row;
                if (k == 0)
                    load(job, r, row);
                else
                    row = passing[k - 1];
                if (k == 0 || !Isa::many_registers) load_symbols(job, r, row);
                cell<kTraced, kMasked>(job, constants, columns[k], row, r, k, kMasked ? active[k] : nullptr,
                                       kTraced ? trace + (k * job.depth + r) * L : nullptr);
                if (k == K - 1)
                    save(job, r, row);
                else
                    passing[k] = row;
            }
        };
        std::int64_t time = 0;
        for (; time < K - 1; ++time) turn(time, true);
        for (; time < job.depth; ++time) turn(time, false);
        for (; time < job.depth + K - 1; ++time) turn(time, true);
    }

    // Every lane has another class in its column: the scores of its rows are copied from the class's profile, and turned
    // so that a row's are one vector.
    static void look_up(const BandJob& job, const Columns& columns) {
        for (int k = 0; k < K; ++k) {
            alignas(64) std::uint8_t classes[L];
            Isa::store(classes, columns[k].symbol[0]);
            for (std::int64_t r = 0; r < job.profile_lane; r += kBlock) {
                V scores[kBlock];
                collect(job, classes, r, scores);
                transpose<Isa>(scores);
                std::uint8_t* to = job.pair_scores + k * job.scores_depth * L;
                if (job.profile_packed)
                    unpack(scores, job.score.least, to + 2 * r * L);
                else
                    for (int x = 0; x < kBlock; ++x) Isa::store(to + (r + x) * L, scores[x]);
            }
        }
    }

    // scores[x] holds kBlock bytes of lane x, of lane x + kBlock, ... from row r on.
    static WAVELODE_INLINE void collect(const BandJob& job, const std::uint8_t* classes, std::int64_t r,
                                        V (&scores)[kBlock]) {
        WAVELODE_UNROLL
        for (int x = 0; x < kBlock; ++x)
            scores[x] = Isa::quarters([&](int quarter) __attribute__((always_inline)) {
                const std::int64_t l = quarter * kBlock + x;
                return job.profile + (std::int64_t{classes[l]} << job.profile_shift) + l * job.profile_lane + r;
            });
    }

    // The lower halves of the bytes are kBlock rows, the upper halves the next.
    static WAVELODE_INLINE void unpack(const V (&packed)[kBlock], std::uint8_t least, std::uint8_t* to) {
        const V base = Isa::all(least);
        for (int x = 0; x < kBlock; ++x) {
            Isa::store(to + x * L, Isa::add(Isa::low_half(packed[x]), base));
            Isa::store(to + (kBlock + x) * L, Isa::add(Isa::high_half(packed[x]), base));
        }
    }

    static WAVELODE_INLINE void load(const BandJob& job, std::int64_t r, RowState& row) {
        row.u = Isa::load(job.u + r * L);
        for (int p = 0; p < kPieces; ++p) row.y[p] = Isa::load(job.y[p] + r * L);
    }

    static WAVELODE_INLINE void load_symbols(const BandJob& job, std::int64_t r, RowState& row) {
        if constexpr (kSymbols != Symbols::kTable)
            for (int s = 0; s < kPlanes; ++s) row.symbol[s] = Isa::load(job.row_symbols[s] + r * L);
    }

    static WAVELODE_INLINE void save(const BandJob& job, std::int64_t r, const RowState& row) {
        Isa::store(job.u + r * L, row.u);
        for (int p = 0; p < kPieces; ++p) Isa::store(job.y[p] + r * L, row.y[p]);
    }

    // One cell in every lane: the recurrences above.
    template <bool kTraced, bool kMasked>
    static WAVELODE_INLINE void cell(const BandJob& job, const Constants<Isa>& c, Column<Isa, kPieces, kPlanes>& column,
                                     RowState& row, std::int64_t r, int k, const std::uint8_t* active,
                                     std::uint8_t* trace) {
        const auto before_column = column;
        const RowState before_row = row;
        const V pair = pair_of(job, c, column, row, r, k);
        V e[2], f[2], z = pair;
        if constexpr (kPieces == 0) {
            e[0] = column.v, f[0] = row.u;
            z = Isa::max(z, Isa::max(e[0], f[0]));
        }
        for (int p = 0; p < kPieces; ++p) {
            e[p] = Isa::add(column.x[p], column.v);
            f[p] = Isa::add(row.y[p], row.u);
            z = Isa::max(z, Isa::max(e[p], f[p]));
        }
        // Where one piece can be the only source left, it need not be compared.
        V ends = Isa::all(kPieces == 2 ? 0 : kPieces == 1 ? kFromF1 : kFromF1 | kEndE1 | kEndF1);
        for (int p = 0; p < kPieces; ++p) {
            const V fresh = Isa::sub(z, c.open[p]);
            column.x[p] = Isa::above(e[p], fresh);
            row.y[p] = Isa::above(f[p], fresh);
            if (kTraced) {
                ends = Isa::mark(ends, Isa::equal(column.x[p], Isa::all(0)), kEndE1 << p);
                ends = Isa::mark(ends, Isa::equal(row.y[p], Isa::all(0)), kEndF1 << p);
            }
            if (kPieces == 2) {
                column.x[p] = Isa::add(column.x[p], c.rest[p]);
                row.y[p] = Isa::add(row.y[p], c.rest[p]);
            }
        }
        if (kTraced) Isa::store(trace, sources(ends, z, pair, e, f));
        if (kPieces == 2) z = Isa::sub(z, c.shift);
        const V u = Isa::pin(Isa::sub(z, column.v));
        column.v = Isa::sub(z, row.u);
        row.u = u;
        if (kMasked) keep_masked(job, before_column, before_row, column, row, r, active);
    }

    static WAVELODE_INLINE V pair_of(const BandJob& job, const Constants<Isa>& c,
                                     const Column<Isa, kPieces, kPlanes>& column, const RowState& row, std::int64_t r,
                                     int k) {
        if constexpr (kSymbols == Symbols::kTable) return Isa::load(job.pair_scores + (k * job.scores_depth + r) * L);
        Mask equal = Isa::equal(row.symbol[0], column.symbol[0]);
        if constexpr (kEqualPlanes == 2) equal = Isa::also_equal(equal, row.symbol[1], column.symbol[1]);
        V other = c.mismatch;
        if constexpr (kHasClasses)
            other = Isa::select(Isa::equal(row.symbol[kEqualPlanes], column.symbol[kEqualPlanes]), c.same, other);
        return Isa::select(equal, c.match, other);
    }

    static WAVELODE_INLINE V sources(V bits, V z, V pair, const V* e, const V* f) {
        bits = Isa::mark(bits, Isa::equal(z, pair), kFromPair);
        bits = Isa::mark(bits, Isa::equal(z, e[0]), kFromE1);
        if constexpr (kPieces < 2) return bits;
        bits = Isa::mark(bits, Isa::equal(z, e[1]), kFromE2);
        return Isa::mark(bits, Isa::equal(z, f[0]), kFromF1);
    }

    // Lanes whose column does not exist keep their rows; rows that do not exist let their columns through.
    static WAVELODE_INLINE void keep_masked(const BandJob& job, const Column<Isa, kPieces, kPlanes>& before_column,
                                            const RowState& before_row, Column<Isa, kPieces, kPlanes>& column,
                                            RowState& row, std::int64_t r, const std::uint8_t* active) {
        const Mask in_width = Isa::mask(active);
        row.u = Isa::select(in_width, row.u, before_row.u);
        for (int p = 0; p < kPieces; ++p) row.y[p] = Isa::select(in_width, row.y[p], before_row.y[p]);
        if (!job.row_mask) return;
        const Mask in_height = Isa::mask(job.row_mask + r * L);
        column.v = Isa::select(in_height, column.v, before_column.v);
        for (int p = 0; p < kPieces; ++p) column.x[p] = Isa::select(in_height, column.x[p], before_column.x[p]);
    }
};

template <class Isa, int kPieces>
void fill_functions(BandFunction (&swept)[kSymbolKinds], BandFunction (&traced)[kSymbolKinds]) {
    swept[0] = BandSweep<Isa, kPieces, Symbols::kOnePlane>::template sweep<false>;
    swept[1] = BandSweep<Isa, kPieces, Symbols::kTwoPlanes>::template sweep<false>;
    swept[2] = BandSweep<Isa, kPieces, Symbols::kOnePlaneClasses>::template sweep<false>;
    swept[3] = BandSweep<Isa, kPieces, Symbols::kTwoPlanesClasses>::template sweep<false>;
    swept[4] = BandSweep<Isa, kPieces, Symbols::kTable>::template sweep<false>;
    traced[4] = BandSweep<Isa, kPieces, Symbols::kTable>::template sweep<true>;
    traced[0] = BandSweep<Isa, kPieces, Symbols::kOnePlane>::template sweep<true>;
    traced[1] = BandSweep<Isa, kPieces, Symbols::kTwoPlanes>::template sweep<true>;
    traced[2] = BandSweep<Isa, kPieces, Symbols::kOnePlaneClasses>::template sweep<true>;
    traced[3] = BandSweep<Isa, kPieces, Symbols::kTwoPlanesClasses>::template sweep<true>;
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

template <class Isa>
int spin(std::int64_t turns) {
    typename Isa::V x[kSpinOps / 2];
    for (int k = 0; k < kSpinOps / 2; ++k) x[k] = Isa::all(k);
    const auto step = Isa::pin(Isa::all(3)), least = Isa::pin(Isa::all(7));
    for (std::int64_t t = 0; t < turns; ++t) {
        WAVELODE_UNROLL
        for (int k = 0; k < kSpinOps / 2; ++k) x[k] = Isa::pin(Isa::max(Isa::add(x[k], step), least));
    }
    alignas(64) std::uint8_t bytes[Isa::lanes];
    int sum = 0;
    for (auto& v : x) Isa::store(bytes, v), sum += bytes[0];
    return sum;
}

template <class Isa>
BandFunctions band_functions(const char* name) {
    BandFunctions f{};
    f.name = name;
    f.lanes = Isa::lanes;
    f.stride = Isa::stride;
    f.lay_out_profile = lay_out_profile<Isa>;
    f.spin = spin<Isa>;
    fill_functions<Isa, 0>(f.swept[0], f.traced[0]);
    fill_functions<Isa, 1>(f.swept[1], f.traced[1]);
    fill_functions<Isa, 2>(f.swept[2], f.traced[2]);
    return f;
}

}  // namespace
}  // namespace wavelode::nw
