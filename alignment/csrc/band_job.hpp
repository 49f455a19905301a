// What a band kernel is given: plain pointers and bytes, so that code built for one instruction set shares nothing with
// the rest of the program.
#pragma once

#include <cstdint>

#include "trace_bits.hpp"

namespace wavelode::nw {

constexpr int kMostBandRows = 4096;    // they and their state stay in the first cache
constexpr int kMostLaneNumbers = 128;  // as many rows as a lane has at most, but where there is a table
constexpr std::uint8_t kNoRow = 254;   // equal to no symbol of a column
constexpr std::uint8_t kNoColumn = 255;

// How a pair is looked up: by a byte for the symbol, and perhaps one more for its class; or by the number of the column's class
// in a table of its own.
enum class Symbols { kEqual, kClasses, kTable };
constexpr int kSymbolKinds = 3;
constexpr int kBlock = 16;  // scores of a table are turned by blocks of 16 rows in 16 lanes

static constexpr int planes_of(Symbols s) { return s == Symbols::kClasses ? 2 : 1; }

struct PairBytes {
    std::uint8_t match, same, mismatch;
    std::uint8_t least;  // of all scores that count
};

// A symbol in the lanes of a band: places[first] ... places[first + count - 1] are each a lane, plus 256 times what that calls it.
struct LaneSymbol {
    std::uint16_t first = 0, count = 0;
};

// Where each lane numbers symbols of its rows: what the lanes call a column that they will have (band_calls.hpp).
struct LaneCalls {
    const std::int32_t* columns;  // the symbol of each, as a number; -1: it is not left to the lanes
    const LaneSymbol* symbols;    // by number, from -1
    const std::uint16_t* places;
    std::uint8_t* ring;           // of differences to kNoColumn, lanes x stride vectors; null: a symbol is the same byte to all
};

// Row arrays are indexed r * lanes + l, column arrays by column.
struct BandJob {
    std::int64_t width, rows, depth, lanes_used;
    const std::uint8_t* row_symbols[2];
    const std::uint8_t* column_symbols[2];
    std::uint8_t *u, *f[2];            // in: left border, out: right border, in the form that band.hpp speaks of
    std::uint8_t *v, *x[2];            // in: top border, out: bottom border
    LaneCalls calls;
    const std::uint8_t* row_mask;      // 255 where a row exists; null: all do, or the bottom border is not wanted
    std::uint8_t* trace;               // steps x stride x depth x traced_bytes
    std::int64_t first_step, last_step;
    std::uint8_t* columns;             // in and out between steps: kColumnVectors vectors; unread at step 0
    std::uint8_t* cut[3];              // room for the steps and saves of one column on the way; null: none is kept
    std::int64_t cut_step;             // the step with which lane 0 has done that column
    PairBytes score;
    // kTable: for each class of a column 1 << profile_shift bytes, of which each lane has profile_lane, one per row; or,
    // packed, one for two rows kBlock apart, each as its distance from score.least.
    const std::uint8_t* profile;
    std::int64_t profile_shift, profile_lane;
    bool profile_packed;
    std::uint8_t* pair_scores;  // room for stride x scores_depth vectors
    std::int64_t scores_depth;
    std::uint8_t shift, open[2], drift, lift, enter[2];  // as in offsets.hpp
};

// Where a profile comes from: for each byte of it, whatever its class, a row of the table's bytes.
struct ProfileJob {
    const std::uint8_t* const* rows;
    const std::uint8_t* const* upper;  // what is packed into the upper halves; null: nothing
    std::int64_t size, classes, shift;  // bytes of one class, a multiple of the lanes; a multiple of kBlock
    const bool* wanted;                 // for each kBlock classes
    std::uint8_t* profile;
};

constexpr int kMostStride = 5;
constexpr int kColumnVectors = kMostStride * (1 + 2 + 2);

static constexpr std::int64_t band_steps(std::int64_t width, std::int64_t lanes_used, std::int64_t stride) {
    return (width + stride - 1) / stride + lanes_used - 1;
}

constexpr int kSpinOps = 24;

struct BandKernel {
    void (*run)(const BandJob&);
    int stride;  // columns per step
};
using ProfileFunction = void (*)(const ProfileJob&);

// The kernels of one instruction set, by gap pieces (0: linear) and symbols.
struct BandFunctions {
    const char* name;
    int lanes;
    int least;  // of the window of bytes that its `max` orders: 0 or -128
    bool bit_planes[3];  // how a trace is written: traced_bytes
    BandKernel swept[3][kSymbolKinds], traced[3][kSymbolKinds];
    ProfileFunction lay_out_profile;
    int (*spin)(std::int64_t turns);  // kSpinOps independent byte operations per turn, to know what the machine can do
};

// Null where this build lacks the instructions. To be called only on a machine that has them: even this code may use them.
const BandFunctions* portable_bands();
const BandFunctions* avx2_bands();
const BandFunctions* avx512_bands();
const BandFunctions* neon_bands();

}  // namespace wavelode::nw
