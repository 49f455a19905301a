#include "anchors.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace wavelode::nw {
namespace {

using i32 = std::int32_t;
using i64 = std::int64_t;
using u64 = std::uint64_t;

// Polynomial rolling hash (Karp and Rabin 1987), one per k-mer.
std::vector<u64> hashes(const Sequence& s, int k) {
    constexpr u64 kBase = 0x9E3779B97F4A7C15u, kSpread = 0xD6E8FEB86659FD93u;
    std::vector<u64> result;
    if (s.size < k) return result;
    result.reserve(s.size - k + 1);
    u64 out = 1, hash = 0;
    for (int q = 0; q < k; ++q) out *= kBase;
    const auto value = [&](i64 i) { return (static_cast<u64>(static_cast<std::uint32_t>(s.symbols[i])) + 1) * kSpread; };
    for (i64 i = 0; i < s.size; ++i) {
        hash = hash * kBase + value(i);
        if (i >= k) hash -= out * value(i - k);
        if (i >= k - 1) result.push_back(hash);
    }
    return result;
}

// For each hash where it occurs in a and in b, if once.
class Occurrences {
public:
    static constexpr i32 kNone = -1, kMany = -2;
    struct Entry {
        u64 hash = 0;
        i32 a = kNone, b = kNone;
    };

    explicit Occurrences(std::size_t expected) {
        while ((std::size_t{1} << bits_) < 2 * expected) ++bits_;
        entries_.resize(std::size_t{1} << bits_);
    }
    Entry& insert(u64 hash) {
        Entry& entry = *slot(hash);
        entry.hash = hash;
        return entry;
    }
    Entry* find(u64 hash) {
        Entry* entry = slot(hash);
        return entry->a == kNone ? nullptr : entry;
    }

private:
    Entry* slot(u64 hash) {
        std::size_t k = (hash ^ (hash >> 32)) * 0x9E3779B97F4A7C15u >> (64 - bits_);
        while (entries_[k].a != kNone && entries_[k].hash != hash) k = (k + 1) & (entries_.size() - 1);
        return &entries_[k];
    }
    int bits_ = 4;
    std::vector<Entry> entries_;
};

bool equal_at(const Sequence& a, i64 i, const Sequence& b, i64 j, i64 length) {
    return std::equal(a.symbols + i, a.symbols + i + length, b.symbols + j);
}

// The best prefix of a growing set of weighted positions.
class PrefixMaximum {
public:
    using Best = std::pair<i64, int>;  // weight, index
    explicit PrefixMaximum(i64 size) : tree_(size + 1, {0, -1}) {}
    void raise(i64 position, Best value) {
        for (i64 k = position + 1; k < static_cast<i64>(tree_.size()); k += k & -k) tree_[k] = std::max(tree_[k], value);
    }
    Best before(i64 position) const {  // over all positions < `position`
        Best best{0, -1};
        for (i64 k = position; k > 0; k -= k & -k) best = std::max(best, tree_[k]);
        return best;
    }

private:
    std::vector<Best> tree_;
};

// Indices of the heaviest chain in which the last k-mer of each match starts before the first of the next.
std::vector<int> heaviest(const std::vector<Match>& matches, i64 size_b, int k) {
    const int count = static_cast<int>(matches.size());
    std::vector<int> by_end(count), before(count);
    std::vector<i64> weight(count);
    for (int x = 0; x < count; ++x) by_end[x] = x;
    const auto last_kmer = [&](int x) { return matches[x].i + matches[x].length - k; };
    std::sort(by_end.begin(), by_end.end(), [&](int x, int y) { return last_kmer(x) < last_kmer(y); });
    PrefixMaximum best(size_b);
    std::size_t entered = 0;
    for (int x = 0; x < count; ++x) {
        for (; entered < by_end.size() && last_kmer(by_end[entered]) < matches[x].i; ++entered) {
            const int y = by_end[entered];
            best.raise(matches[y].j + matches[y].length - k, {weight[y], y});
        }
        const auto found = best.before(matches[x].j);
        weight[x] = found.first + matches[x].length, before[x] = found.second;
    }
    std::vector<int> chosen;
    int x = count ? static_cast<int>(std::max_element(weight.begin(), weight.end()) - weight.begin()) : -1;
    for (; x >= 0; x = before[x]) chosen.push_back(x);
    std::reverse(chosen.begin(), chosen.end());
    return chosen;
}

// Each match as far to the right, then to the left, as symbols are equal and its neighbours leave room.
void grow(std::vector<Match>& chain, const Sequence& a, const Sequence& b) {
    for (std::size_t x = 0; x < chain.size(); ++x) {
        Match& m = chain[x];
        const bool last = x + 1 == chain.size();
        const i64 end_i = last ? a.size : chain[x + 1].i, end_j = last ? b.size : chain[x + 1].j;
        while (m.i + m.length < end_i && m.j + m.length < end_j &&
               a.symbols[m.i + m.length] == b.symbols[m.j + m.length])
            ++m.length;
    }
    i64 end_i = 0, end_j = 0;
    for (Match& m : chain) {
        while (m.i > end_i && m.j > end_j && a.symbols[m.i - 1] == b.symbols[m.j - 1]) --m.i, --m.j, ++m.length;
        end_i = m.i + m.length, end_j = m.j + m.length;
    }
}

}  // namespace

int kmer_length(const Sequence& a, const Sequence& b) {
    constexpr i64 kSample = 2048;
    std::vector<i32> sample;
    for (const Sequence* s : {&a, &b})
        for (i64 k = 0; k < std::min(kSample, s->size); ++k) sample.push_back(s->symbols[k * s->size / std::min(kSample, s->size)]);
    std::sort(sample.begin(), sample.end());
    double bits = 0;  // the entropy of single symbols
    for (std::size_t k = 0; k < sample.size();) {
        const auto next = std::upper_bound(sample.begin(), sample.end(), sample[k]) - sample.begin();
        const double share = static_cast<double>(next - k) / static_cast<double>(sample.size());
        bits -= share * std::log2(share);
        k = next;
    }
    // In language a symbol tells about half of what it would alone; five bits more make chance repeats rare.
    const double needed = 5 + std::log2(static_cast<double>(a.size) * static_cast<double>(b.size)) / 2;
    return static_cast<int>(std::clamp(std::ceil(needed / std::max(0.1, 0.55 * bits)), 3.0, 64.0));
}

std::vector<Match> unique_matches(const Sequence& a, const Sequence& b, int k) {
    const auto in_a = hashes(a, k), in_b = hashes(b, k);
    Occurrences occurrences(in_a.size());
    for (std::size_t i = 0; i < in_a.size(); ++i) {
        auto& entry = occurrences.insert(in_a[i]);
        entry.a = entry.a == Occurrences::kNone ? static_cast<i32>(i) : Occurrences::kMany;
    }
    for (std::size_t j = 0; j < in_b.size(); ++j)
        if (auto* entry = occurrences.find(in_b[j]))
            entry->b = entry->b == Occurrences::kNone ? static_cast<i32>(j) : Occurrences::kMany;
    std::vector<Match> matches;
    for (std::size_t k_th = 0; k_th < in_a.size(); ++k_th) {
        const auto* entry = occurrences.find(in_a[k_th]);
        if (entry->a < 0 || entry->b < 0 || !equal_at(a, entry->a, b, entry->b, k)) continue;
        const Match m{entry->a, entry->b, k};
        Match* last = matches.empty() ? nullptr : &matches.back();
        if (last && m.i - m.j == last->i - last->j && m.i <= last->i + last->length)
            last->length = m.i + k - last->i;
        else
            matches.push_back(m);
    }
    return matches;
}

std::vector<Match> chain(const std::vector<Match>& matches, const Sequence& a, const Sequence& b, int k) {
    std::vector<Match> result;
    i64 end_i = 0, end_j = 0;
    for (const int x : heaviest(matches, b.size, k)) {
        Match m = matches[x];
        const i64 overlap = std::max({i64{0}, end_i - m.i, end_j - m.j});
        if (overlap >= m.length) continue;
        m.i += overlap, m.j += overlap, m.length -= overlap;
        end_i = m.i + m.length, end_j = m.j + m.length;
        result.push_back(m);
    }
    grow(result, a, b);
    return result;
}

std::int64_t anchored_score(const Sequence& a, const Sequence& b, const Scores& scores, double budget,
                            const std::function<std::int64_t(const Rect&)>& exact) {
    const int k = kmer_length(a, b);
    std::vector<Match> matches = chain(unique_matches(a, b, k), a, b, k);
    matches.push_back({a.size, b.size, 0});
    i64 score = 0, i = 0, j = 0;
    for (const Match& m : matches) {
        const Rect between{i, j, m.i, m.j};
        const bool open = between.height() > 0 && between.width() > 0 && between.cells() <= budget;
        if (open) budget -= between.cells();
        score += open ? exact(between) : -scores.gap.cost(between.height()) - scores.gap.cost(between.width());
        score += m.length * scores.match;
        i = m.i + m.length, j = m.j + m.length;
    }
    return score;
}

}  // namespace wavelode::nw
