// Exact pruning: the part of the matrix that no best path can cross is left out, given the score of some path.
//
// Let B be the score of any path (anchors.hpp finds a good one) and rest(i, j) what can follow cell (i, j) at most
// (remainder.hpp). A cell with H(i, j) + rest(i, j) < B lies on no best path. It is left out whole columns at a time: a strip
// of rows starts a column before the first whose top cell is alive and ends at the first kept column where no cell is. An open
// gap stands in for what is left out (open_gap.hpp), which is never too high: scores of cells on best paths stay exact, all
// others may only fall, so the path and its ties are the same. This holds for any ends: where a start is free, the free
// gap is part of the path, and its cells are alive as any others; where an end is free, so is the cell that the path ends in.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <numeric>
#include <stdexcept>
#include <vector>

#include "border.hpp"
#include "nw.hpp"
#include "open_gap.hpp"
#include "remainder.hpp"

namespace wavelode::nw {

// Where a path ends, and its score.
struct End {
    std::int64_t i, j, score;
};

// Follows a sweep strip by strip, from the top.
class Pruning {
public:
    Pruning(std::int64_t n, std::int64_t m, const PairScores& pairs, std::int64_t bound, const AbsentWords& absent)
        : n_(n), m_(m), bound_(bound), ends_(pairs.scores.ends), rest_(n, m, pairs, absent), gap_(pairs.scores.gap), known_(m) {}

    const Gap& gap() const { return gap_.gap; }
    // What stands in for the columns right of the strip that was swept last.
    void stand_in(const OpenGap& gap) { gap_ = gap; }

    // `steps` is the whole top border of r. Whether any of its cells is alive; if not, the sweep is at its end.
    template <class T>
    bool start_strip(const Rect& r, const T* steps, std::int64_t every, std::int64_t step_offset) {
        top_ = r.top, every_ = every, step_offset_ = step_offset;
        while (!alive(top_, left_, score_left_)) {
            if (left_ == known_) return false;
            const std::int64_t next = score_left_ + steps[left_] - step_offset_;
            if (alive(top_, left_ + 1, next)) break;
            score_left_ = next, ++left_;
        }
        scan_top(steps);
        return true;
    }

    // The column where the strip starts: the one before the first living cell, so that a path straight down from that
    // cell is traced like any other. No best path crosses what is left of it.
    std::int64_t left() const { return left_; }

    // `steps` is the left border of the strip, `height` its rows.
    template <class T>
    void enter(const T* steps, std::int64_t height) {
        height_ = height;
        below_left_ = score_left_ + sum(steps, height);
    }

    // `steps` is column left + c x every: may a best path cross it? What lives right of the strip above mostly lives low.
    template <class T>
    bool goes_on(const T* steps, std::int64_t c) const {
        const std::int64_t column = left_ + c * every_;
        if (column <= last_alive_) return true;
        std::int64_t score = top_score(c) + sum(steps, height_);
        for (std::int64_t k = height_; k > 0; --k) {
            if (alive(top_ + k, column, score)) return true;
            score -= steps[k - 1] - step_offset_;
        }
        return false;
    }

    // `steps` is the right border of the strip, `swept` its columns.
    template <class T>
    void end_strip(const T* steps, std::int64_t swept) {
        known_ = left_ + swept;
        score_left_ = below_left_;
        done_ = top_ + height_;
        if (known_ < m_) return;
        if (ends_.a_end) {
            const auto [k, score] = last_best(steps, height_, top_right_);
            if (score >= in_column_.score) in_column_ = {top_ + k, m_, score};
        } else if (done_ == n_) {
            in_column_ = {n_, m_, top_right_ + sum(steps, height_)};
        }
    }

    // After the last strip: tie rule 1 of nw.hpp. `steps` is the last row.
    template <class T>
    End end(const T* steps) const {
        End in_row = kNone;
        if (ends_.b_end && done_ == n_) {
            const auto [k, score] = last_best(steps + left_, known_ - left_, score_left_);
            in_row = {n_, left_ + k, score};
        }
        const bool column_first = in_column_.score > in_row.score ||
                                  (in_column_.score == in_row.score && n_ - in_column_.i <= m_ - in_row.j);
        const End& best = column_first ? in_column_ : in_row;
        if (best.score < bound_) throw std::logic_error("the bound is above the best score");
        return best;
    }

private:
    static constexpr End kNone{0, 0, std::numeric_limits<std::int64_t>::min()};

    bool alive(std::int64_t i, std::int64_t j, std::int64_t score) const { return score + rest_(i, j) >= bound_; }

    // Scores of the top border at the cuts to come, the last living cell on it, and its score at the right end.
    template <class T>
    void scan_top(const T* steps) {
        at_cut_.assign(1, score_left_);
        for (std::int64_t j = left_; j < known_; j += every_) {
            const std::int64_t width = std::min(every_, known_ - j);
            at_known_ = at_cut_.back() + sum(steps + j, width);
            if (width == every_) at_cut_.push_back(at_known_);
        }
        if (left_ == known_) at_known_ = score_left_;
        top_right_ = at_known_ - gap_.cost(m_ - known_);
        last_alive_ = known_;
        for (std::int64_t score = at_known_; !alive(top_, last_alive_, score);) score -= steps[--last_alive_] - step_offset_;
    }

    // H(top, left + c x every); beyond what the strip above computed, what stands in for it.
    std::int64_t top_score(std::int64_t c) const {
        if (c < static_cast<std::int64_t>(at_cut_.size())) return at_cut_[c];
        return at_known_ - gap_.cost(left_ + c * every_ - known_);
    }

    template <class T>
    std::int64_t sum(const T* steps, std::int64_t size) const {
        return std::accumulate(steps, steps + size, std::int64_t{0}) - size * step_offset_;
    }

    struct Best {
        std::int64_t k, score;
    };

    // The last of the best of `size` + 1 cells along a border, the first of which has this score.
    template <class T>
    Best last_best(const T* steps, std::int64_t size, std::int64_t score) const {
        Best best{0, score};
        for (std::int64_t k = 1; k <= size; ++k) {
            score += steps[k - 1] - step_offset_;
            if (score >= best.score) best = {k, score};
        }
        return best;
    }

    const std::int64_t n_, m_, bound_;
    const FreeEnds ends_;
    const Remainder rest_;
    OpenGap gap_;
    std::int64_t step_offset_ = 0, every_ = 1;
    std::int64_t top_ = 0, height_ = 0;        // of the strip at hand
    std::int64_t left_ = 0, known_, done_ = 0;  // its columns; those of the top border that were swept; rows that were
    std::int64_t score_left_ = 0, below_left_ = 0;  // H at its top left and bottom left
    std::int64_t last_alive_ = 0, at_known_ = 0, top_right_ = 0;
    End in_column_ = kNone;  // the best end in the last column so far
    std::vector<std::int64_t> at_cut_;
};

}  // namespace wavelode::nw
