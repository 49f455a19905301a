// The byte kernels: rectangles cut into bands, their borders laid out for the lanes and back.
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>
#include <utility>

#include "dispatch.hpp"
#include "kernel.hpp"
#include "offsets.hpp"
#include "planes.hpp"

namespace wavelode::nw {
namespace {

using i64 = std::int64_t;
using u8 = std::uint8_t;

struct alignas(64) Line {
    u8 bytes[64];
};

// Aligned for the widest vectors; holds one byte per row of a band.
class RowBytes {
public:
    RowBytes() : lines_(kMostBandRows / 64 + 1) {}
    u8* data() { return lines_.front().bytes; }

private:
    std::vector<Line> lines_;
};

// How the rows of one band lie in the lanes.
struct Lanes {
    i64 rows, depth, lanes, used;

    Lanes(i64 rows_, i64 lanes_) : rows(rows_), depth((rows_ + lanes_ - 1) / lanes_), lanes(lanes_), used((rows_ + depth - 1) / depth) {}
    bool full() const { return used * depth == rows; }

    void spread(const u8* from, u8 filler, u8* to) const {
        if (used < lanes || !full()) std::memset(to, filler, depth * lanes);
        for (i64 l = 0; l < used; ++l)
            for (i64 r = 0, last = std::min(depth, rows - l * depth); r < last; ++r) to[r * lanes + l] = from[l * depth + r];
    }
    void gather(const u8* from, u8* to) const {
        for (i64 l = 0; l < used; ++l)
            for (i64 r = 0, last = std::min(depth, rows - l * depth); r < last; ++r) to[l * depth + r] = from[r * lanes + l];
    }
    void mask(u8* to) const {
        for (i64 l = 0; l < lanes; ++l)
            for (i64 r = 0; r < depth; ++r) to[r * lanes + l] = l * depth + r < rows ? 255 : 0;
    }
};

// Where the rows of a band are while it is swept.
struct BandRows {
    RowBytes symbols[3], u, y[2], mask, columns;
};

static_assert(kColumnVectors * 64 <= kMostBandRows, "the columns between two cuts fit where rows do");

class ByteKernel final : public Kernel<u8> {
public:
    ByteKernel(const BandFunctions& functions, const Offsets& offsets, Planes planes, const Scores& scores, i64 n, i64 m)
        : functions_(functions), offsets_(offsets), planes_(std::move(planes)), scores_(scores),
          band_rows_(band_rows(n, m)) {
        pieces = offsets.pieces;
        step_offset = offsets.step;
        save_offset[0] = offsets.rest[0], save_offset[1] = offsets.rest[1];
        row_quantum = band_rows_;
        shortest = band_rows_ / 4;
        takes_lower_bounds = offsets.takes_lower_bounds;
    }

    void sweep(const Rect& r, Edge<u8> row, Edge<u8> column, bool bottom) override {
        for_each_band(r, [&](const Rect& band, const Lanes& lanes) {
            run(band, lanes, row, column.from(band.top - r.top), bottom || band.bottom < r.bottom, nullptr);
        });
    }

    i64 sweep_cut(const Rect& r, Edge<u8> row, Edge<u8> column, bool bottom, i64 every, Cuts<u8>& cuts) override {
        if (r.height() > band_rows_ || r.width() == 0 || every % (functions_.stride * functions_.lanes) != 0)
            return Kernel<u8>::sweep_cut(r, row, column, bottom, every, cuts);
        return run_cut(r, Lanes(r.height(), functions_.lanes), row, column, bottom, every, cuts);
    }

    Trace sweep_traced(const Rect& r, Edge<u8> row, Edge<u8> column, bool bottom) override {
        Trace trace(r, functions_.lanes, band_rows_ / functions_.lanes, functions_.stride);
        for_each_band(r, [&](const Rect&, const Lanes& lanes) {
            const i64 size = band_steps(r.width(), lanes.used, functions_.stride) * functions_.stride * lanes.depth * lanes.lanes;
            trace.add_band(lanes.depth, static_cast<std::size_t>(size));
        });
        trace.allocate();
        std::size_t k = 0;
        for_each_band(r, [&](const Rect& band, const Lanes& lanes) {
            run(band, lanes, row, column.from(band.top - r.top), bottom || band.bottom < r.bottom, trace.band(k++));
        });
        return trace;
    }

private:
    // Middling problems get low bands: then less of them is swept again for the path, and more can be pruned. Small
    // ones are traced at once.
    static i64 band_rows(i64 n, i64 m) {
        if (n * m <= kTracedAtOnce) return kMostBandRows;
        i64 rows = 512;
        while (rows < kMostBandRows && rows * 16 < std::max(n, m)) rows *= 2;
        return rows;
    }

    template <class Visit>
    void for_each_band(const Rect& r, const Visit& visit) const {
        if (r.width() == 0) return;
        for (i64 top = r.top; top < r.bottom; top += band_rows_) {
            const Rect band{top, r.left, std::min(top + band_rows_, r.bottom), r.right};
            visit(band, Lanes(band.height(), functions_.lanes));
        }
    }

    void run(const Rect& band, const Lanes& lanes, Edge<u8> row, Edge<u8> column, bool bottom, u8* trace) {
        BandJob job = start(band, lanes, row, column, bottom);
        job.trace = trace;
        job.last_step = band_steps(job.width, job.lanes_used, functions_.stride);
        const int symbols = static_cast<int>(planes_.kind);
        const BandFunction function = trace ? functions_.traced[pieces][symbols] : functions_.swept[pieces][symbols];
        function(job);
        finish(job, lanes, column);
    }

    // A band goes on from cut to cut without running empty in between.
    i64 run_cut(const Rect& band, const Lanes& lanes, Edge<u8> row, Edge<u8> column, bool bottom, i64 every,
                Cuts<u8>& cuts) {
        BandJob job = start(band, lanes, row, column, bottom);
        job.cut_every = every;
        job.cut = [](void* owner, i64 c, int array) {
            const Edge<u8> edge = static_cast<Cuts<u8>*>(owner)->open(c);
            return array == 0 ? edge.step : edge.save[array - 1];
        };
        job.cut_owner = &cuts;
        const i64 steps = band_steps(job.width, job.lanes_used, functions_.stride);
        for (i64 c = 1;; ++c) {
            const bool last = c * every >= job.width;
            job.last_step = last ? steps : c * every / functions_.stride + job.lanes_used - 1;
            functions_.swept[pieces][static_cast<int>(planes_.kind)](job);
            job.first_step = job.last_step;
            if (!last && cuts.close(c)) continue;
            finish(job, lanes, column);
            return last ? job.width : c * every;
        }
    }

    BandJob start(const Rect& band, const Lanes& lanes, Edge<u8> row, Edge<u8> column, bool bottom) {
        BandJob job{};
        job.width = band.width(), job.rows = lanes.rows, job.depth = lanes.depth, job.lanes_used = lanes.used;
        lay_out(band, lanes, column, job);
        job.v = row.step, job.x[0] = row.save[0], job.x[1] = row.save[1];
        job.columns = rows_.columns.data();
        if (bottom && !lanes.full()) {
            lanes.mask(rows_.mask.data());
            job.row_mask = rows_.mask.data();
        }
        job.score = offsets_.score, job.shift = static_cast<u8>(offsets_.shift);
        for (int p = 0; p < 2; ++p)
            job.open[p] = static_cast<u8>(offsets_.open[p]), job.rest[p] = static_cast<u8>(offsets_.rest[p]);
        return job;
    }

    void finish(const BandJob& job, const Lanes& lanes, Edge<u8> column) const {
        lanes.gather(job.u, column.step);
        for (int p = 0; p < pieces; ++p) lanes.gather(job.y[p], column.save[p]);
    }

    void lay_out(const Rect& band, const Lanes& lanes, Edge<u8> column, BandJob& job) {
        const bool by_table = planes_.kind == Symbols::kTable;
        if (by_table) lay_out_profile(band, lanes, job);
        job.column_symbols[0] = planes_.b[0].data() + band.left;
        for (int s = 0; !by_table && s < planes_of(planes_.kind); ++s) {
            lanes.spread(planes_.a[s].data() + band.top, kNoRow, rows_.symbols[s].data());
            job.row_symbols[s] = rows_.symbols[s].data();
            job.column_symbols[s] = planes_.b[s].data() + band.left;
        }
        job.u = rows_.u.data();
        lanes.spread(column.step, 0, job.u);
        for (int p = 0; p < pieces; ++p) {
            job.y[p] = rows_.y[p].data();
            lanes.spread(column.save[p], 0, job.y[p]);
        }
    }

    // What every row scores against every class that the band's columns have.
    void lay_out_profile(const Rect& band, const Lanes& lanes, BandJob& job) {
        job.profile_classes = static_cast<i64>(planes_.column_classes.size());
        job.profile_depth = (lanes.depth + kBlock - 1) / kBlock * kBlock;
        profile_.resize(lanes.lanes * job.profile_classes * job.profile_depth);
        pair_scores_.resize(functions_.stride * job.profile_depth * lanes.lanes / sizeof(Line) + 1);
        job.profile = profile_.data(), job.pair_scores = pair_scores_.front().bytes;
        std::vector<bool> present(job.profile_classes, false);
        for (i64 j = band.left; j < band.right; ++j) present[planes_.b[0][j]] = true;
        for (i64 l = 0; l < lanes.used; ++l)
            for (i64 c = 0; c < job.profile_classes; ++c)
                if (present[c]) lay_out_profile(band.top + l * lanes.depth, band.bottom, lanes.depth, c,
                                                &profile_[(l * job.profile_classes + c) * job.profile_depth]);
    }

    void lay_out_profile(i64 top, i64 bottom, i64 depth, i64 c, u8* to) const {
        const std::int32_t* table = scores_.table.data() + planes_.column_classes[c];
        for (i64 r = 0; r < depth && top + r < bottom; ++r)
            to[r] = offsets_.byte(table[i64{planes_.row_classes[top + r]} * scores_.class_count]);
    }

    const BandFunctions& functions_;
    const Offsets offsets_;
    const Planes planes_;
    const Scores& scores_;
    std::vector<u8> profile_;
    std::vector<Line> pair_scores_;
    const i64 band_rows_;
    BandRows rows_;
};

}  // namespace

std::unique_ptr<Kernel<u8>> make_byte_kernel(const Sequence& a, const Sequence& b, const Scores& scores) {
    const BandFunctions* functions = chosen_bands();
    if (!functions || a.weights || b.weights) return nullptr;
    const auto offsets = byte_offsets(scores);
    if (!offsets) return nullptr;
    auto planes = make_planes(a, b, scores);
    if (!planes) return nullptr;
    return std::make_unique<ByteKernel>(*functions, *offsets, std::move(*planes), scores, a.size, b.size);
}

}  // namespace wavelode::nw
