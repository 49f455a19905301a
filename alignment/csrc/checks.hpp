// What must hold before any work starts. Every failure is a std::invalid_argument with one sentence.
#pragma once

#include <cstdint>
#include <vector>

#include "nw.hpp"

namespace wavelode::nw {

// Weights are non-negative, and no score of any path, whole or in part, leaves +-2^30.
void check_range(const Sequence& a, const Sequence& b, const Scores& scores);

// The class of every symbol of `s`; with kClasses a symbol without a class is alone in one (negative, never equal).
std::vector<std::int32_t> classes_of(const Sequence& s, const char* name, const Scores& scores);

}  // namespace wavelode::nw
