// From a kernel that sweeps rectangles to the path: tiles with kept borders, and the walk back through those it crosses.
#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "kernel.hpp"

namespace wavelode::nw {

// How large the tiles of one rectangle are.
struct TileShape {
    std::int64_t rows, columns;
};

// Where the walk stands: on H(i, j), or in the gap that `gap` names.
struct Cursor {
    std::int64_t i, j;
    std::uint8_t gap = 0;  // 0: on H; else the kEnd.. bit of the gap that is open
};

// Steps in the order of the walk, from the end.
class Runs {
public:
    void push(Op op, std::int64_t length = 1) {
        if (length == 0) return;
        if (!runs_.empty() && runs_.back().op == op)
            runs_.back().length += length;
        else
            runs_.push_back({op, length});
    }
    std::vector<Run> forward() {
        std::reverse(runs_.begin(), runs_.end());
        return std::move(runs_);
    }

private:
    std::vector<Run> runs_;
};

// One step of the walk: tie rules 2 and 3 of nw.hpp.
inline void step_back(std::uint8_t bits, Cursor& at, Runs& runs) {
    if (bits & at.gap) at.gap = 0;
    if (!at.gap) {
        if (bits & kFromPair) {
            runs.push(kPair);
            --at.i, --at.j;
            return;
        }
        at.gap = bits & kFromE1 ? kEndE1 : bits & kFromE2 ? kEndE2 : bits & kFromF1 ? kEndF1 : kEndF2;
    }
    if (at.gap == kEndE1 || at.gap == kEndE2) {
        runs.push(kGapInB);
        --at.i;
    } else {
        runs.push(kGapInA);
        --at.j;
    }
}

// A rectangle that was swept: either with its trace, or with the borders of its tiles.
template <class T>
class Swept {
public:
    // row and column hold the top and left borders; afterwards the bottom and right ones.
    Swept(Kernel<T>& kernel, const Rect& r, Edge<T> row, Edge<T> column, bool bottom, const Tuning& tuning,
          int level = 0)
        : kernel_(kernel), rect_(r), tuning_(tuning), level_(level), shape_(shape()) {
        if (is_leaf())
            trace_ = kernel.sweep_traced(r, row, column, bottom);
        else
            sweep_tiles(row, column, bottom);
    }

    // Walks back until the cursor leaves the rectangle through its top or left.
    void walk(Cursor& at, Runs& runs) {
        if (strips_.empty()) {
            while (at.i > rect_.top && at.j > rect_.left) step_back(trace_.at(at.i, at.j), at, runs);
            return;
        }
        while (at.i > rect_.top && at.j > rect_.left) walk_tile(at, runs);
    }

private:
    struct Strip {
        Border<T> top;
        std::vector<Border<T>> lefts;  // of its tiles
    };

    bool is_leaf() const {
        const std::int64_t most = tuning_.leaf_cells ? tuning_.leaf_cells : std::int64_t{1} << 22;
        return rect_.cells() <= static_cast<double>(most) ||
               (shape_.rows >= rect_.height() && shape_.columns >= rect_.width());
    }

    // About twelve tiles each way, in whole quanta, but no side so short that borders outweigh cells.
    TileShape shape() const {
        static constexpr std::int64_t kAcross = 12, kShortest = 512;
        const auto side = [this](std::int64_t size, std::int64_t quantum, std::int64_t wish) {
            if (wish) return std::max<std::int64_t>(1, wish >> level_);
            const std::int64_t least = std::max(kShortest, (size + kAcross - 1) / kAcross);
            return (least + quantum - 1) / quantum * quantum;
        };
        return {side(rect_.height(), kernel_.row_quantum, tuning_.tile_rows),
                side(rect_.width(), 1, tuning_.tile_columns)};
    }

    void sweep_tiles(Edge<T> row, Edge<T> column, bool last_bottom) {
        for (std::int64_t top = rect_.top; top < rect_.bottom; top += shape_.rows) {
            const std::int64_t bottom = std::min(top + shape_.rows, rect_.bottom);
            Strip strip{Border<T>(row, rect_.width(), kernel_.pieces), {}};
            const Edge<T> left = column.from(top - rect_.top);
            for (std::int64_t start = rect_.left; start < rect_.right; start += shape_.columns) {
                const std::int64_t end = std::min(start + shape_.columns, rect_.right);
                strip.lefts.emplace_back(left, bottom - top, kernel_.pieces);
                kernel_.sweep({top, start, bottom, end}, row.from(start - rect_.left), left,
                              last_bottom || bottom < rect_.bottom);
            }
            strips_.push_back(std::move(strip));
        }
    }

    // The tile that holds the cursor is swept again as far as the cursor, from copies of its borders.
    void walk_tile(Cursor& at, Runs& runs) {
        const std::int64_t s = (at.i - 1 - rect_.top) / shape_.rows, t = (at.j - 1 - rect_.left) / shape_.columns;
        const Rect tile{rect_.top + s * shape_.rows, rect_.left + t * shape_.columns, at.i, at.j};
        Strip& strip = strips_[s];
        Border<T> row(strip.top.edge().from(t * shape_.columns), tile.width(), kernel_.pieces);
        Border<T> column(strip.lefts[t].edge(), tile.height(), kernel_.pieces);
        Swept<T>(kernel_, tile, row.edge(), column.edge(), false, tuning_, level_ + 1).walk(at, runs);
    }

    Kernel<T>& kernel_;
    Rect rect_;
    Tuning tuning_;
    int level_;
    TileShape shape_;
    std::vector<Strip> strips_;
    Trace trace_;
};

}  // namespace wavelode::nw
