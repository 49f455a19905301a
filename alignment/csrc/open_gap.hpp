// What stands in for the cells that pruning leaves out: one gap along the border, from the last cell that is known.
//
// It is the score of a path, so never too high. Where a gap is open at the known cell, it goes on from there, each piece
// with what it saves over opening anew. Then no step along or across the border is larger than in the whole matrix: of a
// gap that runs beside the border, from however far, the border has the like, from one column (or row) before.
#pragma once

#include <algorithm>
#include <cstdint>

#include "kernel.hpp"
#include "nw.hpp"

namespace wavelode::nw {

struct OpenGap {
    Gap gap;
    std::int64_t saved[2] = {0, 0};

    // None is open yet.
    explicit OpenGap(const Gap& gap_) : gap(gap_) {}
    // As it is open in border cell k, a cell next to the gap.
    template <class T>
    OpenGap(const Gap& gap_, const Kernel<T>& kernel, const Edge<T>& edge, std::int64_t k) : gap(gap_) {
        for (int p = 0; p < std::min(gap.pieces, kernel.pieces); ++p) saved[p] = edge.save[p][k];
    }

    // Of `length` more symbols.
    std::int64_t cost(std::int64_t length) const {
        if (length == 0) return 0;
        std::int64_t least = piece(0, length);
        if (gap.pieces == 2) least = std::min(least, piece(1, length));
        return least;
    }

    // A border along the gap, closed at every cell.
    template <class T>
    void fill(Edge<T> edge, std::int64_t size, const Kernel<T>& kernel) const {
        fill_flat(edge, size, kernel);
        const int last = gap.pieces - 1;
        std::int64_t k = 0;
        for (std::int64_t before = 0; k < size && (k == 0 || before != piece(last, k)); ++k) {
            const std::int64_t now = cost(k + 1);
            edge.step[k] = static_cast<T>(kernel.step_offset - (now - before));
            before = now;
        }
        std::fill_n(edge.step + k, size - k, static_cast<T>(kernel.step_offset - gap.extend[last]));
    }

private:
    std::int64_t piece(int p, std::int64_t length) const { return gap.open[p] - saved[p] + gap.extend[p] * length; }
};

}  // namespace wavelode::nw
