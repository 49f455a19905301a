#include "pair_scores.hpp"

#include <algorithm>
#include <limits>

namespace wavelode::nw {
namespace {

using i32 = std::int32_t;
using i64 = std::int64_t;

std::vector<bool> classes_in(const Sequence& s, i64 count) {
    std::vector<bool> found(count);
    for (i64 i = 0; i < s.size; ++i) found[s.symbols[i]] = true;
    return found;
}

SideScores side(const Sequence& s, const Sequence& other, const Scores& scores, bool rows) {
    const i64 count = scores.class_count;
    if (scores.kind == Substitution::kTable)
        return {s, classes_in(other, count), scores.table.data(), rows ? count : 1, rows ? 1 : count};
    const i32 second = scores.kind == Substitution::kClasses ? std::max(scores.mismatch, scores.same_class) : scores.mismatch;
    return {scores.best(), i64{scores.match} - second};
}

}  // namespace

SideScores::SideScores(const Sequence& s, const std::vector<bool>& other, const i32* table, i64 row_step, i64 step)
    : least_(std::numeric_limits<i32>::max()), loss_(least_), classes_(s.symbols), by_class_(other.size()) {
    const auto own = classes_in(s, static_cast<i64>(other.size()));
    for (std::size_t x = 0; x < own.size(); ++x) {
        if (!own[x]) continue;
        i64 best = std::numeric_limits<i32>::min(), unequal = best;
        for (std::size_t y = 0; y < other.size(); ++y) {
            if (!other[y]) continue;
            const i64 score = table[static_cast<i64>(x) * row_step + static_cast<i64>(y) * step];
            best = std::max(best, score);
            if (x != y) unequal = std::max(unequal, score);
        }
        by_class_[x] = static_cast<i32>(best);
        least_ = std::min(least_, best), loss_ = std::min(loss_, best - unequal);
    }
}

PairScores::PairScores(const Sequence& a, const Sequence& b, const Scores& scores_)
    : scores(scores_), symbols(a.symbols), of_a(side(a, b, scores_, true)), of_b(side(b, a, scores_, false)) {}

i64 PairScores::equal(i64 i, i64 length) const {
    if (scores.kind != Substitution::kTable) return length * scores.match;
    i64 sum = 0;
    for (i64 k = i; k < i + length; ++k) sum += scores.table[i64{symbols[k]} * (i64{scores.class_count} + 1)];
    return sum;
}

}  // namespace wavelode::nw
