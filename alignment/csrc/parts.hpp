// The walk back in parts, by several threads at a time. From wherever the path stands on H it goes back in one way only, so
// a walk that starts at a cell of the path is a part of it. Where to start is guessed, and a part that starts beside the path
// is walked again.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <vector>

#include "anchors.hpp"
#include "batch.hpp"
#include "kernel.hpp"
#include "tiles.hpp"
#include "walk.hpp"

namespace wavelode::nw {

// Cells that most likely lie on the path and cut its `length` into about equal parts: the middles of long matches, in order.
inline std::vector<Point> likely_points(const std::vector<Match>& matches, std::int64_t length, std::int64_t parts) {
    std::vector<Point> cells;
    for (std::int64_t part = 1; part < parts; ++part) {
        Match longest{0, 0, 0};
        for (const Match& m : matches)
            if (m.length > longest.length && std::abs(m.i + m.j + m.length - part * length / parts) < length / parts / 8) longest = m;
        const std::int64_t half = longest.length / 2;
        if (half > 0) cells.push_back({longest.i + half, longest.j + half});
    }
    return cells;
}

struct Part {
    Point stop;
    Cursor start, at;
    Runs runs;
};

// One part to each of the likely cells from the one before, and the last to the cursor.
inline std::vector<Part> parts_between(const std::vector<Point>& likely, const Cursor& end) {
    std::vector<Part> parts;
    Point stop{0, 0};
    for (const Point& cell : likely) {
        const Cursor start{cell.i, cell.j};
        parts.push_back({stop, start, start, {}});
        stop = cell;
    }
    parts.push_back({stop, end, end, {}});
    return parts;
}

// From the cursor through the top or the left of what was swept, each part in a thread of its own.
template <class T>
void walk_in_parts(Swept<T>& swept, Kernel<T>& kernel, Cursor& at, Runs& runs, const std::vector<Point>& likely) {
    std::vector<Part> parts = parts_between(likely, at);
    for_each_index(parts.size(), static_cast<int>(parts.size()), [&](std::size_t k) {
        Part& part = parts[k];
        if (k + 1 == parts.size())
            swept.walk(kernel, part.at, part.runs, part.stop);
        else if (const auto own = kernel.for_one_thread())
            swept.walk(*own, part.at, part.runs, part.stop);
    });
    for (; !parts.empty(); parts.pop_back()) {
        const Part& part = parts.back();
        if (part.start == at)
            runs.append(part.runs), at = part.at;
        swept.walk(kernel, at, runs, part.stop);
    }
}

}  // namespace wavelode::nw
