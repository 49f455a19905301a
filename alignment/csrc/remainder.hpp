// How much of a path can still be scored behind a cell, at most: the proof that pruning (prune.hpp) rests on.
//
// Behind cell (i, j) lie p = N - i symbols of a and q = M - j of b. An unpaired symbol costs at least e, the smallest
// extension of a gap, unless it lies behind the end of the path, where its side's end is free. A path ends in the last row
// or the last column, so it leaves a tail of one side only. With c_a = 0 where a's end is the free one, else c_a = e, and
// c_b alike, the score of what is left is at most
//     -c_a p - c_b q + sum over pairs of (S + c_a + c_b) - what gaps cost above e per symbol
// and the sum is at most that of M' over the symbols left of a, and of b, where M' = the symbol's best pair score + c_a + c_b,
// or 0 if that is less; by equality it is the same for all. Where both ends are free, it is the larger of the two cases.
//     The opening of a gap must not be charged: a path may come through
// (i, j) with a gap already open.
//     Absent words make it tighter (after the seed heuristic of Groot Koerkamp and Ivanov 2024). Take words of what is left
// of a, none overlapping another, that b has nowhere. Such a word is not paired whole, so inside it a pair is not the best,
// or a gap in a opens, or a symbol is unpaired; where a gap in b covers several words, all but its first and last lose M'
// for each of their symbols, and these two share its opening. So a word of k symbols loses at least, of all symbols,
//     d = min(best pair score - best with another than its equal, g, M' + g / 2, k M'),   g = the least of open + extend - e
// save one, which the gap that is already open may end in, and one more where the path may end in it and leave the rest free.
// The same holds for b:
//     rest(i, j) = -c_a p - c_b q + min(sum of M' - d max(0, absent_a(i) - 1 - free_a), sum of M' - d max(0, absent_b(j) - 1 - free_b))
// In column 0, where a's start is free, a path may go on down for nothing: there it is the most of rest(i', 0), i' >= i; in row
// 0 alike.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "absent.hpp"
#include "nw.hpp"
#include "pair_scores.hpp"

namespace wavelode::nw {

class Remainder {
public:
    Remainder(std::int64_t n, std::int64_t m, const PairScores& pairs, const AbsentWords& absent)
        : n_(n), m_(m), shortest_(absent.shortest) {
        const Scores& s = pairs.scores;
        const auto [a_start, a_end, b_start, b_end] = s.ends;
        const std::int64_t e = least_extension(s.gap);
        if (a_end && b_end && e > 0) {
            cases_.push_back(ends(pairs, e, true, false, absent));
            cases_.push_back(ends(pairs, e, false, true, absent));
        } else {
            cases_.push_back(ends(pairs, e, a_end, b_end, absent));
        }
        if (a_start) from_column_ = from_start(n, [this](std::int64_t i) { return behind(i, 0); });
        if (b_start) from_row_ = from_start(m, [this](std::int64_t j) { return behind(0, j); });
    }

    // Whether absent words make it tighter: under linear gaps an unpaired symbol may break a word at no cost of its own.
    static bool uses_words(const Scores& s) { return opening(s.gap) > 0; }

    std::int64_t operator()(std::int64_t i, std::int64_t j) const {
        const bool in_column = j == 0 && !from_column_.empty(), in_row = i == 0 && !from_row_.empty();
        if (in_column && in_row) return std::max(from_column_[i], from_row_[j]);
        return in_column ? from_column_[i] : in_row ? from_row_[j] : behind(i, j);
    }

private:
    // One way for a path to end.
    struct Case {
        std::int64_t charge_a, charge_b;
        std::vector<std::int64_t> by_a, by_b;  // the bound by each side's symbols, without the other side's charges
    };

    // rest(i, j), where the path has left the free start.
    std::int64_t behind(std::int64_t i, std::int64_t j) const {
        const std::int64_t first = most(cases_.front(), i, j);
        return cases_.size() == 1 ? first : std::max(first, most(cases_.back(), i, j));
    }

    std::int64_t most(const Case& c, std::int64_t i, std::int64_t j) const {
        return std::min(c.by_a[i] - c.charge_b * (m_ - j), c.by_b[j] - c.charge_a * (n_ - i));
    }

    Case ends(const PairScores& pairs, std::int64_t e, bool free_a, bool free_b, const AbsentWords& absent) const {
        Case c{free_a ? 0 : e, free_b ? 0 : e, {}, {}};
        const std::int64_t charges = c.charge_a + c.charge_b, g = opening(pairs.scores.gap);
        c.by_a = by_side(absent.of_a, pairs.of_a, charges, c.charge_a, g, 1 + free_a);
        c.by_b = by_side(absent.of_b, pairs.of_b, charges, c.charge_b, g, 1 + free_b);
        return c;
    }

    // e and g of the head of this file.
    static std::int64_t least_extension(const Gap& gap) { return *std::min_element(gap.extend, gap.extend + gap.pieces); }
    static std::int64_t opening(const Gap& gap) {
        std::int64_t least = std::int64_t{gap.open[0]} + gap.extend[0];
        if (gap.pieces == 2) least = std::min<std::int64_t>(least, std::int64_t{gap.open[1]} + gap.extend[1]);
        return least - least_extension(gap);
    }

    // M' of a symbol whose best pair scores so much.
    static std::int64_t worth(std::int64_t best, std::int64_t charges) { return std::max<std::int64_t>(0, best + charges); }

    // d of one side.
    std::int64_t loss_per_word(const SideScores& side, std::int64_t charges, std::int64_t g) const {
        const std::int64_t least = worth(side.least_best(), charges);
        return std::max<std::int64_t>(0, std::min({side.loss(), g, least + g / 2, shortest_ * least}));
    }

    // At each position of a free start: it may be left there or later.
    template <class Rest>
    static std::vector<std::int64_t> from_start(std::int64_t size, const Rest& rest) {
        std::vector<std::int64_t> result(size + 1);
        result[size] = rest(size);
        for (std::int64_t i = size - 1; i >= 0; --i) result[i] = std::max(result[i + 1], rest(i));
        return result;
    }

    std::vector<std::int64_t> by_side(const std::vector<std::int32_t>& absent, const SideScores& side, std::int64_t charges,
                                      std::int64_t own_charge, std::int64_t g, int saved) const {
        const auto size = static_cast<std::int64_t>(absent.size()) - 1;
        const std::int64_t loss = loss_per_word(side, charges, g);
        std::vector<std::int64_t> result(size + 1);
        std::int64_t pairs = 0;
        for (std::int64_t i = size - 1; i >= 0; --i) {
            pairs += worth(side.best(i), charges) - own_charge;
            result[i] = pairs - loss * std::max(0, absent[i] - saved);
        }
        return result;
    }

    std::int64_t n_, m_, shortest_;
    std::vector<Case> cases_;
    std::vector<std::int64_t> from_column_, from_row_;  // where column 0 or row 0 is a free start
};

}  // namespace wavelode::nw
