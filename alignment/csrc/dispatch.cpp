#include "dispatch.hpp"

#include <cstdlib>
#include <stdexcept>

namespace wavelode::nw {
namespace {

using Bands = const BandFunctions*;

#if defined(__x86_64__) && defined(__GNUC__)
std::vector<Bands> of_this_machine() {
    __builtin_cpu_init();
    return {__builtin_cpu_supports("avx512bw") ? avx512_bands() : nullptr,
            __builtin_cpu_supports("avx2") ? avx2_bands() : nullptr, portable_bands()};
}
#else
std::vector<Bands> of_this_machine() { return {neon_bands(), portable_bands()}; }
#endif

std::vector<Bands> available() {
    std::vector<Bands> found;
    for (const Bands bands : of_this_machine())
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
