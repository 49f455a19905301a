#include "nw.hpp"

#include <algorithm>
#include <future>

#include "absent.hpp"
#include "anchors.hpp"
#include "batch.hpp"
#include "checks.hpp"
#include "kernel.hpp"
#include "parts.hpp"
#include "prune.hpp"
#include "tiles.hpp"

namespace wavelode::nw {
namespace {

using i64 = std::int64_t;

// The border along row 0 or column 0: a growing gap, or nothing where that end is free.
template <class T>
Border<T> outer_border(const Kernel<T>& kernel, const Gap& gap, bool free, i64 size) {
    Border<T> border(size, kernel.pieces);
    if (free)
        fill_flat(border.edge(), size, kernel);
    else
        fill_gap(border.edge(), size, kernel, gap);
    return border;
}

// The whole matrix with its two borders; after a sweep they are the last row and the last column.
template <class T>
struct Matrix {
    Matrix(const Kernel<T>& kernel, i64 n_, i64 m_, const Gap& gap, const FreeEnds& ends_)
        : n(n_), m(m_), ends(ends_), step_offset(kernel.step_offset), row0(ends.b_start ? 0 : -gap.cost(m)),
          row(outer_border(kernel, gap, ends.b_start, m)), column(outer_border(kernel, gap, ends.a_start, n)) {}

    // The score of (N, M), down the last column.
    i64 corner() {
        i64 score = row0;
        for (i64 i = 0; i < n; ++i) score += column.edge().step[i] - step_offset;
        return score;
    }

    // Tie rule 1: walks outwards from the corner along both sides at once.
    End end() {
        const i64 score = corner(), farthest = std::max(ends.a_end ? n : 0, ends.b_end ? m : 0);
        i64 in_column = score, in_row = score;
        End best{n, m, score};
        for (i64 skipped = 1; skipped <= farthest; ++skipped) {
            if (ends.a_end && skipped <= n) {
                in_column -= column.edge().step[n - skipped] - step_offset;
                if (in_column > best.score) best = {n - skipped, m, in_column};
            }
            if (ends.b_end && skipped <= m) {
                in_row -= row.edge().step[m - skipped] - step_offset;
                if (in_row > best.score) best = {n, m - skipped, in_row};
            }
        }
        return best;
    }

    i64 n, m;
    FreeEnds ends;
    i64 step_offset, row0;
    Border<T> row, column;
};

constexpr i64 kMostLopsided = 64;

// Whether prune.hpp knows a bound for such a problem.
bool can_prune(const Sequence& a, const Sequence& b) { return !a.weights && !b.weights && a.size > 0 && b.size > 0; }

template <class T>
i64 score_of(Kernel<T>& kernel, const Piece& piece, const Gap& gap) {
    Matrix<T> matrix(kernel, piece.rect.height(), piece.rect.width(), gap, piece.ends);
    kernel.sweep(piece.rect, matrix.row.edge(), matrix.column.edge(), piece.ends.b_end);
    return matrix.end().score;
}

// The large ones by all threads together, the others side by side.
template <class T>
std::vector<i64> scores_of(Kernel<T>& kernel, const std::vector<Piece>& pieces, const Gap& gap) {
    std::vector<i64> found(pieces.size());
    std::vector<std::size_t> small;
    for (std::size_t k = 0; k < pieces.size(); ++k) {
        if (kernel.shares(pieces[k].rect))
            found[k] = score_of(kernel, pieces[k], gap);
        else
            small.push_back(k);
    }
    for_each_index(small.size(), static_cast<int>(kernel.threads), [&](std::size_t x) {
        found[small[x]] = score_of(kernel, pieces[small[x]], gap);
    });
    return found;
}

template <class T>
Alignment path_from(Swept<T>& swept, Kernel<T>& kernel, i64 n, i64 m, const End& end, const std::vector<Point>& likely) {
    Runs runs;
    runs.push(kGapInB, n - end.i);
    runs.push(kGapInA, m - end.j);
    Cursor at{end.i, end.j};
    walk_in_parts(swept, kernel, at, runs, likely);
    runs.push(kGapInB, at.i);
    runs.push(kGapInA, at.j);
    return {end.score, runs.forward()};
}

// By a table the symbols of `a` and `b` are classes.
template <class T>
Alignment align_pruned(Kernel<T>& kernel, const Sequence& a, const Sequence& b, const Scores& scores,
                       const Tuning& tuning) {
    const i64 n = a.size, m = b.size;
    const Words words(a, b);
    const auto policy = kernel.threads > 1 ? std::launch::async : std::launch::deferred;
    auto absent = std::async(policy, [&] {
        return Remainder::uses_words(scores) ? absent_words(words.of_a, words.of_b, words.k) : AbsentWords(n, m);
    });
    const double budget = 0.05 * static_cast<double>(n) * static_cast<double>(m);
    const PairScores pairs(a, b, scores);
    const Anchored path = anchored_path({a, b, words, pairs}, budget, [&](const std::vector<Piece>& pieces) {
        return scores_of(kernel, pieces, scores.gap);
    });
    Pruning pruning(n, m, pairs, path.score, absent.get());
    Matrix<T> matrix(kernel, n, m, scores.gap, scores.ends);
    Swept<T> swept(kernel, {0, 0, n, m}, matrix.row.edge(), matrix.column.edge(), scores.ends.b_end, tuning, &pruning);
    const std::vector<Point> likely = likely_points(path.matches, n + m, tuning.threads);
    return path_from(swept, kernel, n, m, pruning.end(matrix.row.edge().step), likely);
}

template <class T>
Alignment align_dense(Kernel<T>& kernel, const Sequence& a, const Sequence& b, const Scores& scores,
                      const Tuning& tuning) {
    const i64 n = a.size, m = b.size;
    Matrix<T> matrix(kernel, n, m, scores.gap, scores.ends);
    Swept<T> swept(kernel, {0, 0, n, m}, matrix.row.edge(), matrix.column.edge(), scores.ends.b_end, tuning);
    return path_from(swept, kernel, n, m, matrix.end(), {});
}

template <class T>
Alignment align_with(Kernel<T>& kernel, const Sequence& a, const Sequence& b, const Scores& scores,
                     const Tuning& tuning) {
    const double cells = static_cast<double>(a.size) * static_cast<double>(b.size);
    // A short part in a long whole fits one strip of rows, which has nothing to leave out.
    const bool lopsided = std::max(a.size, b.size) / kMostLopsided > std::min(a.size, b.size);
    const bool wanted = tuning.pruning == Choice::kAlways ||
                        (tuning.pruning == Choice::kAuto && cells > kTracedAtOnce && !lopsided);
    if (wanted && can_prune(a, b)) {
        if (scores.kind != Substitution::kTable) return align_pruned(kernel, a, b, scores, tuning);
        const auto class_a = classes_of(a, "a", scores), class_b = classes_of(b, "b", scores);
        return align_pruned(kernel, {class_a.data(), nullptr, a.size}, {class_b.data(), nullptr, b.size}, scores, tuning);
    }
    return align_dense(kernel, a, b, scores, tuning);
}

template <class T>
i64 score_with(Kernel<T>& kernel, i64 n, i64 m, const Scores& scores) {
    Matrix<T> matrix(kernel, n, m, scores.gap, scores.ends);
    kernel.sweep({0, 0, n, m}, matrix.row.edge(), matrix.column.edge(), scores.ends.b_end);
    return matrix.end().score;
}

}  // namespace

Alignment align(const Sequence& a, const Sequence& b, const Scores& scores, const Tuning& tuning) {
    check_range(a, b, scores);
    if (const auto kernel = make_byte_kernel(a, b, scores, tuning.threads, Wanted::kPath))
        return align_with(*kernel, a, b, scores, tuning);
    return align_with(*make_plain_kernel(a, b, scores), a, b, scores, tuning);
}

std::int64_t score_only(const Sequence& a, const Sequence& b, const Scores& scores) {
    check_range(a, b, scores);
    if (const auto kernel = make_byte_kernel(a, b, scores, 1, Wanted::kScore)) return score_with(*kernel, a.size, b.size, scores);
    return score_with(*make_plain_kernel(a, b, scores), a.size, b.size, scores);
}

std::vector<Alignment> align_batch(const std::vector<std::pair<Sequence, Sequence>>& pairs, const Scores& scores,
                                   int threads) {
    std::vector<Alignment> results(pairs.size());
    for_each_index(pairs.size(), threads, [&](std::size_t k) {
        results[k] = align(pairs[k].first, pairs[k].second, scores);
    });
    return results;
}

}  // namespace wavelode::nw
