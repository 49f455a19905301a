// The byte kernels: rectangles cut into bands, which several threads may sweep together.
#include <algorithm>
#include <memory>
#include <mutex>
#include <utility>

#include "band_run.hpp"
#include "crew.hpp"
#include "dispatch.hpp"
#include "kernel.hpp"
#include "relay.hpp"

namespace wavelode::nw {
namespace {

using i64 = std::int64_t;
using u8 = std::uint8_t;

// For a sweep that keeps nothing on its way.
class NoCuts final : public Cuts<u8> {
public:
    explicit NoCuts(i64 height) : unread_(height, 2) {}
    Edge<u8> open(i64) override { return unread_.edge(); }
    bool close(i64) override { return true; }

private:
    Border<u8> unread_;
};

class ByteKernel final : public Kernel<u8> {
public:
    ByteKernel(std::shared_ptr<const ByteProblem> problem, i64 band_rows, int threads_wanted)
        : shared_(std::move(problem)), problem_(*shared_), band_rows_(band_rows), crew_(threads_wanted) {
        threads = threads_wanted;
        for (int k = 0; k < threads_wanted; ++k) {
            bands_.push_back(std::make_unique<Band>(problem_));
            idle_.push_back(bands_.back().get());
        }
        pieces = problem_.offsets.pieces;
        step_offset = problem_.offsets.step;
        row_quantum = band_rows_, column_quantum = unit();
        shortest = std::max(band_rows_ / 4, 2 * unit());
    }

    void sweep(const Rect& r, Edge<u8> row, Edge<u8> column, bool bottom) override {
        if (shares(r)) return sweep_together(r, row, column, bottom);
        Band& band = *borrow();
        for_each_band(r, [&](const Rect& part) {
            band.start(part, row, column.from(part.top - r.top), bottom || part.bottom < r.bottom);
            band.sweep(nullptr);
            band.finish();
        });
        give_back(&band);
    }

    bool shares(const Rect& r) const override {
        return threads > 1 && r.height() > band_rows_ && r.width() > 2 * threads * kUnits * unit();
    }

    i64 sweep_cut(const Rect& r, Edge<u8> row, Edge<u8> column, bool bottom, i64 every, Cuts<u8>& cuts) override {
        if (r.cells() == 0 || every % unit() != 0)
            return Kernel<u8>::sweep_cut(r, row, column, bottom, every, cuts);
        return run_together(r, row, column, bottom, every, cuts);
    }

    Trace sweep_traced(const Rect& r, Edge<u8> row, Edge<u8> column, bool bottom) override {
        const i64 lanes = problem_.functions.lanes;
        Trace trace(r, {lanes, band_rows_ / lanes, problem_.kernel(true).stride, pieces, bit_planes(), problem_.offsets.open[0]});
        for_each_band(r, [&](const Rect& band) {
            trace.add_band(Lanes(band.height(), lanes).depth, static_cast<std::size_t>(band_bytes(band)));
        });
        trace.allocate();
        std::size_t k = 0;
        for_each_band(r, [&](const Rect& band) {
            bands_[0]->start(band, row, column.from(band.top - r.top), bottom || band.bottom < r.bottom);
            bands_[0]->sweep(trace.band(k++));
            bands_[0]->finish();
        });
        return trace;
    }

    std::unique_ptr<Kernel<u8>> for_one_thread() const override {
        return std::make_unique<ByteKernel>(shared_, band_rows_, 1);
    }

    // Thin rectangles need much more than a byte per cell.
    double trace_bytes(const Rect& r) const override {
        const i64 full = r.height() / band_rows_, rest = r.height() % band_rows_;
        const double most = static_cast<double>(full) * static_cast<double>(band_bytes({0, r.left, band_rows_, r.right}));
        return most + (rest ? static_cast<double>(band_bytes({0, r.left, rest, r.right})) : 0);
    }

private:
    static constexpr i64 kUnits = 8;
    static constexpr i64 kMostLegUnits = 2;  // short, so that no band waits long for the one above it

    i64 band_bytes(const Rect& band) const {
        const Lanes l(band.height(), problem_.functions.lanes);
        const i64 stride = problem_.kernel(true).stride;
        return band_steps(band.width(), l.used, stride) * stride * l.depth * traced_bytes(problem_.functions.lanes, pieces, bit_planes());
    }

    // Cuts lie at multiples of this.
    i64 unit() const { return i64{problem_.kernel(false).stride} * problem_.functions.lanes; }

    bool bit_planes() const { return problem_.functions.bit_planes[pieces]; }

    template <class Visit>
    void for_each_band(const Rect& r, const Visit& visit) const {
        if (r.width() == 0) return;
        for (i64 top = r.top; top < r.bottom; top += band_rows_)
            visit(Rect{top, r.left, std::min(top + band_rows_, r.bottom), r.right});
    }

    // Each thread has a band of its own.
    Band* borrow() {
        const std::lock_guard<std::mutex> lock(guard_);
        Band* band = idle_.back();
        idle_.pop_back();
        return band;
    }
    void give_back(Band* band) {
        const std::lock_guard<std::mutex> lock(guard_);
        idle_.push_back(band);
    }

    void sweep_together(const Rect& r, Edge<u8> row, Edge<u8> column, bool bottom) {
        const i64 every = kUnits * unit();
        NoCuts cuts(r.height());
        for (i64 top = r.top; top < r.bottom; top += threads * band_rows_) {
            const Rect part{top, r.left, std::min(top + threads * band_rows_, r.bottom), r.right};
            run_together(part, row, column.from(top - r.top), bottom || part.bottom < r.bottom, every, cuts);
        }
    }

    i64 run_together(const Rect& r, Edge<u8> row, Edge<u8> column, bool bottom, i64 every, Cuts<u8>& cuts) {
        int used = 0;
        for_each_band(r, [&](const Rect& band) {
            const i64 first_row = band.top - r.top;
            if (used == static_cast<int>(bands_.size())) bands_.push_back(std::make_unique<Band>(problem_));
            bands_[used]->start(band, row, column.from(first_row), bottom || band.bottom < r.bottom);
            bands_[used++]->starts_at(first_row);
        });
        const i64 leg = used == 1 ? every : leg_within(every);
        Relay relay(bands_, used, {r.width(), leg, every / leg}, cuts);
        if (used == 1)
            relay.work();
        else
            crew_.together([&] { relay.work(); });
        for (int k = 0; k < used; ++k) bands_[k]->finish();
        return relay.passed();
    }

    i64 leg_within(i64 every) const {
        i64 units = kMostLegUnits;
        while (every / unit() % units) --units;
        return units * unit();
    }

    const std::shared_ptr<const ByteProblem> shared_;
    const ByteProblem& problem_;
    const i64 band_rows_;
    Crew crew_;
    std::vector<std::unique_ptr<Band>> bands_;
    std::mutex guard_;
    std::vector<Band*> idle_;  // of them, while each sweeps by itself
};

// High bands cost least, and with a table low ones much more: the more rows of a lane lie side by side, the less of a cache line
// is wasted. Middling problems whose path is wanted get low ones: then less is swept again for the path, and more can be
// pruned; so do bands that lie side by side in a strip. Small ones are traced at once.
i64 rows_of_bands(i64 n, i64 m, i64 threads, i64 lanes, bool by_table, Wanted wanted) {
    constexpr i64 kMostPathRows = kMostBandRows / 2;
    if (wanted == Wanted::kScore) return by_table ? kMostBandRows : std::max(kMostPathRows, lanes * kMostBandRows / 64);
    if (by_table || n * m <= kTracedAtOnce) return kMostPathRows;
    i64 rows = 512;
    while (rows < kMostPathRows && rows * 64 * threads < std::max(n, m)) rows *= 2;
    return rows;
}

}  // namespace

std::unique_ptr<Kernel<u8>> make_byte_kernel(const Sequence& a, const Sequence& b, const Scores& scores, int threads,
                                             Wanted wanted) {
    const BandFunctions* functions = chosen_bands();
    if (!functions || a.weights || b.weights) return nullptr;
    const auto offsets = byte_offsets(scores, functions->least);
    if (!offsets) return nullptr;
    auto planes = make_planes(a, b, scores);
    if (!planes) return nullptr;
    const double cells = static_cast<double>(a.size) * static_cast<double>(b.size);
    const int useful = cells > kTracedAtOnce ? threads : 1;
    const bool by_table = planes->kind == Symbols::kTable;
    const i64 rows = rows_of_bands(a.size, b.size, useful, functions->lanes, by_table, wanted);
    auto problem = std::make_shared<const ByteProblem>(*functions, *offsets, std::move(*planes), scores);
    return std::make_unique<ByteKernel>(std::move(problem), rows, useful);
}

}  // namespace wavelode::nw
