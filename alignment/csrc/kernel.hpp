// What a kernel is: it sweeps a rectangle of cells from its borders. Everything above it (tiles, ends, the path) does
// not know how it does so.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <vector>

#include "border.hpp"
#include "nw.hpp"
#include "trace_bits.hpp"

namespace wavelode::nw {

// How the trace of a rectangle lies in memory. Its rows come in bands of `lanes` x `depth` rows (the last band may be less
// deep); lane l works one step behind lane l - 1, a step is `stride` columns: cell (r, j) of lane l lies in step
// j / stride + l. A row-major trace is the case of one lane, depth 1, stride 1: a band per row. A cell of every lane is
// one byte each or, as `planes`, a bit each for every question that a kernel of `pieces` asks. The byte stands for
// these bits too (trace_bits.hpp).
struct TraceLayout {
    std::int64_t lanes = 1, depth = 1, stride = 1;
    int pieces = 2;
    bool planes = false;
    std::uint8_t open = 0;  // of a kernel of one piece
};

// The trace of one rectangle.
class Trace {
public:
    Trace() = default;
    Trace(const Rect& r, const TraceLayout& layout)
        : rect_(r), layout_(layout), cell_bytes_(traced_bytes(static_cast<int>(layout.lanes), layout.pieces, layout.planes)),
          asked_(asked_bits(layout.pieces)), given_(given_bits(layout.pieces)) {}

    // First every band is announced, then there is room.
    void add_band(std::int64_t depth, std::size_t size) {
        bands_.push_back({size_, depth});
        size_ += (size + kAligned - 1) / kAligned * kAligned;
    }
    void allocate() {
        memory_.reset(new std::uint8_t[size_ + kAligned]);
        const auto address = reinterpret_cast<std::uintptr_t>(memory_.get());
        bytes_ = memory_.get() + (kAligned - address % kAligned) % kAligned;
    }
    std::uint8_t* band(std::size_t k) { return bytes_ + bands_[k].start; }

    // Where the cells of one row lie. The walk goes up row by row, which is quicker than to look each up.
    struct Row {
        std::size_t band;
        std::int64_t lane, r;
    };
    Row row(std::int64_t i) const {
        using u32 = std::uint32_t;  // divides faster; a traced rectangle is small
        const u32 row = static_cast<u32>(i - rect_.top - 1), band_rows = static_cast<u32>(layout_.lanes * layout_.depth);
        const u32 band = row / band_rows, within = row % band_rows, depth = static_cast<u32>(bands_[band].depth);
        return {band, within / depth, within % depth};
    }
    // From a row that is not the first to the one above it.
    void up(Row& row) const {
        if (row.r-- > 0) return;
        if (row.lane-- == 0) --row.band, row.lane = layout_.lanes - 1;
        row.r = bands_[row.band].depth - 1;
    }
    // The bits of H(i, j), a cell of the rectangle, where row i lies there.
    std::uint8_t at(const Row& row, std::int64_t j) const {
        const Band& band = bands_[row.band];
        const std::int64_t column = j - rect_.left - 1 + row.lane * layout_.stride;  // with those that its lane is behind
        const std::uint8_t* cell = bytes_ + band.start + static_cast<std::size_t>(column * band.depth + row.r) * cell_bytes_;
        return layout_.planes ? from_planes(cell, row.lane) : decoded(layout_.pieces, cell[row.lane], layout_.open);
    }

private:
    std::uint8_t from_planes(const std::uint8_t* cell, std::int64_t lane) const {
        int bits = given_;
        cell += lane / 8;
        for (int left = asked_; left; left &= left - 1, cell += layout_.lanes / 8)
            if (*cell >> lane % 8 & 1) bits |= left & -left;
        return static_cast<std::uint8_t>(bits);
    }

    static constexpr std::size_t kAligned = 64;
    struct Band {
        std::size_t start;
        std::int64_t depth;
    };
    Rect rect_{};
    TraceLayout layout_;
    std::size_t cell_bytes_ = 1;
    int asked_ = 0, given_ = 0;
    std::vector<Band> bands_;
    std::size_t size_ = 0;
    std::unique_ptr<std::uint8_t[]> memory_;  // not a vector: it would be filled with zeros first
    std::uint8_t* bytes_ = nullptr;
};

// Receives the columns that a sweep is to keep on its way.
template <class T>
class Cuts {
public:
    virtual ~Cuts() = default;
    virtual Edge<T> open(std::int64_t c) = 0;  // memory for column c x every of the rectangle, c = 1, 2, ...
    virtual bool close(std::int64_t c) = 0;    // it is complete; false: the sweep need not go on
};

// T is the type of a difference. A kernel adds `step_offset` to every stored step, so that they fit T; saves fit as
// they are.
template <class T>
class Kernel {
public:
    virtual ~Kernel() = default;
    // In: row = top border, column = left border of r. Out: row = bottom border if `bottom`, else undefined wherever the
    // height is no multiple of row_quantum; column = right border.
    virtual void sweep(const Rect& r, Edge<T> row, Edge<T> column, bool bottom) = 0;
    // Whether sweep(r) uses all threads by itself. Where not, as many may call it at the same time.
    virtual bool shares(const Rect&) const { return false; }
    // The same, keeping every `every`-th column, in order, until the end or a refusal. Returns how many columns were
    // swept: a multiple of `every`, or all; row and column are borders of these.
    virtual std::int64_t sweep_cut(const Rect& r, Edge<T> row, Edge<T> column, bool bottom, std::int64_t every,
                                   Cuts<T>& cuts) {
        std::int64_t done = 0;
        for (std::int64_t c = 1; done < r.width(); ++c) {
            const std::int64_t width = std::min(every, r.width() - done);
            sweep({r.top, r.left + done, r.bottom, r.left + done + width}, row.from(done), column, bottom);
            done += width;
            if (done == r.width()) break;
            copy_edge(column, r.height(), pieces, cuts.open(c));
            if (!cuts.close(c)) break;
        }
        return done;
    }
    virtual Trace sweep_traced(const Rect& r, Edge<T> row, Edge<T> column, bool bottom) = 0;

    // The same problem for one more thread, which may sweep beside this kernel; null: for this kind there is none.
    virtual std::unique_ptr<Kernel<T>> for_one_thread() const { return nullptr; }

    // What sweep_traced(r) would allocate.
    virtual double trace_bytes(const Rect& r) const { return r.cells(); }

    int pieces = 1;  // saves per border cell: 0 where none can be above 0
    std::int32_t step_offset = 0;
    std::int64_t threads = 1;      // that sweep together where a rectangle has as many row quanta
    std::int64_t row_quantum = 1;  // heights that are multiples of this waste nothing
    std::int64_t column_quantum = 1;  // columns kept at multiples of this cost least
    std::int64_t shortest = 512;     // side of a tile under which borders outweigh cells
};

// Up to this many cells (and bytes of trace) a problem is swept once, with its trace.
constexpr std::int64_t kTracedAtOnce = std::int64_t{1} << 23;

// A border of equal scores with no gap open.
template <class T>
void fill_flat(Edge<T> edge, std::int64_t size, const Kernel<T>& kernel) {
    std::fill_n(edge.step, size, static_cast<T>(kernel.step_offset));
    for (int p = 0; p < kernel.pieces; ++p) std::fill_n(edge.save[p], size, T{0});
}

// A border along one growing gap, closed at every cell.
template <class T>
void fill_gap(Edge<T> edge, std::int64_t size, const Kernel<T>& kernel, const Gap& gap) {
    fill_flat(edge, size, kernel);
    const std::int64_t settled = std::min(size, gap.settled());
    for (std::int64_t k = 0; k < settled; ++k)
        edge.step[k] = static_cast<T>(kernel.step_offset - (gap.cost(k + 1) - gap.cost(k)));
    std::fill_n(edge.step + settled, size - settled,
                static_cast<T>(kernel.step_offset - gap.extend[gap.pieces - 1]));
}

// The general kernel: int32 differences, any substitution, weights. Borrows all three arguments.
std::unique_ptr<Kernel<std::int32_t>> make_plain_kernel(const Sequence& a, const Sequence& b, const Scores& scores);

enum class Wanted { kPath, kScore };

// The byte kernels of the best instruction set of this machine; null where they can't express the problem (weights,
// scores too large for a byte, more classes than a byte can number).
// Borrows the scores.
std::unique_ptr<Kernel<std::uint8_t>> make_byte_kernel(const Sequence& a, const Sequence& b, const Scores& scores,
                                                       int threads, Wanted wanted);

}  // namespace wavelode::nw
