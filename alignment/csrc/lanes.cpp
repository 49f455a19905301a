#include "lanes.hpp"

#include <algorithm>
#include <cstring>

namespace wavelode::nw {
namespace {

using i64 = std::int64_t;
using u8 = std::uint8_t;

}  // namespace

void Lanes::spread(const u8* from, u8 filler, u8* to) const {
    if (used < lanes || !full()) std::memset(to, filler, depth * lanes);
    for (i64 l = 0; l < used; ++l)
        for (i64 r = 0, last = std::min(depth, rows - l * depth); r < last; ++r) to[r * lanes + l] = from[l * depth + r];
}

void Lanes::gather(const u8* from, u8* to) const {
    for (i64 l = 0; l < used; ++l)
        for (i64 r = 0, last = std::min(depth, rows - l * depth); r < last; ++r) to[l * depth + r] = from[r * lanes + l];
}

void Lanes::mask(u8* to) const {
    for (i64 l = 0; l < lanes; ++l)
        for (i64 r = 0; r < depth; ++r) to[r * lanes + l] = l * depth + r < rows ? 255 : 0;
}

}  // namespace wavelode::nw
