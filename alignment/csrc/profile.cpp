#include "profile.hpp"

#include <algorithm>
#include <array>

namespace wavelode::nw {
namespace {

using i64 = std::int64_t;
using u8 = std::uint8_t;

constexpr i64 kLineBytes = sizeof(Line);

// Which blocks of classes the columns have.
std::array<bool, 256 / kBlock> blocks_in(const std::vector<u8>& classes, i64 from, i64 to) {
    std::array<bool, 256 / kBlock> found{};
    for (i64 j = from; j < to; ++j) found[classes[j] / kBlock] = true;
    return found;
}

int log2_from(i64 least) {
    int log = 0;
    while (i64{1} << log < least) ++log;
    return log;
}

}  // namespace

ByteTable::ByteTable(const Planes& planes, const Scores& scores, const Offsets& offsets)
    : packed_(offsets.narrow),
      classes_((static_cast<i64>(planes.column_classes.size()) + kBlock - 1) / kBlock * kBlock),
      bytes_(planes.row_classes.size() * classes_) {
    const int base = packed_ ? offsets.score.least : 0;
    u8* to = bytes_.data();
    for (const i64 row_class : planes.row_classes) {
        const std::int32_t* row = scores.table.data() + row_class * scores.class_count;
        std::transform(planes.column_classes.begin(), planes.column_classes.end(), to,
                       [&](std::int32_t cls) { return static_cast<u8>(offsets.byte(row[cls]) - base); });
        to += classes_;
    }
}

void Profile::lay_out(const ByteTable& table, const Planes& planes, const Rect& rect, const Lanes& lanes,
                      ProfileFunction function) {
    packed_ = table.packed(), lanes_ = lanes.lanes;
    const i64 rows_per_block = packed_ ? 2 * kBlock : kBlock;
    lane_ = i64{1} << log2_from((lanes.depth + rows_per_block - 1) / rows_per_block * kBlock);
    shift_ = log2_from(lane_ * lanes_);
    profile_.resize(((table.classes() << shift_) + kLineBytes - 1) / kLineBytes);
    const std::int32_t* numbers = planes.row_numbers.data() + rect.top;
    const Rows rows = rows_of(table, numbers, lanes, 0), upper = packed_ ? rows_of(table, numbers, lanes, 1) : Rows{};
    const auto wanted = blocks_in(planes.b[0], rect.left, rect.right);
    function({rows.data(), packed_ ? upper.data() : nullptr, lane_ * lanes_, table.classes(), shift_, wanted.data(),
              profile_.front().bytes});
}

// For each byte of a class's profile, in its lower or upper half. Rows past the end are never looked at: any will do.
Profile::Rows Profile::rows_of(const ByteTable& table, const std::int32_t* numbers, const Lanes& lanes, int half) const {
    Rows rows;
    rows.reserve(lane_ * lanes_);
    for (i64 l = 0; l < lanes_; ++l)
        for (i64 k = 0; k < lane_; ++k) {
            const i64 r = packed_ ? k / kBlock * 2 * kBlock + half * kBlock + k % kBlock : k;
            rows.push_back(table.row(numbers[std::min(l * lanes.depth + r, lanes.rows - 1)]));
        }
    return rows;
}

void Profile::hand_to(BandJob& job) {
    job.scores_depth = packed_ ? 2 * lane_ : lane_;
    scores_.resize((kMostStride * job.scores_depth * lanes_ + kLineBytes - 1) / kLineBytes);
    job.profile = profile_.front().bytes, job.pair_scores = scores_.front().bytes;
    job.profile_shift = shift_, job.profile_lane = lane_, job.profile_packed = packed_;
}

}  // namespace wavelode::nw
