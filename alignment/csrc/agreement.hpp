// For self-tests and fuzzers: one problem, solved in every way this machine has.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "nw.hpp"

namespace wavelode::nw {

struct Problem {
    std::vector<std::int32_t> a, b;
    std::vector<std::int32_t> weights_a, weights_b;  // or empty: none
    Scores scores;
    Tuning tuning;  // of one of the ways
};

// Whether every instruction set, tiled, pruned and threaded or not, gives the general kernel's path, and that path scores
// what it says, or all refuse the problem. Empty if so, else a sentence. Sets WAVELODE_NW_ISA.
std::string disagreement(const Problem& problem);

}  // namespace wavelode::nw
