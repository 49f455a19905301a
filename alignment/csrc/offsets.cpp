#include "offsets.hpp"

#include <algorithm>

namespace wavelode::nw {
namespace {

using i64 = std::int64_t;

constexpr i64 kMost = 255;

}  // namespace

std::optional<Offsets> byte_offsets(const Scores& scores) {
    const Gap& gap = scores.gap;
    i64 dearest = 0;
    for (int p = 0; p < gap.pieces; ++p) dearest = std::max(dearest, i64{gap.open[p]} + gap.extend[p]);
    const i64 first = gap.cost(1), floor = -2 * first, most = std::max<i64>(0, scores.best());
    const i64 lowest = std::max<i64>(scores.worst(), floor);
    i64 step = scores.worst() < floor ? first + 1 : first;
    for (int p = 0; p < gap.pieces; ++p)
        if (gap.pieces == 2 || gap.open[0] > 0)  // else z - open_p is not formed
            step = std::max(step, gap.open[p] - lowest - dearest);
    const i64 zero = step + dearest;
    if (most + zero > kMost || most + first + step > kMost) return std::nullopt;
    Offsets o{};
    o.pieces = gap.pieces == 2 || step != dearest ? 2 : gap.open[0] == 0 ? 0 : 1;
    o.step = static_cast<int>(step), o.zero = static_cast<int>(zero), o.shift = static_cast<int>(dearest - step);
    for (int p = 0; p < 2; ++p) {
        const int piece = std::min(p, gap.pieces - 1);  // one piece stands in for both: a tie never reaches the second
        o.open[p] = gap.open[piece];
        o.rest[p] = static_cast<int>(dearest) - gap.open[piece] - gap.extend[piece];
    }
    o.floor = static_cast<int>(floor);
    const bool classed = scores.kind == Substitution::kClasses;
    o.score = {o.byte(scores.match), o.byte(classed ? scores.same_class : scores.mismatch), o.byte(scores.mismatch),
               o.byte(scores.worst())};
    o.narrow = o.byte(scores.best()) - o.score.least < 16;
    return o;
}

}  // namespace wavelode::nw
