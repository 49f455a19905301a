// Words of one sequence that the other has nowhere: what every path must do without.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "words.hpp"

namespace wavelode::nw {

struct AbsentWords {
    // None, for sequences of n and m symbols.
    AbsentWords(std::int64_t n, std::int64_t m) : of_a(n + 1), of_b(m + 1) {}
    AbsentWords(int shortest_, std::vector<std::int32_t> of_a_, std::vector<std::int32_t> of_b_)
        : shortest(shortest_), of_a(std::move(of_a_)), of_b(std::move(of_b_)) {}

    int shortest = 1;  // symbols of a word, at least
    // For each position, how many words from there to the end, none overlapping another, the other side lacks; 0 at the end.
    std::vector<std::int32_t> of_a, of_b;
};

// Counts words of about half of `longest` to `longest` symbols. A count may be too low by a few, never too high.
AbsentWords absent_words(const WordHashes& a, const WordHashes& b, int longest);

}  // namespace wavelode::nw
