// Exact pruning: which part of the matrix no best path can cross, given the score of some path.
//
// Let B be the score of any path (anchors.hpp finds a good one). From cell (i, j), with p = N - i and q = M - j symbols
// left, no path gains more than
//     rest(p, q) = best min(p, q) - extend |p - q|
// where best is the largest pair score or 0 and extend the smallest extension of a gap. The opening of a gap must not be
// charged: a path may come through (i, j) with a gap already open. A cell with H(i, j) + rest(p, q) < B lies on no best
// path. It is left out whole columns at a time: a strip of rows starts at the first column whose top cell is alive and
// ends at the first kept column where no cell is. What is left out is replaced by one gap along the border, which is a
// path and so never too high: scores of cells on best paths stay exact, all others may only fall, so the path and its ties are the same.
#pragma once

#include <algorithm>
#include <cstdint>
#include <stdexcept>
#include <vector>

#include "border.hpp"
#include "nw.hpp"

namespace wavelode::nw {

// Follows a sweep strip by strip, from the top. Ends must not be free.
class Pruning {
public:
    Pruning(std::int64_t n, std::int64_t m, const Scores& s, std::int64_t bound)
        : n_(n), m_(m), bound_(bound), best_(std::max(0, s.best())), gap_(s.gap), known_(m) {
        extend_ = *std::min_element(s.gap.extend, s.gap.extend + s.gap.pieces);
        score_left_ = 0;
    }

    // What stands in for cells that are left out: one gap from the last cell that is not.
    const Gap& gap() const { return gap_; }

    // `steps` is the whole top border of r. Returns the column where the strip starts.
    template <class T>
    std::int64_t start_strip(const Rect& r, const T* steps, std::int64_t every, std::int64_t step_offset) {
        top_ = r.top, every_ = every, step_offset_ = step_offset;
        while (!alive(top_, left_, score_left_)) {
            if (left_ == known_) throw std::logic_error("the bound is above the best score");
            score_left_ += steps[left_++] - step_offset_;
        }
        scan_top(steps);
        return left_;
    }

    // `steps` is the left border of the strip, `height` its rows.
    template <class T>
    void enter(const T* steps, std::int64_t height) {
        height_ = height;
        below_left_ = score_left_ + sum(steps, height);
    }

    // `steps` is column left + c x every: may a best path cross it?
    template <class T>
    bool goes_on(const T* steps, std::int64_t c) {
        const std::int64_t column = left_ + c * every_;
        if (column <= last_alive_) return true;
        std::int64_t score = top_score(c);
        for (std::int64_t k = 0; k < height_; ++k) {
            score += steps[k] - step_offset_;
            if (alive(top_ + k + 1, column, score)) return true;
        }
        return false;
    }

    // `steps` is the right border of the strip, `swept` its columns.
    template <class T>
    void end_strip(const T* steps, std::int64_t swept) {
        known_ = left_ + swept;
        score_left_ = below_left_;
        if (known_ == m_) corner_ = top_right_ + sum(steps, height_);
    }

    // After the last strip: H(N, M).
    std::int64_t corner() const { return corner_; }

private:
    bool alive(std::int64_t i, std::int64_t j, std::int64_t score) const {
        const std::int64_t p = n_ - i, q = m_ - j;
        return score + best_ * std::min(p, q) - extend_ * std::abs(p - q) >= bound_;
    }

    // Scores of the top border at the cuts to come, the last living cell on it, and its score at the right end.
    template <class T>
    void scan_top(const T* steps) {
        at_cut_.clear();
        last_alive_ = left_;
        std::int64_t score = score_left_;
        for (std::int64_t j = left_;; ++j) {
            if ((j - left_) % every_ == 0) at_cut_.push_back(score);
            if (alive(top_, j, score)) last_alive_ = j;
            if (j == known_) break;
            score += steps[j] - step_offset_;
        }
        at_known_ = score;
        top_right_ = score - gap_.cost(m_ - known_);
    }

    // H(top, left + c x every); beyond what the strip above computed, its lower bound.
    std::int64_t top_score(std::int64_t c) const {
        if (c < static_cast<std::int64_t>(at_cut_.size())) return at_cut_[c];
        return at_known_ - gap_.cost(left_ + c * every_ - known_);
    }

    template <class T>
    std::int64_t sum(const T* steps, std::int64_t size) const {
        std::int64_t total = 0;
        for (std::int64_t k = 0; k < size; ++k) total += steps[k];
        return total - size * step_offset_;
    }

    const std::int64_t n_, m_, bound_, best_;
    const Gap gap_;
    std::int64_t extend_ = 0, step_offset_ = 0, every_ = 1;
    std::int64_t top_ = 0, height_ = 0;        // of the strip at hand
    std::int64_t left_ = 0, known_;            // its columns; those of the top border that are not made up
    std::int64_t score_left_ = 0, below_left_ = 0;  // H at its top left and bottom left
    std::int64_t last_alive_ = 0, at_known_ = 0, top_right_ = 0, corner_ = 0;
    std::vector<std::int64_t> at_cut_;
};

}  // namespace wavelode::nw
