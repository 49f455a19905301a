#include "words.hpp"

namespace wavelode::nw {
namespace {

using i64 = std::int64_t;
using u64 = std::uint64_t;

constexpr u64 kBase = 0x9E3779B97F4A7C15u, kSpread = 0xD6E8FEB86659FD93u;

}  // namespace

WordHashes::WordHashes(const Sequence& s, int longest) : beginnings_(s.size + 1), powers_(longest + 1, 1) {
    for (i64 i = 0; i < s.size; ++i)
        beginnings_[i + 1] = beginnings_[i] * kBase + (static_cast<u64>(static_cast<std::uint32_t>(s.symbols[i])) + 1) * kSpread;
    for (int k = 1; k <= longest; ++k) powers_[k] = powers_[k - 1] * kBase;
}

WordSet::WordSet(const WordHashes& words, int k) {
    while ((i64{1} << bits_) < 8 * words.size()) ++bits_;
    present_.resize((std::size_t{1} << bits_) / 64);
    for (i64 i = 0; i < words.count(k); ++i) {
        const std::size_t x = place_of(words(i, k), bits_);
        present_[x / 64] |= u64{1} << x % 64;
    }
}

}  // namespace wavelode::nw
