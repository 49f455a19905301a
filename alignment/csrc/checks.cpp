#include "checks.hpp"

#include <algorithm>
#include <cstdlib>
#include <stdexcept>
#include <string>

namespace wavelode::nw {
namespace {

using i64 = std::int64_t;

constexpr i64 kLimit = i64{1} << 30;
constexpr std::int32_t kMaxClasses = 4096;

[[noreturn]] void refuse(const std::string& sentence) { throw std::invalid_argument(sentence); }

void check_gap(const Gap& gap) {
    for (int p = 0; p < gap.pieces; ++p)
        if (gap.open[p] < 0 || gap.extend[p] < 0)
            refuse("a gap's open and extend are costs and must not be negative; give the amount that is taken off");
    if (gap.pieces == 2 && (gap.open[1] <= gap.open[0] || gap.extend[1] >= gap.extend[0]))
        refuse("the second piece of a gap must cost more to open (open2 > open) and less to extend (extend2 < extend); "
               "leave it out for a plain affine gap");
}

void check_table(const Scores& s) {
    if (s.class_count < 1 || s.class_count > kMaxClasses)
        refuse("the table has " + std::to_string(s.class_count) + " classes; between 1 and 4096 are possible, "
               "so merge rare symbols into one class");
    if (s.table.size() != static_cast<std::size_t>(s.class_count) * s.class_count)
        refuse("the table of scores must be square, one row and one column per class");
}

void check_classes(const Scores& s) {
    for (const auto& [symbol, cls] : s.class_of) {
        if (cls < 0) refuse("symbol " + std::to_string(symbol) + " has a negative class; classes count from 0");
        if (s.kind == Substitution::kTable && cls >= s.class_count)
            refuse("symbol " + std::to_string(symbol) + " has class " + std::to_string(cls) + ", but the table has only " +
                   std::to_string(s.class_count) + " classes");
    }
}

i64 largest_weight(const Sequence& s, const char* name) {
    if (!s.weights) return 1;
    std::int32_t most = 0;
    for (i64 i = 0; i < s.size; ++i) {
        if (s.weights[i] < 0)
            refuse(std::string("weight ") + std::to_string(i) + " of " + name + " is negative; weights count from 0");
        most = std::max(most, s.weights[i]);
    }
    return most;
}

std::int32_t table_class(std::int32_t symbol, const char* name, const Scores& s) {
    if (s.class_of.empty()) {
        if (symbol >= 0 && symbol < s.class_count) return symbol;
        refuse("symbol " + std::to_string(symbol) + " of " + name + " is no row of the table of " +
               std::to_string(s.class_count) + " classes; give `classes` to map symbols to rows");
    }
    const auto found = s.class_of.find(symbol);
    if (found == s.class_of.end())
        refuse("symbol " + std::to_string(symbol) + " of " + name + " has no class; add it to `classes`");
    return found->second;
}

}  // namespace

std::int64_t Gap::cost(std::int64_t length) const {
    if (length == 0) return 0;
    const i64 first = open[0] + extend[0] * length;
    return pieces == 1 ? first : std::min(first, open[1] + extend[1] * length);
}

std::int64_t Gap::settled() const {
    if (pieces == 1) return 1;
    return (i64{open[1]} - open[0]) / (extend[0] - extend[1]) + 1;
}

void Scores::check() const {
    check_gap(gap);
    if (kind == Substitution::kTable) check_table(*this);
    check_classes(*this);
}

std::int32_t Scores::best() const {
    if (kind == Substitution::kTable) return *std::max_element(table.begin(), table.end());
    return std::max({match, mismatch, kind == Substitution::kClasses ? same_class : mismatch});
}

std::int32_t Scores::worst() const {
    if (kind == Substitution::kTable) return *std::min_element(table.begin(), table.end());
    return std::min({match, mismatch, kind == Substitution::kClasses ? same_class : mismatch});
}

void check_range(const Sequence& a, const Sequence& b, const Scores& scores) {
    // In doubles: the products may leave 64 bits, and near the limit a rounding error does not matter.
    const double weight = static_cast<double>(largest_weight(a, "a")) * static_cast<double>(largest_weight(b, "b"));
    const double pair = std::max(std::abs(double{1.0} * scores.best()), std::abs(double{1.0} * scores.worst())) * weight;
    double fresh = 0;
    for (int p = 0; p < scores.gap.pieces; ++p) fresh += double{1.0} * scores.gap.open[p] + scores.gap.extend[p];
    const double pairs = pair * (static_cast<double>(std::min(a.size, b.size)) + 2);
    const double gaps = static_cast<double>(scores.gap.cost(a.size)) + static_cast<double>(scores.gap.cost(b.size));
    if (pairs + gaps + 2 * fresh >= static_cast<double>(kLimit))
        refuse("scores of sequences of " + std::to_string(a.size) + " and " + std::to_string(b.size) +
               " symbols can leave the range of 32 bits; use smaller scores, gap costs or weights");
}

std::vector<std::int32_t> classes_of(const Sequence& s, const char* name, const Scores& scores) {
    std::vector<std::int32_t> result(s.size);
    const std::int32_t alone = name[0] == 'a' ? -1 : -2;
    for (i64 i = 0; i < s.size; ++i) {
        if (scores.kind == Substitution::kTable) {
            result[i] = table_class(s.symbols[i], name, scores);
            continue;
        }
        const auto found = scores.class_of.find(s.symbols[i]);
        result[i] = found == scores.class_of.end() ? alone : found->second;
    }
    return result;
}

}  // namespace wavelode::nw
