// Words of a sequence, by hash: a few different ones may look the same, no equal ones look different.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "nw.hpp"

namespace wavelode::nw {

// The hash of any word of a sequence, from polynomials of its beginnings (Karp and Rabin 1987).
class WordHashes {
public:
    WordHashes(const Sequence& s, int longest);
    std::int64_t size() const { return static_cast<std::int64_t>(beginnings_.size()) - 1; }
    // How many words of k symbols it has.
    std::int64_t count(int k) const { return size() < k ? 0 : size() - k + 1; }
    std::uint64_t operator()(std::int64_t i, int k) const { return beginnings_[i + k] - beginnings_[i] * powers_[k]; }

private:
    std::vector<std::uint64_t> beginnings_, powers_;
};

// A place among 2^bits for a hash.
inline std::size_t place_of(std::uint64_t hash, int bits) { return (hash ^ (hash >> 32)) * 0x9E3779B97F4A7C15u >> (64 - bits); }

// The words of one length that a sequence has, one bit for each hash: of those it lacks, a few seem to be there too.
class WordSet {
public:
    WordSet(const WordHashes& words, int k);
    bool lacks(std::uint64_t hash) const {
        const std::size_t x = place_of(hash, bits_);
        return !(present_[x / 64] >> x % 64 & 1);
    }

private:
    int bits_ = 6;
    std::vector<std::uint64_t> present_;
};

}  // namespace wavelode::nw
