// Which instruction set is used.
#pragma once

#include <string>
#include <vector>

#include "band_job.hpp"

namespace wavelode::nw {

// The widest that this build and this machine have, or what the environment's WAVELODE_NW_ISA names; null for "plain",
// which is the general kernel. Throws std::invalid_argument where that is unknown or not to be had here.
const BandFunctions* chosen_bands();

// The names WAVELODE_NW_ISA may have on this machine, widest first, "plain" last.
std::vector<std::string> instruction_sets();

}  // namespace wavelode::nw
