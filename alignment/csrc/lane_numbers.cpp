#include "lane_numbers.hpp"

#include <algorithm>

namespace wavelode::nw {
namespace {

using i32 = std::int32_t;
using i64 = std::int64_t;

}  // namespace

void LaneNumbers::number(const i32* rows, const Lanes& lanes, i64 symbols, std::uint8_t* to) {
    symbols_.resize(symbols);
    for (const Named& n : named_) symbols_[n.symbol] = {};  // of the band before: there can be many more symbols than rows
    named_.clear();
    for (i64 l = 0; l < lanes.used; ++l) {
        int next = 0;
        for (i64 r = 0, last = std::min(lanes.depth, lanes.rows - l * lanes.depth); r < last; ++r) {
            const i32 number = rows[l * lanes.depth + r];
            if (number < 0) continue;
            LaneSymbol& symbol = symbols_[number];
            if (symbol.count == 0 || symbol.lane != l) {
                symbol.lane = static_cast<std::uint8_t>(l), symbol.called = static_cast<std::uint8_t>(next++), ++symbol.count;
                named_.push_back({number, static_cast<std::uint16_t>(l | symbol.called << 8)});
            }
            to[r * lanes.lanes + l] = symbol.called;
        }
    }
}

void LaneNumbers::hand_to(BandJob& job, const i32* columns, const Lanes& lanes) {
    places_.resize(named_.size());
    std::uint16_t start = 0;
    for (const Named& n : named_) {
        LaneSymbol& symbol = symbols_[n.symbol];
        if (symbol.first == kNowhere) symbol.first = start, start = static_cast<std::uint16_t>(start + symbol.count), symbol.count = 0;
        places_[symbol.first + symbol.count++] = n.place;
    }
    ring_.assign(kMostStride * lanes.lanes * lanes.lanes / static_cast<i64>(sizeof(Line)), Line{});
    job.calls = {columns, symbols_.data(), places_.data(), ring_.front().bytes};
}

}  // namespace wavelode::nw
