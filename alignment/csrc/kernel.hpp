// What a kernel is: it sweeps a rectangle of cells from its borders. Everything above it (tiles, ends, the path) does
// not know how it does so.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "border.hpp"
#include "nw.hpp"

namespace wavelode::nw {

// One byte per cell. Bits 0-3: which of pair, E_1, E_2, F_1 attain H (none: F_2).
// Bits 4-7: x_1, x_2, y_1, y_2 > 0, that is, whether a gap through this cell's far side must stay open here.
enum TraceBit : std::uint8_t {
    kFromPair = 1, kFromE1 = 2, kFromE2 = 4, kFromF1 = 8, kStayE1 = 16, kStayE2 = 32, kStayF1 = 64, kStayF2 = 128
};

// The trace bytes of one rectangle. Its rows come in bands of `lanes` x `depth` rows (the last band may be less deep);
// lane l works one step behind lane l - 1, a step is `stride` columns: cell (r, j) of lane l lies in step j / stride + l.
// A row-major trace is the case of one lane, depth 1, stride 1: a band per row.
class Trace {
public:
    void start(const Rect& r, std::int64_t lanes, std::int64_t depth, std::int64_t stride) {
        rect = r, lanes_ = lanes, depth_ = depth, stride_ = stride;
        bytes.clear();
        bands_.clear();
    }
    // Makes room for one more band and returns where it starts in `bytes`.
    std::size_t add_band(std::int64_t depth, std::size_t size) {
        const std::size_t start = bands_.empty() ? 0 : end_;
        end_ = start + size;
        if (bytes.size() < end_) bytes.resize(end_);
        bands_.push_back({start, depth});
        return start;
    }
    // The byte of H(i, j), a cell of the rectangle.
    std::uint8_t at(std::int64_t i, std::int64_t j) const {
        const std::int64_t row = i - rect.top - 1, column = j - rect.left - 1, band_rows = lanes_ * depth_;
        const Band& band = bands_[row / band_rows];
        const std::int64_t lane = row % band_rows / band.depth, r = row % band_rows % band.depth;
        const std::int64_t step = column / stride_ + lane, k = column % stride_;
        return bytes[band.start + ((step * stride_ + k) * band.depth + r) * lanes_ + lane];
    }

    Rect rect{};
    std::vector<std::uint8_t> bytes;

private:
    struct Band {
        std::size_t start;
        std::int64_t depth;
    };
    std::int64_t lanes_ = 1, depth_ = 1, stride_ = 1;
    std::size_t end_ = 0;
    std::vector<Band> bands_;
};

// T is the type of a difference. A kernel adds `step_offset` to every stored step and `save_offset[p]` to every
// stored save, so that they fit T.
template <class T>
class Kernel {
public:
    virtual ~Kernel() = default;
    // In: row = top border, column = left border of r. Out: row = bottom border, column = right border.
    virtual void sweep(const Rect& r, Edge<T> row, Edge<T> column) = 0;
    virtual void sweep_traced(const Rect& r, Edge<T> row, Edge<T> column, Trace& trace) = 0;

    int pieces = 1;
    std::int32_t step_offset = 0;
    std::int32_t save_offset[2] = {0, 0};
    std::int64_t row_quantum = 1;  // heights that are multiples of this waste nothing
};

// The general kernel: int32 differences, any substitution, weights. Borrows all three arguments.
std::unique_ptr<Kernel<std::int32_t>> make_plain_kernel(const Sequence& a, const Sequence& b, const Scores& scores);

}  // namespace wavelode::nw
