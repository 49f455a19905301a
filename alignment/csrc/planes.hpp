// Symbols as bytes: those that both sides have are numbered, those that only one has share a number that the other
// side never uses.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "band_job.hpp"
#include "nw.hpp"

namespace wavelode::nw {

// One byte per symbol and plane: the number's low byte, its high byte if there are two equality planes, the class's
// number if there are classes.
struct Planes {
    Symbols kind = Symbols::kOnePlane;
    std::vector<std::uint8_t> a[3], b[3];
    // kTable: the number of each row's class; which classes the numbers of rows and of columns, b[0], stand for.
    std::vector<std::int32_t> row_numbers, row_classes, column_classes;
};

// Nothing where there are more different symbols or classes than bytes can number.
std::optional<Planes> make_planes(const Sequence& a, const Sequence& b, const Scores& scores);

}  // namespace wavelode::nw
