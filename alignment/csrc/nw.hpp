// Global alignment of two integer sequences (Needleman and Wunsch 1970) under affine or two-piece affine gap costs
// (Gotoh 1982, 1990), exact, with the whole path, in memory that grows with the length of the sequences.
//
// THE PROBLEM
//   a has N symbols, b has M. A path runs from (0, 0) to (N, M) by three kinds of steps:
//     kPair    (i, j) -> (i+1, j+1)   a[i] stands opposite b[j]          scores  S(a[i], b[j])
//     kGapInB  (i, j) -> (i+1, j)     a[i] stands opposite nothing       k in a row cost  gap(k)
//     kGapInA  (i, j) -> (i, j+1)     b[j] stands opposite nothing       k in a row cost  gap(k)
//   gap(k) = min(open + extend k, open2 + extend2 k), or its first half alone. The second piece starts dearer and
//   grows slower (open2 > open, extend2 < extend): a short gap is an error, a long one a missing paragraph.
//   S is one of
//     equality   match where the symbols are equal, else mismatch
//     classes    as equality, but `same_class` where the symbols differ and their classes are equal
//     table      table[class(a[i]) C + class(b[j])] over C classes, C <= 4096
//   and with weights S is multiplied by weight_a[i] weight_b[j]; a weight is a non-negative integer, gaps have none.
//   Free ends: a_start lets leading symbols of a stand opposite nothing at no cost (the path may enter along column 0),
//   b_start the same along row 0; a_end and b_end let it leave along the last column and the last row.
//   `align` returns the largest score any path has, and one path that has it.
//
// RECURRENCES, for cells 0 <= i <= N, 0 <= j <= M and pieces p = 1, 2
//     H(i, j)   best score of a[0:i] against b[0:j]
//     E_p(i, j) the same where a[i-1] is the last symbol of a gap in b that piece p pays
//     F_p(i, j) the same where b[j-1] is the last symbol of a gap in a that piece p pays
//     E_p(i, j) = max(H(i-1, j) - open_p, E_p(i-1, j)) - extend_p
//     F_p(i, j) = max(H(i, j-1) - open_p, F_p(i, j-1)) - extend_p
//     H(i, j)   = max(H(i-1, j-1) + S(a[i-1], b[j-1]), E_1, E_2, F_1, F_2)
//     H(i, 0)   = a_start ? 0 : -gap(i);   H(0, j) = b_start ? 0 : -gap(j);   no gap is open across row 0 or column 0.
//
// TIE ORDER, by which the path is unique; the same for every kernel, tile size and number of threads
//   1. The path ends in the cell with the best score among (N, M), with a_end (i, M), with b_end (N, j); of equals in
//      the one with the fewest free symbols behind it, of these in the last column before the last row.
//   2. From there it is read backwards. Standing on H(i, j): kPair if that attains H, else the gap E_1, E_2, F_1, F_2,
//      the first that attains it.
//   3. Standing in a gap, it ends as soon as ending attains its value: E_p(i, j) goes back to H(i-1, j) where
//      H(i-1, j) - open_p >= E_p(i-1, j), and stays in piece p only where it must. F_p likewise.
//   4. On row 0 or column 0 the rest is one gap.
//
// WHAT IS STORED: differences, not scores
//     u(i, j)   = H(i, j) - H(i-1, j)                             "step" down a column
//     v(i, j)   = H(i, j) - H(i, j-1)                             "step" along a row
//     x_p(i, j) = E_p(i+1, j) - (H(i, j) - open_p - extend_p)     "save": what a gap in b that is already open saves
//     y_p(i, j) = F_p(i, j+1) - (H(i, j) - open_p - extend_p)      over opening one here; 0 <= save <= open_p
//   A rectangle of cells needs from outside only u and y on its left border and v and x on its top border, and gives
//   the same on its right and bottom borders. These are small numbers whatever the length of the sequences (Suzuki and
//   Kasahara 2018): -a <= u, v <= max(S) + a with a = gap(1), so a byte mostly holds one. x > 0 is exactly the question of
//   tie rule 3.
//
// MEMORY AND TIME
//   The matrix is swept in tiles. Only the top and left borders of tiles are kept; the path is read backwards through
//   the tiles it crosses, each of which is swept again from its borders, with one byte per cell, or, where it is large,
//   cut into smaller tiles first (so there is no halving and no second pass over the whole matrix, as in Hirschberg 1975).
//     time    N M cells, and the crossed tiles again: about (tiles down + tiles across) of (down x across)
//   Cells that no best path can cross are left out where a bound on that is known (prune.hpp); several threads can sweep
//   one pair (relay.hpp). Neither changes the result.
//     memory  bytes of one border element x (N x tiles across + M x tiles down) + one byte per cell of one small tile
//   The tile side grows with the problem so that the memory is linear in N + M.
//
// WORKED EXAMPLE: a = "ABCD", b = "ABD", match 2, mismatch -3, gap(k) = 3 + k
//     pair A-A +2, pair B-B +2, C opposite nothing -4, pair D-D +2:  score 2,  runs (kPair 2) (kGapInB 1) (kPair 1)
//   With b = "AD" the best is A-A, a gap of two (-5), D-D: -1, runs (kPair 1) (kGapInB 2) (kPair 1).
//   With a = "AAAA", b = "A" and a_start: the last A pairs, score 2, runs (kGapInB 3) (kPair 1).
//   With a = "AA", b = "A" and nothing free both pairings score -2; read backwards the pair comes first: (kGapInB 1)(kPair 1).
//
// ERRORS: std::invalid_argument with one sentence, before any work; nothing is clamped, wrapped or guessed.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

namespace wavelode::nw {

enum Op : std::uint8_t { kPair = 0, kGapInB = 1, kGapInA = 2 };

// A stretch of equal steps.
struct Run {
    Op op;
    std::int64_t length;
};

// gap(k) = min(open[p] + extend[p] k) over the pieces in use.
struct Gap {
    int pieces = 1;
    std::int32_t open[2] = {0, 0};
    std::int32_t extend[2] = {0, 0};

    std::int64_t cost(std::int64_t length) const;
    // From this length on every symbol more costs the last piece's extend.
    std::int64_t settled() const;
};

struct FreeEnds {
    bool a_start = false, a_end = false, b_start = false, b_end = false;
};

enum class Substitution { kEquality, kClasses, kTable };

// Everything a score depends on but the sequences. Owned by the caller, read by any number of threads.
struct Scores {
    Substitution kind = Substitution::kEquality;
    std::int32_t match = 2, mismatch = -3, same_class = 0;
    std::unordered_map<std::int32_t, std::int32_t> class_of;  // kClasses, and kTable unless symbols are classes
    std::vector<std::int32_t> table;                          // kTable: row-major, class_count x class_count
    std::int32_t class_count = 0;
    Gap gap;
    FreeEnds ends;

    // Throws std::invalid_argument where the parts contradict each other or are out of range.
    void check() const;
    std::int32_t best() const;   // the largest S of one pair, without weights
    std::int32_t worst() const;  // the smallest
};

// A borrowed sequence; weights may be null.
struct Sequence {
    const std::int32_t* symbols = nullptr;
    const std::int32_t* weights = nullptr;
    std::int64_t size = 0;
};

struct Alignment {
    std::int64_t score = 0;
    std::vector<Run> runs;  // from the start to the end, neighbours differ in op
};

enum class Choice { kAuto, kNever, kAlways };

// What never changes a result, only its time and memory; 0 leaves the choice to the library.
struct Tuning {
    std::int64_t tile_rows = 0, tile_columns = 0;  // tile of the first sweep, halved at each finer one
    std::int64_t leaf_cells = 0;                   // a rectangle up to this size is traced directly, one byte per cell
    int threads = 1;                               // for one pair
    Choice pruning = Choice::kAuto;                // leave out what no best path can cross (prune.hpp)
};

Alignment align(const Sequence& a, const Sequence& b, const Scores& scores, const Tuning& tuning = {});
std::int64_t score_only(const Sequence& a, const Sequence& b, const Scores& scores);

// The pairs are independent: any of `threads` threads takes the next one. The result does not depend on `threads`.
std::vector<Alignment> align_batch(const std::vector<std::pair<Sequence, Sequence>>& pairs, const Scores& scores,
                                   int threads);

}  // namespace wavelode::nw
