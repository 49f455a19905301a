// The walk back along the path, one traced cell at a time: tie rules 2 and 3 of nw.hpp.
#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "nw.hpp"
#include "trace_bits.hpp"

namespace wavelode::nw {

// Where the walk stands: on H(i, j), or in the gap that `gap` names.
struct Cursor {
    std::int64_t i, j;
    std::uint8_t gap = 0;  // 0: on H; else the kEnd.. bit of the gap that is open

    bool operator==(const Cursor& other) const { return i == other.i && j == other.j && gap == other.gap; }
};

struct Point {
    std::int64_t i, j;
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
    // Those of a walk that goes on from where this one ended.
    void append(const Runs& further) {
        for (const Run& run : further.runs_) push(run.op, run.length);
    }
    std::vector<Run> forward() {
        std::reverse(runs_.begin(), runs_.end());
        return std::move(runs_);
    }

private:
    std::vector<Run> runs_;
};

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

}  // namespace wavelode::nw
