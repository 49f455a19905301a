#include "absent.hpp"

#include <algorithm>

namespace wavelode::nw {
namespace {

using i32 = std::int32_t;
using i64 = std::int64_t;
using u64 = std::uint64_t;

constexpr u64 kBase = 0x9E3779B97F4A7C15u, kSpread = 0xD6E8FEB86659FD93u;

// The hash of any word of a sequence, from polynomials of its beginnings (Karp and Rabin 1987).
class WordHashes {
public:
    WordHashes(const Sequence& s, int longest) : beginnings_(s.size + 1), powers_(longest + 1, 1) {
        for (i64 i = 0; i < s.size; ++i)
            beginnings_[i + 1] = beginnings_[i] * kBase + (static_cast<u64>(static_cast<std::uint32_t>(s.symbols[i])) + 1) * kSpread;
        for (int k = 1; k <= longest; ++k) powers_[k] = powers_[k - 1] * kBase;
    }
    i64 size() const { return static_cast<i64>(beginnings_.size()) - 1; }
    u64 operator()(i64 i, int k) const { return beginnings_[i + k] - beginnings_[i] * powers_[k]; }

private:
    std::vector<u64> beginnings_, powers_;
};

// The words of one length that a sequence has, one bit for each hash: of those it lacks, a few seem to be there too.
class WordSet {
public:
    WordSet(const WordHashes& words, int k) {
        while ((i64{1} << bits_) < 8 * words.size()) ++bits_;
        present_.resize((std::size_t{1} << bits_) / 64);
        for (i64 i = 0; i + k <= words.size(); ++i) {
            const std::size_t x = place(words(i, k));
            present_[x / 64] |= u64{1} << x % 64;
        }
    }
    bool lacks(u64 hash) const {
        const std::size_t x = place(hash);
        return !(present_[x / 64] >> x % 64 & 1);
    }

private:
    std::size_t place(u64 hash) const { return (hash ^ (hash >> 32)) * kBase >> (64 - bits_); }
    int bits_ = 6;
    std::vector<u64> present_;
};

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

AbsentWords absent_words(const Sequence& a, const Sequence& b, int longest) {
    const int shortest = (longest + 1) / 2;
    const WordHashes in_a(a, longest), in_b(b, longest);
    return {shortest, counts(in_a, in_b, shortest, longest), counts(in_b, in_a, shortest, longest)};
}

}  // namespace wavelode::nw
