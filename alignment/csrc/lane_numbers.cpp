#include "lane_numbers.hpp"

#include <algorithm>

namespace wavelode::nw {
namespace {

using i32 = std::int32_t;
using i64 = std::int64_t;

}  // namespace

void LaneNumbers::number(const i32* rows, const Lanes& lanes, i64 symbols, std::uint8_t* to) {
    symbols_.resize(1 + symbols), last_.resize(symbols);
    for (const Call& call : calls_) of(call.symbol) = {};  // of the band before: there can be many more symbols than rows
    calls_.clear();
    for (i64 l = 0; l < lanes.used; ++l) {
        int next = 0;
        for (i64 r = 0, end = std::min(lanes.depth, lanes.rows - l * lanes.depth); r < end; ++r) {
            const i32 symbol = rows[l * lanes.depth + r];
            if (symbol < 0) continue;
            std::uint16_t& last = last_[symbol];
            if (of(symbol).count == 0 || last % 256 != l) {
                last = static_cast<std::uint16_t>(l + 256 * next++);
                ++of(symbol).count;
                calls_.push_back({symbol, last});
            }
            to[r * lanes.lanes + l] = static_cast<std::uint8_t>(last / 256);
        }
    }
}

void LaneNumbers::hand_to(BandJob& job, const i32* columns, const Lanes& lanes) {
    places_.resize(calls_.size() + 1);
    std::uint16_t start = 1;  // 0: a symbol has no place yet
    for (const Call& call : calls_) {
        LaneSymbol& symbol = of(call.symbol);
        if (symbol.first == 0) symbol.first = start, start = static_cast<std::uint16_t>(start + symbol.count), symbol.count = 0;
        places_[symbol.first + symbol.count++] = call.place;
    }
    ring_.assign(kMostStride * lanes.lanes * lanes.lanes / static_cast<i64>(sizeof(Line)), Line{});
    job.calls = {columns, &of(0), places_.data(), ring_.front().bytes};
}

}  // namespace wavelode::nw
