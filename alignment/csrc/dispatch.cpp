#include "dispatch.hpp"

#include <cstdlib>
#include <stdexcept>

namespace wavelode::nw {
namespace {

std::vector<const BandFunctions*> available() {
    std::vector<const BandFunctions*> found;
    for (const auto* bands : {avx512_bands(), avx2_bands(), neon_bands(), portable_bands()})
        if (bands) found.push_back(bands);
    return found;
}

}  // namespace

std::vector<std::string> instruction_sets() {
    std::vector<std::string> names;
    for (const auto* bands : available()) names.emplace_back(bands->name);
    names.emplace_back("plain");
    return names;
}

const BandFunctions* chosen_bands() {
    const char* wish = std::getenv("WAVELODE_NW_ISA");
    const auto found = available();
    if (!wish || !*wish) return found.empty() ? nullptr : found.front();
    for (const auto* bands : found)
        if (std::string(wish) == bands->name) return bands;
    if (std::string(wish) == "plain") return nullptr;
    std::string names;
    for (const auto& name : instruction_sets()) names += " " + name;
    throw std::invalid_argument("WAVELODE_NW_ISA is '" + std::string(wish) + "'; this machine has:" + names);
}

}  // namespace wavelode::nw
