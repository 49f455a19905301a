// What pairs can score, symbol by symbol: for bounds, and for paths of equal symbols. Where the scores are a table, the symbols
// of both sequences are classes here.
#pragma once

#include <cstdint>
#include <vector>

#include "nw.hpp"

namespace wavelode::nw {

// The symbols of one sequence.
class SideScores {
public:
    // All score alike: at most `best`, and unless they are equal `loss` less.
    SideScores(std::int64_t best, std::int64_t loss) : best_(best), least_(best), loss_(loss) {}
    // By a table with a row for each class; `step` and `row_step` lead from one score of a symbol to the next, and from class to
    // class. `other` says which classes the other sequence has.
    SideScores(const Sequence& s, const std::vector<bool>& other, const std::int32_t* table, std::int64_t row_step, std::int64_t step);

    // The most that symbol i scores in any pair.
    std::int64_t best(std::int64_t i) const { return classes_ ? by_class_[classes_[i]] : best_; }
    std::int64_t least_best() const { return least_; }
    // The least that any symbol loses in a pair with another than its equal.
    std::int64_t loss() const { return loss_; }

private:
    std::int64_t best_ = 0, least_ = 0, loss_ = 0;
    const std::int32_t* classes_ = nullptr;
    std::vector<std::int32_t> by_class_;
};

struct PairScores {
    PairScores(const Sequence& a, const Sequence& b, const Scores& scores);

    // Of `length` symbols of a from i on, each with its equal.
    std::int64_t equal(std::int64_t i, std::int64_t length) const;

    const Scores& scores;
    const std::int32_t* symbols;  // of a
    SideScores of_a, of_b;
};

}  // namespace wavelode::nw
