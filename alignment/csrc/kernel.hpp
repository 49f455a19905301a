// What a kernel is: it sweeps a rectangle of cells from its borders. Everything above it (tiles, ends, the path) does
// not know how it does so.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "border.hpp"
#include "nw.hpp"
#include "trace_bits.hpp"

namespace wavelode::nw {

// The trace bytes of one rectangle. Its rows come in bands of `lanes` x `depth` rows (the last band may be less deep);
// lane l works one step behind lane l - 1, a step is `stride` columns: cell (r, j) of lane l lies in step j / stride + l.
// A row-major trace is the case of one lane, depth 1, stride 1: a band per row.
class Trace {
public:
    Trace() = default;
    Trace(const Rect& r, std::int64_t lanes, std::int64_t depth, std::int64_t stride)
        : rect_(r), lanes_(lanes), depth_(depth), stride_(stride) {}

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

    // The byte of H(i, j), a cell of the rectangle.
    std::uint8_t at(std::int64_t i, std::int64_t j) const {
        const std::int64_t row = i - rect_.top - 1, column = j - rect_.left - 1, band_rows = lanes_ * depth_;
        const Band& band = bands_[row / band_rows];
        const std::int64_t lane = row % band_rows / band.depth, r = row % band_rows % band.depth;
        const std::int64_t step = column / stride_ + lane, k = column % stride_;
        return bytes_[band.start + ((step * stride_ + k) * band.depth + r) * lanes_ + lane];
    }

private:
    static constexpr std::size_t kAligned = 64;
    struct Band {
        std::size_t start;
        std::int64_t depth;
    };
    Rect rect_{};
    std::int64_t lanes_ = 1, depth_ = 1, stride_ = 1;
    std::vector<Band> bands_;
    std::size_t size_ = 0;
    std::unique_ptr<std::uint8_t[]> memory_;  // not a vector: it would be filled with zeros first
    std::uint8_t* bytes_ = nullptr;
};

// T is the type of a difference. A kernel adds `step_offset` to every stored step and `save_offset[p]` to every
// stored save, so that they fit T.
template <class T>
class Kernel {
public:
    virtual ~Kernel() = default;
    // In: row = top border, column = left border of r. Out: row = bottom border if `bottom`, else undefined wherever the
    // height is no multiple of row_quantum; column = right border.
    virtual void sweep(const Rect& r, Edge<T> row, Edge<T> column, bool bottom) = 0;
    virtual Trace sweep_traced(const Rect& r, Edge<T> row, Edge<T> column, bool bottom) = 0;

    int pieces = 1;  // saves per border cell: 0 where none can be above 0
    std::int32_t step_offset = 0;
    std::int32_t save_offset[2] = {0, 0};
    std::int64_t row_quantum = 1;  // heights that are multiples of this waste nothing
};

// The general kernel: int32 differences, any substitution, weights. Borrows all three arguments.
std::unique_ptr<Kernel<std::int32_t>> make_plain_kernel(const Sequence& a, const Sequence& b, const Scores& scores);

// The byte kernels of the best instruction set of this machine; null where they can't express the problem (weights,
// tables, scores too large for a byte, more than 65,000 different symbols in common).
std::unique_ptr<Kernel<std::uint8_t>> make_byte_kernel(const Sequence& a, const Sequence& b, const Scores& scores);

}  // namespace wavelode::nw
