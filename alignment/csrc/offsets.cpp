#include "offsets.hpp"

#include <algorithm>

namespace wavelode::nw {
namespace {

using i64 = std::int64_t;
using u8 = std::uint8_t;

constexpr i64 kMost = 255;

// What is compared, without an offset.
struct Range {
    i64 lowest, most;

    bool fits(i64 zero, i64 least) const { return lowest + zero >= least && most + zero <= least + kMost; }
};

Range compared(const Scores& scores, i64 floor) {
    const Gap& gap = scores.gap;
    const i64 pair = std::max<i64>(scores.worst(), floor - 1), z = std::max(pair, floor);
    Range range{pair, std::max<i64>(0, scores.best())};
    for (int p = 0; p < gap.pieces; ++p)
        range.lowest = std::min({range.lowest, floor / 2 - gap.open[p] - gap.extend[p], z - gap.open[p]});
    return range;
}

// The kernel to use, and its zero.
std::optional<std::pair<int, i64>> kernel_for(const Gap& gap, const Range& range, i64 least) {
    const i64 twice = 2 * i64{gap.extend[0]}, lowest = least - range.lowest;
    if (gap.pieces == 1 && gap.open[0] == 0 && range.fits(twice, least)) return {{0, twice}};
    if (gap.pieces == 1 && gap.open[0] > 0 && gap.open[0] <= kMostCodedOpening) {
        if (least == 0 && range.fits(lowest, least)) return {{1, lowest}};
        if (least < 0 && range.fits(twice + gap.open[0], least)) return {{1, twice + gap.open[0]}};
    }
    if (range.fits(lowest, least)) return {{2, lowest}};
    return std::nullopt;
}

}  // namespace

std::optional<Offsets> byte_offsets(const Scores& scores, int least) {
    const Gap& gap = scores.gap;
    const i64 first = gap.cost(1), floor = -2 * first;
    const Range range = compared(scores, floor);
    const auto kernel = kernel_for(gap, range, least);
    if (!kernel || range.most + 2 * first >= kMost) return std::nullopt;
    Offsets o{};
    o.pieces = kernel->first;
    o.step = static_cast<int>(first), o.zero = static_cast<int>(kernel->second), o.floor = static_cast<int>(floor);
    o.shift = static_cast<u8>(o.zero - 2 * gap.extend[0]);
    o.lift = static_cast<u8>(first - gap.extend[0]);
    for (int p = 0; p < 2; ++p) {
        const int piece = std::min(p, gap.pieces - 1);  // one piece stands in for both: a tie never reaches the second
        o.open[p] = static_cast<u8>(gap.open[piece]);
        o.enter[p] = static_cast<u8>(o.zero - first - gap.open[piece] - gap.extend[piece]);
        o.drift = static_cast<u8>(gap.extend[0] - gap.extend[piece]);
    }
    const bool classed = scores.kind == Substitution::kClasses;
    o.score = {o.byte(scores.match), o.byte(classed ? scores.same_class : scores.mismatch), o.byte(scores.mismatch),
               o.byte(scores.worst())};
    o.narrow = static_cast<u8>(o.byte(scores.best()) - o.score.least) < 16;
    return o;
}

}  // namespace wavelode::nw
