// A good path found cheaply, for its score: stretches that occur once on each side, chained, and the rest filled in.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "border.hpp"
#include "nw.hpp"
#include "pair_scores.hpp"
#include "words.hpp"

namespace wavelode::nw {

// a[i : i + length] and b[j : j + length] are equal.
struct Match {
    std::int64_t i, j, length;
};

// The words of two sequences, of up to k symbols: so many in a row hardly ever repeat by chance in sequences like these.
struct Words {
    Words(const Sequence& a, const Sequence& b);

    int k;
    WordHashes of_a, of_b;
};

// Where anchors are looked for. The symbols are classes where the scores are a table.
struct Ground {
    const Sequence &a, &b;
    const Words& words;
    const PairScores& pairs;
};

// Words of k symbols that occur exactly once on each side, runs on a diagonal joined, in order of a.
std::vector<Match> unique_matches(const Ground& ground);

constexpr int kLopsided = 3;

struct ChainCosts {
    double rate;           // about what a pair scores where nothing matches, in a square
    double lopsided_rate;  // and where one side is kLopsided times as long, the surplus not counted
};

// A good chain of matches that go forward on both sides, by what pairs score and gaps cost; trimmed where they overlap,
// then grown into the gaps between them.
std::vector<Match> chain(const std::vector<Match>& matches, const Ground& ground, const ChainCosts& costs);

// A rectangle by itself, with ends of its own.
struct Piece {
    Rect rect;
    FreeEnds ends;
};
// The best score of each.
using ExactScores = std::function<std::vector<std::int64_t>(const std::vector<Piece>&)>;

// Some path: its score, never more than the best, and the matches on it, from the start to the end.
struct Anchored {
    std::int64_t score;
    std::vector<Match> matches;
};

// What lies between two matches of the chain is scored by `exact`, no more than `budget` cells in all; what is left is
// crossed by two gaps.
Anchored anchored_path(const Ground& ground, double budget, const ExactScores& exact);

}  // namespace wavelode::nw
