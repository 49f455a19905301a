// Exact pruning: which part of the matrix no best path can cross, given the score of some path.
//
// Let B be the score of any path (anchors.hpp finds a good one), e the smallest extension of a gap. Every unpaired symbol
// costs at least e, so the score of what is left behind cell (i, j), p = N - i and q = M - j symbols, is
//     -e (p + q) + sum over pairs of (S + 2 e) - what gaps cost above e per symbol
// and the sum is at most M' p and at most M' q, where M' = best pair score + 2 e, or 0 if that is less. The opening of a
// gap must not be charged: a path may come through (i, j) with a gap already open.
//     Seeds make it tighter (after the seed heuristic of Groot Koerkamp and Ivanov 2024). Cut what is left of a into
// k-mers end to end. One that b lacks is not paired whole, so inside it a pair is not the best, or a gap in a opens, or a
// symbol is unpaired; where a gap in b covers several, all but its first and last lose k M', and these two share its
// opening. So each such k-mer loses at least
//     d = min(best - second best pair score, g, M' + g / 2, k M'),   g = the least of open + extend - e
// save one, which the gap that is already open may end in. The same holds for b:
//     rest(i, j) = -e (p + q) + min(M' p - d max(0, lost_a(i) - 1), M' q - d max(0, lost_b(j) - 1))
// A cell with H(i, j) + rest(i, j) < B lies on no best path. It is left out whole columns at a time: a strip of rows
// starts at the first column whose top cell is alive and ends at the first kept column where no cell is. What is left out
// is replaced by one gap along the border, which is a path and so never too high: scores of cells on best paths stay
// exact, all others may only fall, so the path and its ties are the same.
#pragma once

#include <algorithm>
#include <cstdint>
#include <stdexcept>
#include <vector>

#include "anchors.hpp"
#include "border.hpp"
#include "nw.hpp"

namespace wavelode::nw {

// Follows a sweep strip by strip, from the top. Ends must not be free.
class Pruning {
public:
    Pruning(std::int64_t n, std::int64_t m, const Scores& s, const Bound& bound)
        : n_(n), m_(m), bound_(bound.score), gap_(s.gap), known_(m) {
        extend_ = *std::min_element(gap_.extend, gap_.extend + gap_.pieces);
        const std::int64_t best = std::max<std::int64_t>(0, s.best() + 2 * extend_), loss = loss_per_seed(s, best, bound.k);
        rest_a_ = rests(n, best, loss, bound.lost_a);
        rest_b_ = rests(m, best, loss, bound.lost_b);
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
        return score + std::min(rest_a_[i] - extend_ * (m_ - j), rest_b_[j] - extend_ * (n_ - i)) >= bound_;
    }

    // d of the head of this file.
    std::int64_t loss_per_seed(const Scores& s, std::int64_t best, std::int64_t k) const {
        const std::int64_t second = s.kind == Substitution::kClasses ? std::max(s.mismatch, s.same_class) : s.mismatch;
        std::int64_t opening = std::int64_t{gap_.open[0]} + gap_.extend[0] - extend_;
        if (gap_.pieces == 2) opening = std::min<std::int64_t>(opening, gap_.open[1] + gap_.extend[1] - extend_);
        const std::int64_t least = std::min({s.match - second, opening, best + opening / 2, k * best});
        return std::max<std::int64_t>(0, least);
    }

    // What is left of one side can gain, at each position, without the extensions of the other side.
    std::vector<std::int64_t> rests(std::int64_t size, std::int64_t best, std::int64_t loss,
                                    const std::vector<std::int32_t>& lost) const {
        std::vector<std::int64_t> result(size + 1);
        for (std::int64_t i = 0; i <= size; ++i)
            result[i] = (best - extend_) * (size - i) - loss * std::max(0, lost[i] - 1);
        return result;
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

    const std::int64_t n_, m_, bound_;
    const Gap gap_;
    std::int64_t extend_ = 0, step_offset_ = 0, every_ = 1;
    std::int64_t top_ = 0, height_ = 0;        // of the strip at hand
    std::int64_t left_ = 0, known_;            // its columns; those of the top border that are not made up
    std::int64_t score_left_ = 0, below_left_ = 0;  // H at its top left and bottom left
    std::int64_t last_alive_ = 0, at_known_ = 0, top_right_ = 0, corner_ = 0;
    std::vector<std::int64_t> at_cut_, rest_a_, rest_b_;
};

}  // namespace wavelode::nw
