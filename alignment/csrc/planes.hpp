// Symbols as bytes: those that both sides have are numbered, those that only one has share a number that the other
// side never uses.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "band_job.hpp"
#include "nw.hpp"

namespace wavelode::nw {

// One byte per symbol and plane: its number, and the class's number if there are classes.
struct Planes {
    Symbols kind = Symbols::kEqual;
    std::vector<std::uint8_t> a[2], b[2];
    // Where a byte can't number all symbols, it numbers the most frequent; the others are left to the lanes. How many they
    // are, and for each row and column which of them it has, or -1.
    std::int64_t left_to_lanes = 0;
    std::vector<std::int32_t> row_numbers, column_numbers;
    // kTable: row_numbers are those of classes; which classes the numbers of rows and of columns, b[0], stand for.
    std::vector<std::int32_t> row_classes, column_classes;
};

// Nothing where there are more different classes than bytes can number.
std::optional<Planes> make_planes(const Sequence& a, const Sequence& b, const Scores& scores);

}  // namespace wavelode::nw
