// More symbols than a byte can number: but for the most frequent, each lane of a band numbers those of its own rows, which are
// few. So it is one byte that is compared, whatever the number of symbols; a column's symbol is another byte in each lane that
// has it.
#pragma once

#include <cstdint>
#include <vector>

#include "band_job.hpp"
#include "lanes.hpp"

namespace wavelode::nw {

// Its memory is used for one band after the other.
class LaneNumbers {
public:
    // `rows` has for each row of a band which symbol it has of those that are left to the lanes, or a negative number. What its
    // lane calls it is written `to` where the lanes look for symbols.
    void number(const std::int32_t* rows, const Lanes& lanes, std::int64_t symbols, std::uint8_t* to);
    // `columns` has the like for each column.
    void hand_to(BandJob& job, const std::int32_t* columns, const Lanes& lanes);

private:
    struct Call {
        std::int32_t symbol;
        std::uint16_t place;
    };

    LaneSymbol& of(std::int32_t symbol) { return symbols_[1 + symbol]; }

    std::vector<LaneSymbol> symbols_;  // first one for -1, which no lane has
    std::vector<std::uint16_t> last_;  // place of each symbol, in the last lane that has it
    std::vector<Call> calls_;          // each symbol once for every lane that has it
    std::vector<std::uint16_t> places_;
    std::vector<Line> ring_;
};

}  // namespace wavelode::nw
