// How the rows of a band lie in the lanes of vectors.
#pragma once

#include <cstdint>

namespace wavelode::nw {

// Lane l has rows l x depth ... of it.
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

}  // namespace wavelode::nw
