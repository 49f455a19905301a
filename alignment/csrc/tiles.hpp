// From a kernel that sweeps rectangles to the path: tiles with kept borders, and the walk back through those it crosses.
#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "kernel.hpp"
#include "open_gap.hpp"
#include "prune.hpp"
#include "walk.hpp"

namespace wavelode::nw {

struct TileShape {
    std::int64_t rows, columns;
};

// Tiles of about the smallest side with which the borders of all of them stay within `budget` bytes.
inline TileShape tile_shape(const Rect& r, std::int64_t border_bytes, std::int64_t shortest, const TileShape& quantum) {
    constexpr double kBudget = 64e6;
    const double weight = r.cells() * static_cast<double>(border_bytes);  // of all borders, times the side
    const auto whole = [](double size, std::int64_t unit) {
        return (static_cast<std::int64_t>(size) + unit - 1) / unit * unit;
    };
    const std::int64_t rows = whole(std::max(static_cast<double>(shortest), 2 * weight / kBudget), quantum.rows);
    const double rest = kBudget - weight / static_cast<double>(rows);
    return {rows, whole(std::max(static_cast<double>(shortest), weight / rest), quantum.columns)};
}

// A row of tiles. A pruned one starts right of the rectangle's left side and ends before its right side.
template <class T>
struct Strip {
    std::int64_t left = 0;
    Border<T> top;
    std::vector<Border<T>> lefts;  // of its tiles
};

// A rectangle that was swept: either with its trace, or with the borders of its tiles.
template <class T>
class Swept {
public:
    // row and column hold the top and left borders; afterwards the bottom and right ones, but for a pruned sweep.
    // `bottom` says whether the bottom one is wanted.
    Swept(Kernel<T>& kernel, const Rect& r, Edge<T> row, Edge<T> column, bool bottom, const Tuning& tuning,
          Pruning* pruning = nullptr, int level = 0)
        : kernel_(kernel), rect_(r), tuning_(tuning), pruning_(pruning), level_(level), shape_(shape()) {
        if (is_leaf())
            trace_ = kernel.sweep_traced(r, row, column, bottom);
        else
            sweep_tiles(row, column, bottom);
    }

    // Walks back until the cursor leaves the rectangle, or what lies below and right of `stop`, through the top or the left.
    // Any number of threads may, each with a kernel of its own.
    void walk(Kernel<T>& kernel, Cursor& at, Runs& runs, const Point& stop) {
        if (strips_.empty()) return walk_trace(at, runs, stop);
        while (inside(at, stop) && is_kept(at)) walk_tile(kernel, at, runs, stop);
    }

private:
    bool inside(const Cursor& at, const Point& stop) const {
        return at.i > std::max(rect_.top, stop.i) && at.j > std::max(rect_.left, stop.j);
    }

    void walk_trace(Cursor& at, Runs& runs, const Point& stop) const {
        if (!inside(at, stop)) return;
        Trace::Row row = trace_.row(at.i);
        for (;;) {
            const std::int64_t before = at.i;
            step_back(trace_.at(row, at.j), at, runs);
            if (!inside(at, stop)) return;
            if (at.i < before) trace_.up(row);
        }
    }

    std::int64_t strip_of(const Cursor& at) const { return (at.i - 1 - rect_.top) / shape_.rows; }

    // Not where pruning left the cell out; a best path has no such cells.
    bool is_kept(const Cursor& at) const {
        const std::int64_t s = strip_of(at);
        if (s >= static_cast<std::int64_t>(strips_.size())) return false;
        return at.j > strips_[s].left && at.j <= strips_[s].left + strips_[s].top.size();
    }

    bool is_leaf() const {
        const std::int64_t usual = level_ == 0 ? kTracedAtOnce : std::int64_t{1} << 18;
        const std::int64_t most = tuning_.leaf_cells ? tuning_.leaf_cells : usual;
        return !pruning_ && (kernel_.trace_bytes(rect_) <= static_cast<double>(most) ||
                             (shape_.rows >= rect_.height() && shape_.columns >= rect_.width()));
    }

    TileShape shape() const {
        const std::int64_t bytes = sizeof(T) * (1 + kernel_.pieces);
        TileShape s = tile_shape(rect_, bytes, kernel_.shortest,
                                 {kernel_.row_quantum * (level_ == 0 ? kernel_.threads : 1), kernel_.column_quantum});
        if (tuning_.tile_rows) s.rows = std::max<std::int64_t>(1, tuning_.tile_rows >> level_);
        if (tuning_.tile_columns) s.columns = std::max<std::int64_t>(1, tuning_.tile_columns >> level_);
        return s;
    }

    // Keeps the left borders of a strip's tiles, and asks the pruning whether to go on.
    class LeftBorders final : public Cuts<T> {
    public:
        LeftBorders(Strip<T>& strip, const Rect& r, int pieces, Pruning* pruning)
            : strip_(strip), rect_(r), pieces_(pieces), pruning_(pruning) {}
        Edge<T> open(std::int64_t c) override {
            while (strip_.lefts.size() <= static_cast<std::size_t>(c)) strip_.lefts.emplace_back(rect_.height(), pieces_);
            return strip_.lefts[c].edge();
        }
        bool close(std::int64_t c) override {
            return !pruning_ || pruning_->goes_on(strip_.lefts[c].edge().step, c);
        }

    private:
        Strip<T>& strip_;
        const Rect rect_;
        int pieces_;
        Pruning* pruning_;
    };

    void sweep_tiles(Edge<T> row, Edge<T> column, bool last_bottom) {
        for (std::int64_t top = rect_.top; top < rect_.bottom; top += shape_.rows) {
            const std::int64_t bottom = std::min(top + shape_.rows, rect_.bottom);
            const Rect strip{top, rect_.left, bottom, rect_.right};
            if (pruning_ && !pruning_->start_strip(strip, row.step, shape_.columns, kernel_.step_offset)) break;
            sweep_strip(strip, row, column.from(top - rect_.top), last_bottom || bottom < rect_.bottom);
        }
    }

    void sweep_strip(Rect r, Edge<T> row, Edge<T> column, bool bottom) {
        if (pruning_) r.left = enter_pruned(r, row, column);
        row = row.from(r.left - rect_.left);
        Strip<T> strip{r.left, Border<T>(row, r.width(), kernel_.pieces), {}};
        strip.lefts.emplace_back(column, r.height(), kernel_.pieces);
        LeftBorders cuts(strip, r, kernel_.pieces, pruning_);
        const std::int64_t swept = kernel_.sweep_cut(r, row, column, bottom, shape_.columns, cuts);
        if (swept < r.width()) {
            strip.top = Border<T>(strip.top.edge(), swept, kernel_.pieces);
            const OpenGap gap(pruning_->gap(), kernel_, column, r.height() - 1);
            gap.fill(row.from(swept), r.width() - swept, kernel_);
            pruning_->stand_in(gap);
        }
        if (pruning_) pruning_->end_strip(column.step, swept);
        strips_.push_back(std::move(strip));
    }

    // Where the strip starts; what is left of that is not needed, and an open gap stands in for its right border.
    std::int64_t enter_pruned(const Rect& r, Edge<T> row, Edge<T> column) {
        const std::int64_t left = pruning_->left();
        if (left > rect_.left)
            OpenGap(pruning_->gap(), kernel_, row, left - rect_.left - 1).fill(column, r.height(), kernel_);
        pruning_->enter(column.step, r.height());
        return left;
    }

    // The tile that holds the cursor is swept again as far as the cursor, from copies of its borders.
    void walk_tile(Kernel<T>& kernel, Cursor& at, Runs& runs, const Point& stop) {
        const std::int64_t s = strip_of(at);
        Strip<T>& strip = strips_[s];
        const std::int64_t t = (at.j - 1 - strip.left) / shape_.columns;
        const Rect tile{rect_.top + s * shape_.rows, strip.left + t * shape_.columns, at.i, at.j};
        Border<T> row(strip.top.edge().from(t * shape_.columns), tile.width(), kernel_.pieces);
        Border<T> column(strip.lefts[t].edge(), tile.height(), kernel_.pieces);
        Swept<T>(kernel, tile, row.edge(), column.edge(), false, tuning_, nullptr, level_ + 1).walk(kernel, at, runs, stop);
    }

    Kernel<T>& kernel_;
    const Rect rect_;
    const Tuning tuning_;
    Pruning* const pruning_;
    const int level_;
    const TileShape shape_;
    std::vector<Strip<T>> strips_;
    Trace trace_;
};

}  // namespace wavelode::nw
