// Words of one sequence that the other has nowhere: what every path must do without.
#pragma once

#include <cstdint>
#include <vector>

#include "nw.hpp"

namespace wavelode::nw {

struct AbsentWords {
    int shortest;  // symbols of a word, at least
    // For each position, how many words from there to the end, none overlapping another, the other side lacks; 0 at the end.
    std::vector<std::int32_t> of_a, of_b;
};

// Counts words of about half of `longest` to `longest` symbols. A count may be too low by a few, never too high.
AbsentWords absent_words(const Sequence& a, const Sequence& b, int longest);

}  // namespace wavelode::nw
