// One band of a rectangle on its way through a kernel: its borders laid out for the lanes, and back.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "band_job.hpp"
#include "border.hpp"
#include "kernel.hpp"
#include "lane_numbers.hpp"
#include "lanes.hpp"
#include "offsets.hpp"
#include "planes.hpp"
#include "profile.hpp"

namespace wavelode::nw {

// All that stays the same while a pair is aligned.
struct ByteProblem {
    ByteProblem(const BandFunctions& functions_, const Offsets& offsets_, Planes planes_, const Scores& scores)
        : functions(functions_), offsets(offsets_), planes(std::move(planes_)) {
        if (planes.kind == Symbols::kTable) table = ByteTable(planes, scores, offsets);
    }
    const BandFunctions& functions;
    const Offsets offsets;
    const Planes planes;
    ByteTable table;  // kTable

    const BandKernel& kernel(bool traced) const {
        const auto& kernels = traced ? functions.traced : functions.swept;
        return kernels[offsets.pieces][static_cast<int>(planes.kind)];
    }
};

// Aligned for the widest vectors; holds one byte per row of a band.
class RowBytes {
public:
    RowBytes() : lines_(kMostBandRows / 64 + 1) {}
    std::uint8_t* data() { return lines_.front().bytes; }

private:
    std::vector<Line> lines_;
};

// Its memory is used for one band after the other.
class Band {
public:
    explicit Band(const ByteProblem& problem) : problem_(problem) {}

    // `column` is the left border of `rect`, `row` its top border; `bottom` as in Kernel::sweep.
    void start(const Rect& rect, Edge<std::uint8_t> row, Edge<std::uint8_t> column, bool bottom);
    // From the start to the end.
    void sweep(std::uint8_t* trace);
    // `first_row` is where the band starts in columns that are kept on the way.
    void starts_at(std::int64_t first_row) { first_row_ = first_row; }
    // On from where it is until all lanes have passed this column, a multiple of the stride, or the end. It is kept in `cut`,
    // if that has memory.
    void sweep_to(std::int64_t column, Edge<std::uint8_t> cut);
    // Writes the right border.
    void finish();

private:
    void lay_out(const Rect& rect);
    void enter_rows();
    void leave_rows();

    const ByteProblem& problem_;
    BandJob job_{};
    Lanes lanes_{1, 1};
    Edge<std::uint8_t> column_{};
    std::int64_t first_row_ = 0;
    RowBytes symbols_[2], u_, f_[2], mask_, columns_;
    LaneNumbers numbers_;
    Profile profile_;
};

}  // namespace wavelode::nw
