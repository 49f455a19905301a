#include "absent.hpp"

#include <algorithm>

namespace wavelode::nw {
namespace {

using i32 = std::int32_t;
using i64 = std::int64_t;
// From the end, each word as soon as there is one: no choice of words has more (as intervals are scheduled). A word with
// an absent part is absent, so at each position the longest that still fits tells whether any is.
std::vector<i32> counts(const WordHashes& words, const WordHashes& other, int shortest, int longest) {
    std::vector<WordSet> sets;
    for (int k = shortest; k <= longest; ++k) sets.emplace_back(other, k);
    std::vector<i32> result(words.size() + 1, 0);
    i64 end = words.size();
    for (i64 i = words.size() - 1; i >= 0; --i) {
        result[i] = result[i + 1];
        const int k = static_cast<int>(std::min<i64>(longest, end - i));
        if (k < shortest || !sets[k - shortest].lacks(words(i, k))) continue;
        ++result[i];
        end = i;
    }
    return result;
}

}  // namespace

AbsentWords absent_words(const WordHashes& a, const WordHashes& b, int longest) {
    const int shortest = (longest + 1) / 2;
    return {shortest, counts(a, b, shortest, longest), counts(b, a, shortest, longest)};
}

}  // namespace wavelode::nw
