#include "anchors.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <utility>

namespace wavelode::nw {
namespace {

using i32 = std::int32_t;
using i64 = std::int64_t;
using u64 = std::uint64_t;

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
    // The entry of a hash, a new one where there is none; entries do not move.
    Entry* insert(u64 hash) {
        Entry* entry = slot(hash);
        entry->hash = hash;
        return entry;
    }
    Entry* find(u64 hash) {  // null: not in a, for certain
        Entry* entry = slot(hash);
        return entry->a == kNone ? nullptr : entry;
    }

private:
    Entry* slot(u64 hash) {
        std::size_t k = place_of(hash, bits_);
        while (entries_[k].a != kNone && entries_[k].hash != hash) k = (k + 1) & (entries_.size() - 1);
        return &entries_[k];
    }
    int bits_ = 4;
    std::vector<Entry> entries_;
};

// How many symbols in a row hardly ever repeat by chance in sequences like these.
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

bool equal_at(const Sequence& a, i64 i, const Sequence& b, i64 j, i64 length) {
    return std::equal(a.symbols + i, a.symbols + i + length, b.symbols + j);
}

// What a path gains about, from the end of one match to the start of the next. Free ends are not thought of.
double between(const Match& x, const Match& y, const Gap& gap, const ChainCosts& costs) {
    const i64 down = std::max<i64>(0, y.i - x.i - x.length), across = std::max<i64>(0, y.j - x.j - x.length);
    const double less = static_cast<double>(std::min(down, across)), more = static_cast<double>(std::max(down, across));
    const double lopsided = less > 0 ? std::min(1.0, (more / less - 1) / (kLopsided - 1)) : 0;
    return (costs.rate + lopsided * (costs.lopsided_rate - costs.rate)) * less -
           static_cast<double>(gap.cost(std::abs(down - across)));
}

// Indices of the best chain in which the last word of each match starts before the first of the next. Each match looks
// back over the kLookBack before it, and to the start.
std::vector<int> best_chain(const std::vector<Match>& matches, const Ground& ground, const ChainCosts& costs) {
    constexpr int kLookBack = 150;
    const int count = static_cast<int>(matches.size());
    const Match start{0, 0, 0}, end{ground.a.size, ground.b.size, 0};
    const Gap& gap = ground.pairs.scores.gap;
    std::vector<double> gain(count);
    std::vector<int> before(count, -1);
    for (int y = 0; y < count; ++y) {
        const Match& to = matches[y];
        gain[y] = between(start, to, gap, costs);
        for (int x = std::max(0, y - kLookBack); x < y; ++x) {
            const Match& from = matches[x];
            const i64 last = from.length - ground.words.k;
            if (from.i + last >= to.i || from.j + last >= to.j) continue;
            const double found = gain[x] + between(from, to, gap, costs);
            if (found > gain[y]) gain[y] = found, before[y] = x;
        }
        gain[y] += static_cast<double>(ground.pairs.equal(to.i, to.length));
    }
    std::vector<int> chosen;
    int best = -1;
    double most = between(start, end, gap, costs);
    for (int x = 0; x < count; ++x) {
        const double found = gain[x] + between(matches[x], end, gap, costs);
        if (found > most) most = found, best = x;
    }
    for (; best >= 0; best = before[best]) chosen.push_back(best);
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

// The cost of crossing a piece by a gap in each sequence. On one side of a corner one of them may be free.
i64 two_gaps(const Piece& piece, const Gap& gap) {
    const i64 down = gap.cost(piece.rect.height()), across = gap.cost(piece.rect.width());
    i64 saved = 0;
    if (piece.ends.a_start || piece.ends.a_end) saved = down;
    if (piece.ends.b_start || piece.ends.b_end) saved = std::max(saved, across);
    return down + across - saved;
}

// What lies between two matches that follow each other; at the start and the end of the path, with its free ends.
Piece between_matches(const Match& from, const Match& to, const FreeEnds& ends, bool first, bool last) {
    Piece x{{from.i + from.length, from.j + from.length, to.i, to.j}, {}};
    if (first) x.ends.a_start = ends.a_start, x.ends.b_start = ends.b_start;
    if (last) x.ends.a_end = ends.a_end, x.ends.b_end = ends.b_end;
    if (first && last) return x;
    // Where the path may enter or leave along the longer side, only what is nearest to the match is worth a look; not along
    // the shorter one then, since only one sequence has a free gap at a corner.
    const i64 height = x.rect.height(), width = x.rect.width(), tall = 2 * width + 64, wide = 2 * height + 64;
    if (x.ends.b_start && width > wide) x.rect.left = x.rect.right - wide, x.ends.a_start = false;
    if (x.ends.a_start && height > tall) x.rect.top = x.rect.bottom - tall, x.ends.b_start = false;
    if (x.ends.b_end && width > wide) x.rect.right = x.rect.left + wide, x.ends.a_end = false;
    if (x.ends.a_end && height > tall) x.rect.bottom = x.rect.top + tall, x.ends.b_end = false;
    return x;
}

}  // namespace

Words::Words(const Sequence& a, const Sequence& b) : k(kmer_length(a, b)), of_a(a, k), of_b(b, k) {}

std::vector<Match> unique_matches(const Ground& ground) {
    const auto& [k, in_a, in_b] = ground.words;
    const WordSet of_b(in_b, k);
    std::vector<i32> shared;  // where words start in a that b may have too: few, where there are many errors
    for (i64 i = 0; i < in_a.count(k); ++i)
        if (!of_b.lacks(in_a(i, k))) shared.push_back(static_cast<i32>(i));
    Occurrences occurrences(shared.size());
    std::vector<Occurrences::Entry*> of_a;
    of_a.reserve(shared.size());
    for (const i32 i : shared) {
        Occurrences::Entry* entry = of_a.emplace_back(occurrences.insert(in_a(i, k)));
        entry->a = entry->a == Occurrences::kNone ? i : Occurrences::kMany;
    }
    for (i64 j = 0; j < in_b.count(k); ++j)
        if (auto* entry = occurrences.find(in_b(j, k)))
            entry->b = entry->b == Occurrences::kNone ? static_cast<i32>(j) : Occurrences::kMany;
    std::vector<Match> unique;
    for (const auto* entry : of_a) {
        if (entry->a < 0 || entry->b < 0 || !equal_at(ground.a, entry->a, ground.b, entry->b, k)) continue;
        const Match m{entry->a, entry->b, k};
        Match* last = unique.empty() ? nullptr : &unique.back();
        if (last && m.i - m.j == last->i - last->j && m.i <= last->i + last->length)
            last->length = m.i + k - last->i;
        else
            unique.push_back(m);
    }
    return unique;
}

std::vector<Match> chain(const std::vector<Match>& matches, const Ground& ground, const ChainCosts& costs) {
    std::vector<Match> result;
    i64 end_i = 0, end_j = 0;
    for (const int x : best_chain(matches, ground, costs)) {
        Match m = matches[x];
        const i64 overlap = std::max({i64{0}, end_i - m.i, end_j - m.j});
        if (overlap >= m.length) continue;
        m.i += overlap, m.j += overlap, m.length -= overlap;
        end_i = m.i + m.length, end_j = m.j + m.length;
        result.push_back(m);
    }
    grow(result, ground.a, ground.b);
    return result;
}

Anchored anchored_path(const Ground& ground, double budget, const ExactScores& exact) {
    const auto& [a, b, words, pairs] = ground;
    const Scores& scores = pairs.scores;
    // What unrelated stretches of these sequences score per pair, from one sample far off the diagonal; and a little
    // more, since a stretch without anchors may also be related and only repeat elsewhere.
    const auto sampled = [&](i64 less, i64 more) {
        const Rect far{0, b.size - std::min(more, b.size), std::min(less, a.size), b.size};
        const i64 gap = scores.gap.cost(std::abs(far.width() - far.height()));
        const double rate =
            static_cast<double>(exact({{far, {}}}).front() + gap) / static_cast<double>(std::min(far.width(), far.height()));
        return rate + 0.05 * (static_cast<double>(pairs.equal(0, a.size)) / static_cast<double>(a.size) - rate);
    };
    const ChainCosts costs{sampled(1000, 1000), sampled(1000, kLopsided * 1000)};
    std::vector<Match> matches = chain(unique_matches(ground), ground, costs);
    matches.push_back({a.size, b.size, 0});
    i64 score = 0;
    Match before{0, 0, 0};
    std::vector<Piece> filled;
    for (std::size_t x = 0; x < matches.size(); ++x) {
        const Match& m = matches[x];
        const Piece piece = between_matches(before, m, scores.ends, x == 0, x + 1 == matches.size());
        score += pairs.equal(m.i, m.length);
        before = m;
        if (piece.rect.cells() > 0 && piece.rect.cells() <= budget) {
            budget -= piece.rect.cells();
            filled.push_back(piece);
        } else {
            score -= two_gaps(piece, scores.gap);
        }
    }
    for (const i64 found : exact(filled)) score += found;
    matches.pop_back();
    return {score, std::move(matches)};
}

}  // namespace wavelode::nw
