// What the rows of a band score against every class of a table, laid out for the lanes.
#pragma once

#include <cstdint>
#include <vector>

#include "band_job.hpp"
#include "border.hpp"
#include "lanes.hpp"
#include "nw.hpp"
#include "offsets.hpp"
#include "planes.hpp"

namespace wavelode::nw {

// The scores of those classes that occur, as bytes. Where they differ by less than 16 they are kept as distances from
// the least, which leaves room for two in a byte.
class ByteTable {
public:
    ByteTable() = default;
    ByteTable(const Planes& planes, const Scores& scores, const Offsets& offsets);
    bool packed() const { return packed_; }
    std::int64_t classes() const { return classes_; }  // of columns, a multiple of kBlock
    const std::uint8_t* row(std::int32_t number) const { return &bytes_[number * classes_]; }

private:
    bool packed_ = false;
    std::int64_t classes_ = 0;
    std::vector<std::uint8_t> bytes_;
};

// Its memory is used for one band after the other.
class Profile {
public:
    // For rows `rect.top` ... in `lanes`, against the classes of columns `rect.left` ...
    void lay_out(const ByteTable& table, const Planes& planes, const Rect& rect, const Lanes& lanes,
                 ProfileFunction function);
    void hand_to(BandJob& job);

private:
    using Rows = std::vector<const std::uint8_t*>;
    Rows rows_of(const ByteTable& table, const std::int32_t* numbers, const Lanes& lanes, int half) const;

    bool packed_ = false;
    std::int64_t lane_ = 0, shift_ = 0, lanes_ = 0;  // bytes of one lane; log2 of the bytes of one class
    std::vector<Line> profile_, scores_;
};

}  // namespace wavelode::nw
