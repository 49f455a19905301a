// A good path found cheaply, for its score: stretches that occur once on each side, chained, and the rest filled in.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "border.hpp"
#include "nw.hpp"

namespace wavelode::nw {

// a[i : i + length] and b[j : j + length] are equal.
struct Match {
    std::int64_t i, j, length;
};

// How many symbols in a row hardly ever repeat by chance in sequences like these.
int kmer_length(const Sequence& a, const Sequence& b);

struct Seeds {
    std::vector<Match> unique;  // k-mers that occur exactly once on each side, runs on a diagonal joined, in order of a
    // For each position, how many of the k-mers that lie end to end from there to the end the other side lacks.
    std::vector<std::int32_t> lost_a, lost_b;
};

Seeds find_seeds(const Sequence& a, const Sequence& b, int k);

constexpr int kLopsided = 3;

struct ChainCosts {
    int k;                 // of the k-mers the matches are made of
    double rate;           // about what a pair scores where nothing matches, in a square
    double lopsided_rate;  // and where one side is kLopsided times as long, the surplus not counted
};

// A good chain of matches that go forward on both sides, by what pairs score and gaps cost; trimmed where they overlap,
// then grown into the gaps between them.
std::vector<Match> chain(const std::vector<Match>& matches, const Sequence& a, const Sequence& b, const Scores& scores,
                         const ChainCosts& costs);

// What is known before the sweep.
struct Bound {
    std::int64_t score;  // of some path, both ends charged: never more than the best
    int k;
    std::vector<std::int32_t> lost_a, lost_b;  // as in Seeds
};

// `exact` scores a rectangle between two matches of the chain; it is asked for no more than `budget` cells in all, what
// is left is crossed by two gaps.
Bound anchored_bound(const Sequence& a, const Sequence& b, const Scores& scores, double budget,
                     const std::function<std::int64_t(const Rect&)>& exact);

}  // namespace wavelode::nw
