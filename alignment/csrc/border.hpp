// Borders of rectangles of cells, as differences: see "WHAT IS STORED" in nw.hpp.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace wavelode::nw {

// Cells (top, bottom] x (left, right] of the matrix: 1-based, as H(i, j) is.
struct Rect {
    std::int64_t top, left, bottom, right;

    std::int64_t height() const { return bottom - top; }
    std::int64_t width() const { return right - left; }
    double cells() const { return static_cast<double>(height()) * static_cast<double>(width()); }
};

// A view of a border. Along a row: v, x_1, x_2 of one cell per column; along a column: u, y_1, y_2 per row.
template <class T>
struct Edge {
    T* step;
    T* save[2];

    Edge from(std::int64_t k) const { return {step + k, {save[0] + k, save[1] + k}}; }
};

template <class T>
void copy_edge(Edge<T> from, std::int64_t size, int pieces, Edge<T> to) {
    std::copy_n(from.step, size, to.step);
    for (int p = 0; p < pieces; ++p) std::copy_n(from.save[p], size, to.save[p]);
}

// The memory of a border of `size` cells with `pieces` saves per cell; a save not in use aliases the steps.
template <class T>
class Border {
public:
    Border() = default;
    Border(std::int64_t size, int pieces) : size_(size), pieces_(pieces), values_(size * (1 + pieces)) {}
    Border(Edge<T> edge, std::int64_t size, int pieces) : size_(size), pieces_(pieces) {
        values_.reserve(size * (1 + pieces));
        values_.insert(values_.end(), edge.step, edge.step + size);
        for (int p = 0; p < pieces; ++p) values_.insert(values_.end(), edge.save[p], edge.save[p] + size);
    }

    Edge<T> edge() {
        T* p = values_.data();
        return {p, {p + (pieces_ > 0 ? size_ : 0), p + (pieces_ > 1 ? 2 * size_ : 0)}};
    }
    std::int64_t size() const { return size_; }
    std::size_t bytes() const { return values_.size() * sizeof(T); }

private:
    std::int64_t size_ = 0;
    int pieces_ = 0;
    std::vector<T> values_;
};

}  // namespace wavelode::nw
