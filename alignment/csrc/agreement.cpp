#include "agreement.hpp"

#include <cstdlib>
#include <optional>
#include <stdexcept>

#include "dispatch.hpp"

namespace wavelode::nw {
namespace {

using i32 = std::int32_t;
using i64 = std::int64_t;

Sequence sequence(const std::vector<i32>& symbols, const std::vector<i32>& weights) {
    return {symbols.data(), weights.empty() ? nullptr : weights.data(), static_cast<i64>(symbols.size())};
}

// Nothing where the problem is refused.
std::optional<Alignment> solved(const std::string& isa, const Problem& p, const Tuning& tuning) {
    setenv("WAVELODE_NW_ISA", isa.c_str(), 1);
    try {
        p.scores.check();
        return align(sequence(p.a, p.weights_a), sequence(p.b, p.weights_b), p.scores, tuning);
    } catch (const std::invalid_argument&) {
        return std::nullopt;
    }
}

bool same(const std::optional<Alignment>& x, const std::optional<Alignment>& y) {
    if (!x || !y) return !x && !y;
    if (x->score != y->score || x->runs.size() != y->runs.size()) return false;
    for (std::size_t k = 0; k < x->runs.size(); ++k)
        if (x->runs[k].op != y->runs[k].op || x->runs[k].length != y->runs[k].length) return false;
    return true;
}

i64 class_of(const Scores& s, i32 symbol) {
    if (s.class_of.empty()) return symbol;
    const auto found = s.class_of.find(symbol);
    return found == s.class_of.end() ? -1 : found->second;
}

i64 pair_score(const Problem& p, i64 i, i64 j) {
    const Scores& s = p.scores;
    i64 score = p.a[i] == p.b[j] ? s.match : s.mismatch;
    if (s.kind == Substitution::kTable) {
        score = s.table[class_of(s, p.a[i]) * s.class_count + class_of(s, p.b[j])];
    } else if (s.kind == Substitution::kClasses && p.a[i] != p.b[j]) {
        const i64 cls = class_of(s, p.a[i]);
        if (cls >= 0 && cls == class_of(s, p.b[j])) score = s.same_class;
    }
    if (!p.weights_a.empty()) score *= p.weights_a[i];
    return p.weights_b.empty() ? score : score * p.weights_b[j];
}

// What a path scores, counted from its runs; nothing where it does not lead from corner to corner.
std::optional<i64> counted(const Problem& p, const std::vector<Run>& runs) {
    const FreeEnds& ends = p.scores.ends;
    i64 i = 0, j = 0, score = 0;
    for (std::size_t k = 0; k < runs.size(); ++k) {
        const Run& run = runs[k];
        const bool in_b = run.op == kGapInB, first = k == 0, last = k + 1 == runs.size();
        const bool free = (first && (in_b ? ends.a_start : ends.b_start)) || (last && (in_b ? ends.a_end : ends.b_end));
        if (run.op != kPair && !free) score -= p.scores.gap.cost(run.length);
        for (i64 step = 0; step < run.length; ++step) {
            if (run.op == kPair) score += pair_score(p, i, j);
            i += run.op != kGapInA, j += run.op != kGapInB;
        }
    }
    if (i != static_cast<i64>(p.a.size()) || j != static_cast<i64>(p.b.size())) return std::nullopt;
    return score;
}

}  // namespace

std::string disagreement(const Problem& p) {
    const auto expected = solved("plain", p, {});
    if (expected && counted(p, expected->runs) != expected->score) return "the path does not score what it says";
    Tuning threaded;
    threaded.threads = p.tuning.threads;
    for (const auto& isa : instruction_sets())
        for (const Tuning& tuning : {Tuning{}, p.tuning, threaded})
            if (!same(solved(isa, p, tuning), expected)) return isa + " disagrees";
    return "";
}

}  // namespace wavelode::nw
