// One band of rows, swept with byte vectors. Included once per instruction set, with that set's `Isa`.
//
// LAYOUT. A band has L lanes of `depth` rows each: lane l holds rows l * depth ... l * depth + depth - 1, and all lanes
// work at the same time, lane l one step (K columns) behind lane l - 1:
//
//     step t        lane 0: columns  t K ... t K + K - 1
//                   lane 1: columns  (t - 1) K ...            so what lane 0 left below itself at step t - 1 (v, e of
//                   lane 2: columns  (t - 2) K ...            its last row) is what lane 1 needs above itself at step t
//
// So a row's state (u, f) stays in its place in memory, a column's state (v, e) stays in registers while it runs down a
// lane and moves one lane up between steps, and no cell waits for its neighbour in the same vector. The K columns of a
// step are one row apart in time, which makes them independent: row r of column k is done together with row r - 1 of
// column k + 1. What a cell does is in band_cell.hpp.
//
// BORDERS hold steps and saves (nw.hpp), rows hold u and f_p, columns v and e_p. They turn into one another on the way in and out:
//     u = step - lift,  f_p = save_p + step + enter_p,  and for columns v and e_p alike
#pragma once

#include <cstdint>

#include "band_calls.hpp"
#include "band_cell.hpp"
#include "band_job.hpp"
#include "band_table.hpp"
#include "unroll.hpp"

namespace wavelode::nw {
namespace {  // every instruction set has its own copy: nothing here may be shared between translation units

// 64 lanes out, 64 in, 64 out: where a mask of lanes is cut from.
alignas(64) constexpr struct LaneWindow {
    std::uint8_t bytes[3 * 64] = {};
    constexpr LaneWindow() {
        for (int k = 64; k < 128; ++k) bytes[k] = 255;
    }
} kLaneWindow;

// Lanes first ... end - 1.
template <class Isa>
WAVELODE_INLINE typename Isa::Mask lanes_between(std::int64_t first, std::int64_t end) {
    return Isa::mask(kLaneWindow.bytes + 64 - first) & Isa::mask(kLaneWindow.bytes + 128 - end);
}

template <class Isa, int kPieces, Symbols kSymbols, bool kTraced>
class BandSweep {
    using V = typename Isa::V;
    using Mask = typename Isa::Mask;
    using CellHere = Cell<Isa, kPieces, kSymbols>;
    static constexpr int K = Isa::stride(kPieces, kTraced), L = Isa::lanes;
    static constexpr int kPlanes = planes_of(kSymbols);
    static constexpr int kTracedBytes = traced_bytes(L, kPieces, Isa::bit_planes(kPieces));
    static constexpr std::uint8_t kOutside = kSymbols == Symbols::kTable ? 0 : kNoColumn;  // there, any class will do
    using Columns = typename CellHere::ColumnState[K];
    using RowState = typename CellHere::RowState;
    using Calls = CallsAhead<Isa, K>;

public:
    static constexpr BandKernel kernel() { return {sweep, K}; }

    static void sweep(const BandJob& job) {
        const Constants<Isa> constants(job);
        Columns columns;
        Calls calls(job, job.first_step == 0 ? 0 : job.first_step + 1);
        if (job.first_step == 0) {
            clear(columns);
            if (job.calls.ring) calls.put_down(0);
        } else {
            move_columns(job.columns, columns, [](std::uint8_t* p, V& v) { v = Isa::load(p); });
        }
        const std::int64_t full = job.width / K;
        for (std::int64_t t = job.first_step; t < job.last_step; ++t) {
            feed(job, t, calls, columns);
            std::uint8_t* trace = kTraced ? job.trace + t * K * job.depth * kTracedBytes : nullptr;  // from step 0
            if (!job.row_mask && t >= job.lanes_used - 1 && t < full)
                step<false>(job, constants, columns, nullptr, trace);
            else
                masked_step(job, constants, columns, t, trace);
            drain(job, t, columns);
            if (job.cut[0]) cut(job, t - job.cut_step);
        }
        move_columns(job.columns, columns, [](std::uint8_t* p, V& v) { Isa::store(p, v); });
    }

private:
    static void clear(Columns& columns) {
        for (auto& c : columns) {
            c.v = Isa::all(0);
            for (auto& e : c.e) e = Isa::all(0);
            for (auto& s : c.symbol) s = Isa::all(kOutside);
            c.called = c.symbol[0];
        }
    }

    template <class Move>
    static WAVELODE_INLINE void move_columns(std::uint8_t* memory, Columns& columns, const Move& move) {
        for (auto& c : columns) {
            move(memory, c.v), memory += L;
            for (auto& e : c.e) move(memory, e), memory += L;
            for (auto& s : c.symbol) move(memory, s), memory += L;
        }
    }

    // The lanes pass a cut one after the other, one in a step: what lane l holds then is kept.
    static WAVELODE_INLINE void cut(const BandJob& job, std::int64_t l) {
        if (l < 0 || l >= job.lanes_used) return;
        const std::int64_t start = l * job.depth, last = job.rows - start < job.depth ? job.rows - start : job.depth;
        for (std::int64_t r = 0; r < last; ++r) {
            const auto step = static_cast<std::uint8_t>(job.u[r * L + l] + job.lift);
            job.cut[0][start + r] = step;
            for (int p = 0; p < kPieces; ++p)
                job.cut[1 + p][start + r] = static_cast<std::uint8_t>(job.f[p][r * L + l] - step - job.enter[p]);
        }
    }

    // Moves every column one lane up and lets the next K in at lane 0.
    static WAVELODE_INLINE void feed(const BandJob& job, std::int64_t t, Calls& calls, Columns& columns) {
        WAVELODE_UNROLL
        for (int k = 0; k < K; ++k) {
            const std::int64_t j = t * K + k;
            const bool in = j < job.width;
            const std::uint8_t step = in ? job.v[j] : 0;
            columns[k].v = Isa::push(columns[k].v, static_cast<std::uint8_t>(step - job.lift));
            for (int p = 0; p < kPieces; ++p) {
                const int save = in ? job.x[p][j] : 0;
                columns[k].e[p] = Isa::push(columns[k].e[p], static_cast<std::uint8_t>(save + step + job.enter[p]));
            }
            for (int s = 0; s < kPlanes; ++s)
                columns[k].symbol[s] = Isa::push(columns[k].symbol[s], in ? job.column_symbols[s][j] : kOutside);
            columns[k].called = job.calls.ring ? calls.take(t, k, columns[k].symbol[0]) : columns[k].symbol[0];
        }
        if (job.calls.ring) calls.put_down(t + 1);
    }

    // What the last lane leaves below itself is the band's bottom border.
    static WAVELODE_INLINE void drain(const BandJob& job, std::int64_t t, const Columns& columns) {
        WAVELODE_UNROLL
        for (int k = 0; k < K; ++k) {
            const std::int64_t j = (t - (job.lanes_used - 1)) * K + k;
            if (j < 0 || j >= job.width) continue;
            job.v[j] = static_cast<std::uint8_t>(lane(columns[k].v, job.lanes_used - 1) + job.lift);
            for (int p = 0; p < kPieces; ++p)
                job.x[p][j] = static_cast<std::uint8_t>(lane(columns[k].e[p], job.lanes_used - 1) - job.v[j] - job.enter[p]);
        }
    }

    static WAVELODE_INLINE std::uint8_t lane(V v, std::int64_t l) {
        alignas(64) std::uint8_t bytes[L];
        Isa::store(bytes, v);
        return bytes[l];
    }

    // Lane l has column (t - l) K + k, if there is one.
    static void masked_step(const BandJob& job, const Constants<Isa>& constants, Columns& columns, std::int64_t t,
                            std::uint8_t* trace) {
        Mask active[K];
        for (int k = 0; k < K; ++k) {
            const std::int64_t first = k < job.width ? t - (job.width - 1 - k) / K : L, end = t + 1;
            active[k] = lanes_between<Isa>(first < 0 ? 0 : first < L ? first : L, end < L ? end : L);
        }
        step<true>(job, constants, columns, active, trace);
    }

    // What a step reads and writes for each row, apart from the job: a byte stored could be one of the job's own pointers,
    // which would be read again at every row.
    struct Rows {
        explicit WAVELODE_INLINE Rows(const BandJob& job)
            : u(job.u), f{job.f[0], job.f[1]}, symbols{job.row_symbols[0], job.row_symbols[1]},
              mask(job.row_mask), pair_scores(job.pair_scores), depth(job.depth), scores_size(job.scores_depth * L) {}

        std::uint8_t *u, *f[2];
        const std::uint8_t *symbols[2], *mask, *pair_scores;
        std::int64_t depth, scores_size;
    };

    template <bool kMasked>
    static WAVELODE_INLINE void step(const BandJob& job, const Constants<Isa>& constants, Columns& columns,
                                     const Mask* active, std::uint8_t* trace) {
        if constexpr (kSymbols == Symbols::kTable)
            for (int k = 0; k < K; ++k) look_up<Isa>(job, k, columns[k].symbol[0]);
        const Rows rows(job);
        RowState passing[K]{};
        // Column k at row time - k, later columns first: each takes the row that its left neighbour left one turn ago.
        const auto turn = [&](std::int64_t time, bool ragged) __attribute__((always_inline)) {
            WAVELODE_UNROLL
            for (int k = K - 1; k >= 0; --k) {
                const std::int64_t r = time - k;
                if (ragged && (r < 0 || r >= rows.depth)) continue;
                RowState row;
                if (k == 0)
                    load(rows, r, row);
                else
                    row = passing[k - 1];
                if (k == 0 || !Isa::many_registers) load_symbols(rows, r, row);
                cell<kMasked>(rows, constants, columns[k], row, r, k, active,
                              kTraced ? trace + (k * rows.depth + r) * kTracedBytes : nullptr);
                if (k == K - 1)
                    save(rows, r, row);
                else
                    passing[k] = row;
            }
        };
        std::int64_t time = 0;
        for (; time < K - 1; ++time) turn(time, true);
        for (; time < rows.depth; ++time) turn(time, false);
        for (; time < rows.depth + K - 1; ++time) turn(time, true);
    }

    static WAVELODE_INLINE void load(const Rows& rows, std::int64_t r, RowState& row) {
        row.u = Isa::load(rows.u + r * L);
        for (int p = 0; p < kPieces; ++p) row.f[p] = Isa::load(rows.f[p] + r * L);
    }

    static WAVELODE_INLINE void load_symbols(const Rows& rows, std::int64_t r, RowState& row) {
        if constexpr (kSymbols != Symbols::kTable)
            for (int s = 0; s < kPlanes; ++s) row.symbol[s] = Isa::load(rows.symbols[s] + r * L);
    }

    static WAVELODE_INLINE void save(const Rows& rows, std::int64_t r, const RowState& row) {
        Isa::store(rows.u + r * L, row.u);
        for (int p = 0; p < kPieces; ++p) Isa::store(rows.f[p] + r * L, row.f[p]);
    }

    template <bool kMasked>
    static WAVELODE_INLINE void cell(const Rows& rows, const Constants<Isa>& c, typename CellHere::ColumnState& column,
                                     RowState& row, std::int64_t r, int k, const Mask* active, std::uint8_t* trace) {
        const auto before_column = column;
        const RowState before_row = row;
        V pair;
        if constexpr (kSymbols == Symbols::kTable)
            pair = Isa::load(rows.pair_scores + k * rows.scores_size + r * L);
        else
            pair = CellHere::pair_of(c, column, row);
        CellHere::template update<kTraced>(c, pair, column, row, trace);
        if (kMasked) keep_masked(rows, before_column, before_row, column, row, r, active[k]);
    }

    // Lanes whose column does not exist keep their rows; rows that do not exist let their columns through.
    static WAVELODE_INLINE void keep_masked(const Rows& rows, const typename CellHere::ColumnState& before_column,
                                            const RowState& before_row, typename CellHere::ColumnState& column,
                                            RowState& row, std::int64_t r, Mask in_width) {
        row.u = Isa::select(in_width, row.u, before_row.u);
        for (int p = 0; p < kPieces; ++p) row.f[p] = Isa::select(in_width, row.f[p], before_row.f[p]);
        if (!rows.mask) return;
        const Mask in_height = Isa::mask(rows.mask + r * L);
        column.v = Isa::select(in_height, column.v, before_column.v);
        for (int p = 0; p < kPieces; ++p) column.e[p] = Isa::select(in_height, column.e[p], before_column.e[p]);
    }
};

template <class Isa, int kPieces, bool kTraced>
void fill_kernels(BandKernel (&kernels)[kSymbolKinds]) {
    kernels[0] = BandSweep<Isa, kPieces, Symbols::kEqual, kTraced>::kernel();
    kernels[1] = BandSweep<Isa, kPieces, Symbols::kClasses, kTraced>::kernel();
    kernels[2] = BandSweep<Isa, kPieces, Symbols::kTable, kTraced>::kernel();
}

template <class Isa, int kPieces>
void fill_functions(BandFunctions& f) {
    f.bit_planes[kPieces] = Isa::bit_planes(kPieces);
    fill_kernels<Isa, kPieces, false>(f.swept[kPieces]);
    fill_kernels<Isa, kPieces, true>(f.traced[kPieces]);
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
    f.least = Isa::least;
    f.lay_out_profile = lay_out_profile<Isa>;
    f.spin = spin<Isa>;
    fill_functions<Isa, 0>(f);
    fill_functions<Isa, 1>(f);
    fill_functions<Isa, 2>(f);
    return f;
}

}  // namespace
}  // namespace wavelode::nw
