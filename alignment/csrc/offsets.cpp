#include "offsets.hpp"

#include <algorithm>

namespace wavelode::nw {
namespace {

using i64 = std::int64_t;

constexpr i64 kMost = 254;  // 255 is the mark of a pair that can't attain z

// A pair score as the kernel compares it, and as the trace does.
void place(i64 score, i64 zero, i64 floor, std::uint8_t& byte, std::uint8_t& mark) {
    const bool reachable = score >= floor;
    byte = static_cast<std::uint8_t>(reachable ? score + zero : 0);
    mark = reachable ? byte : 255;
}

}  // namespace

std::optional<Offsets> byte_offsets(const Scores& scores) {
    if (scores.kind == Substitution::kTable) return std::nullopt;
    const Gap& gap = scores.gap;
    i64 dearest = 0;
    for (int p = 0; p < gap.pieces; ++p) dearest = std::max(dearest, i64{gap.open[p]} + gap.extend[p]);
    const i64 first = gap.cost(1), floor = -2 * first, most = std::max<i64>(0, scores.best());
    const i64 lowest = std::max<i64>(scores.worst(), floor);
    i64 step = first;
    for (int p = 0; p < gap.pieces; ++p) step = std::max(step, gap.open[p] - lowest - dearest);
    if (gap.pieces == 1 && gap.open[0] == 0) step = first;  // linear: z - open_p is not formed
    const i64 zero = step + dearest;
    if (most + zero > kMost || most + first + step > kMost) return std::nullopt;
    Offsets o{};
    o.pieces = gap.pieces == 2 || step != dearest ? 2 : gap.open[0] == 0 ? 0 : 1;
    o.takes_lower_bounds = most + first + *std::max_element(gap.open, gap.open + gap.pieces) + zero <= kMost;
    o.step = static_cast<int>(step), o.zero = static_cast<int>(zero), o.shift = static_cast<int>(dearest - step);
    for (int p = 0; p < 2; ++p) {
        const int piece = std::min(p, gap.pieces - 1);  // one piece stands in for both: a tie never reaches the second
        o.open[p] = gap.open[piece];
        o.rest[p] = static_cast<int>(dearest) - gap.open[piece] - gap.extend[piece];
    }
    place(scores.match, zero, floor, o.score.match, o.mark.match);
    place(scores.mismatch, zero, floor, o.score.mismatch, o.mark.mismatch);
    const i64 same = scores.kind == Substitution::kClasses ? scores.same_class : scores.mismatch;
    place(same, zero, floor, o.score.same, o.mark.same);
    return o;
}

}  // namespace wavelode::nw
