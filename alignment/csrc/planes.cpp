#include "planes.hpp"

#include <algorithm>
#include <numeric>
#include <unordered_map>
#include <utility>

#include "checks.hpp"

namespace wavelode::nw {
namespace {

using i32 = std::int32_t;
using i64 = std::int64_t;

constexpr i32 kOnlyA = -1, kOnlyB = -2;
constexpr i64 kOneByte = kNoRow;

struct Numbers {
    std::vector<i32> a, b;  // 0 ... common - 1, or kOnlyA, kOnlyB
    i64 common = 0;
};

// A map from symbols to numbers: an array where the symbols lie close together, else a hash table.
class Numbering {
public:
    Numbering(const i32* a, i64 n, const i32* b, i64 m) {
        const auto range_a = std::minmax_element(a, a + n), range_b = std::minmax_element(b, b + m);
        low_ = std::min(*range_a.first, *range_b.first);
        const i64 span = i64{std::max(*range_a.second, *range_b.second)} - low_ + 1;
        if (span <= std::max<i64>(1 << 12, 4 * (n + m))) near_.assign(span, kOnlyB);
    }
    i32& operator[](i32 symbol) {
        if (!near_.empty()) return near_[i64{symbol} - low_];
        return far_.try_emplace(symbol, kOnlyB).first->second;
    }

private:
    i64 low_ = 0;
    std::vector<i32> near_;
    std::unordered_map<i32, i32> far_;
};

// Numbers count up in the order of first use in b.
Numbers number(const i32* a, i64 n, const i32* b, i64 m) {
    Numbers numbers{std::vector<i32>(n), std::vector<i32>(m)};
    if (n == 0 || m == 0) return numbers;
    Numbering of(a, n, b, m);
    for (i64 i = 0; i < n; ++i) of[a[i]] = kOnlyA;  // for now: seen in a
    for (i64 j = 0; j < m; ++j) {
        i32& number = of[b[j]];
        if (number == kOnlyA) number = static_cast<i32>(numbers.common++);
        numbers.b[j] = number;
    }
    for (i64 i = 0; i < n; ++i) numbers.a[i] = of[a[i]];
    return numbers;
}

std::vector<std::uint8_t> bytes_of(const std::vector<i32>& numbers) {
    std::vector<std::uint8_t> bytes(numbers.size());
    std::transform(numbers.begin(), numbers.end(), bytes.begin(), [](i32 x) {
        if (x == kOnlyA) return kNoRow;
        if (x == kOnlyB) return kNoColumn;
        return static_cast<std::uint8_t>(x);
    });
    return bytes;
}

std::vector<i64> counts(const std::vector<i32>& numbers, i64 common) {
    std::vector<i64> found(common);
    for (const i32 x : numbers)
        if (x >= 0) ++found[x];
    return found;
}

// For each of the numbers what it becomes: one that the lanes do not use if it belongs to the most frequent, else negative.
std::vector<i32> most_frequent(const Numbers& symbols) {
    const auto in_a = counts(symbols.a, symbols.common), in_b = counts(symbols.b, symbols.common);
    std::vector<i32> by_pairs(symbols.common), becomes(symbols.common, kOnlyA);
    std::iota(by_pairs.begin(), by_pairs.end(), 0);
    const auto end = by_pairs.begin() + (kOneByte - kMostLaneNumbers);
    std::nth_element(by_pairs.begin(), end, by_pairs.end(), [&](i32 x, i32 y) { return in_a[x] * in_b[x] > in_a[y] * in_b[y]; });
    i32 next = kMostLaneNumbers;
    for (auto x = by_pairs.begin(); x < end; ++x) becomes[*x] = next++;
    return becomes;
}

// The others keep their numbers, for the lanes.
void leave_to_lanes(Numbers& symbols, Planes& planes) {
    const auto becomes = most_frequent(symbols);
    const auto split = [&](std::vector<i32>& numbers, i32 none) {
        std::vector<i32> others(numbers.size(), -1);
        for (std::size_t k = 0; k < numbers.size(); ++k) {
            if (numbers[k] < 0) continue;
            if (becomes[numbers[k]] < 0) others[k] = numbers[k];
            numbers[k] = becomes[numbers[k]] < 0 ? none : becomes[numbers[k]];
        }
        return others;
    };
    planes.left_to_lanes = symbols.common;
    planes.row_numbers = split(symbols.a, kOnlyA), planes.column_numbers = split(symbols.b, kOnlyB);
}

// Classes numbered in the order of first use: the number of each element, and which class each number stands for.
std::vector<i32> number_classes(const std::vector<i32>& classes, i32 count, std::vector<i32>& numbered) {
    std::vector<i32> number_of(count, -1), numbers;
    numbers.reserve(classes.size());
    for (const i32 cls : classes) {
        if (number_of[cls] < 0) {
            number_of[cls] = static_cast<i32>(numbered.size());
            numbered.push_back(cls);
        }
        numbers.push_back(number_of[cls]);
    }
    return numbers;
}

std::optional<Planes> table_planes(const Sequence& a, const Sequence& b, const Scores& scores) {
    Planes planes;
    planes.kind = Symbols::kTable;
    planes.row_numbers = number_classes(classes_of(a, "a", scores), scores.class_count, planes.row_classes);
    const auto columns = number_classes(classes_of(b, "b", scores), scores.class_count, planes.column_classes);
    if (planes.column_classes.size() > kNoColumn) return std::nullopt;
    planes.b[0].assign(columns.begin(), columns.end());
    return planes;
}

}  // namespace

std::optional<Planes> make_planes(const Sequence& a, const Sequence& b, const Scores& scores) {
    if (scores.kind == Substitution::kTable) return table_planes(a, b, scores);
    Numbers symbols = number(a.symbols, a.size, b.symbols, b.size);
    Planes planes;
    if (symbols.common > kOneByte) leave_to_lanes(symbols, planes);
    planes.a[0] = bytes_of(symbols.a), planes.b[0] = bytes_of(symbols.b);
    if (scores.kind != Substitution::kClasses) return planes;
    const auto class_a = classes_of(a, "a", scores), class_b = classes_of(b, "b", scores);
    const Numbers classes = number(class_a.data(), a.size, class_b.data(), b.size);
    if (classes.common > kOneByte) return std::nullopt;
    planes.a[1] = bytes_of(classes.a), planes.b[1] = bytes_of(classes.b);
    planes.kind = Symbols::kClasses;
    return planes;
}

}  // namespace wavelode::nw
