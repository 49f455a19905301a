// One band of a rectangle on its way through a kernel: its borders laid out for the lanes, and back.
#pragma once

#include <cstdint>
#include <vector>

#include "band_job.hpp"
#include "border.hpp"
#include "kernel.hpp"
#include "offsets.hpp"
#include "planes.hpp"

namespace wavelode::nw {

// All that stays the same while a pair is aligned.
struct ByteProblem {
    const BandFunctions& functions;
    const Offsets offsets;
    const Planes planes;
    const Scores& scores;
};

// How the rows of a band lie in the lanes: lane l has rows l x depth ... of it.
struct Lanes {
    std::int64_t rows, depth, lanes, used;

    Lanes(std::int64_t rows_, std::int64_t lanes_)
        : rows(rows_), depth((rows_ + lanes_ - 1) / lanes_), lanes(lanes_), used((rows_ + depth - 1) / depth) {}
    bool full() const { return used * depth == rows; }

    void spread(const std::uint8_t* from, std::uint8_t filler, std::uint8_t* to) const;
    void gather(const std::uint8_t* from, std::uint8_t* to) const;
    void mask(std::uint8_t* to) const;
};

struct alignas(64) Line {
    std::uint8_t bytes[64];
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
    // Columns are kept on the way; `first_row` is where the band starts in them.
    void keep_cuts(Cuts<std::uint8_t>& cuts, std::int64_t every, std::int64_t first_row);
    // On to column c x every or the end, where all lanes have passed it; 1, 2, 3, ... in turn.
    void sweep_to_cut(std::int64_t c);
    // Writes the right border.
    void finish();

private:
    BandFunction function(bool traced) const;
    void lay_out(const Rect& rect);
    void lay_out_profile(const Rect& rect);
    void lay_out_class(std::int64_t c, std::int64_t top, std::int64_t bottom, std::uint8_t* to) const;

    const ByteProblem& problem_;
    BandJob job_{};
    Lanes lanes_{1, 1};
    Edge<std::uint8_t> column_{};
    Cuts<std::uint8_t>* cuts_ = nullptr;
    std::int64_t first_row_ = 0;
    RowBytes symbols_[3], u_, y_[2], mask_, columns_;
    std::vector<std::uint8_t> profile_;
    std::vector<Line> pair_scores_;
};

}  // namespace wavelode::nw
