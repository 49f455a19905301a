// The kernels against each other without Python: random problems from a seed, every instruction set this machine has
// against the general kernel. For emulators, sanitizers and fuzzers:
//     nw_selftest [problems] [seed]
// Built with -DWAVELODE_NW_FUZZER it is a libFuzzer target, the input being the seed of one problem.
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include "dispatch.hpp"
#include "nw.hpp"

namespace nw = wavelode::nw;

namespace {

using i32 = std::int32_t;
using Random = std::mt19937_64;

int below(Random& random, int end) { return static_cast<int>(random() % end); }

std::vector<i32> sequence(Random& random, int size, int alphabet) {
    std::vector<i32> s(size);
    for (auto& symbol : s) symbol = below(random, alphabet);
    return s;
}

std::vector<i32> edited(Random& random, const std::vector<i32>& a, int alphabet) {
    std::vector<i32> b;
    for (const i32 symbol : a) {
        const int kind = below(random, 20);
        if (kind == 0) continue;
        b.push_back(kind == 1 ? below(random, alphabet) : symbol);
        if (kind == 2) b.push_back(below(random, alphabet));
    }
    if (b.size() > 8 && below(random, 2)) b.erase(b.begin() + b.size() / 4, b.begin() + b.size() / 2);
    return b;
}

nw::Scores scores(Random& random) {
    nw::Scores s;
    s.match = below(random, 6) - 1;
    s.mismatch = below(random, 12) - 10;
    s.gap.pieces = 1 + below(random, 2);
    s.gap.open[0] = below(random, 8), s.gap.extend[0] = 1 + below(random, 3);
    s.gap.open[1] = s.gap.open[0] + 1 + below(random, 30), s.gap.extend[1] = below(random, s.gap.extend[0]);
    if (below(random, 2)) s.ends = {below(random, 2) > 0, below(random, 2) > 0, below(random, 2) > 0, below(random, 2) > 0};
    const int kind = below(random, 5);
    if (kind == 0) {
        s.kind = nw::Substitution::kTable, s.class_count = 10;
        for (int k = 0; k < 100; ++k) s.table.push_back(below(random, 16) - 10);
    }
    if (kind == 1) {
        s.kind = nw::Substitution::kClasses, s.same_class = below(random, 5) - 3;
        for (i32 symbol = 0; symbol < 10; ++symbol) s.class_of[symbol] = symbol / 3;
    }
    return s;
}

nw::Alignment aligned(const std::string& isa, const std::vector<i32>& a, const std::vector<i32>& b, const nw::Scores& s,
                      const nw::Tuning& tuning) {
    setenv("WAVELODE_NW_ISA", isa.c_str(), 1);
    return nw::align({a.data(), nullptr, static_cast<std::int64_t>(a.size())},
                     {b.data(), nullptr, static_cast<std::int64_t>(b.size())}, s, tuning);
}

bool same(const nw::Alignment& x, const nw::Alignment& y) {
    if (x.score != y.score || x.runs.size() != y.runs.size()) return false;
    for (std::size_t k = 0; k < x.runs.size(); ++k)
        if (x.runs[k].op != y.runs[k].op || x.runs[k].length != y.runs[k].length) return false;
    return true;
}

// Whether every instruction set, tiled, pruned or not, agrees on the problem of this seed.
bool agree(std::uint64_t seed) {
    Random random(seed);
    const int alphabet = 1 + below(random, 9), longest = below(random, 10) ? 90 : below(random, 4) ? 2000 : 4500;
    const auto a = sequence(random, below(random, longest), alphabet);
    const auto b = below(random, 3) ? edited(random, a, alphabet) : sequence(random, below(random, longest), alphabet);
    const nw::Scores s = scores(random);
    const nw::Tuning tuning{1 + below(random, 60), 1 + below(random, 60), 1 + below(random, 2000), 1 + below(random, 4), nw::Choice::kAlways};
    const nw::Tuning threaded{0, 0, 0, 1 + below(random, 4), nw::Choice::kAuto};
    const auto expected = aligned("plain", a, b, s, {});
    for (const auto& isa : nw::instruction_sets()) {
        if (!same(aligned(isa, a, b, s, {}), expected) || !same(aligned(isa, a, b, s, tuning), expected) || !same(aligned(isa, a, b, s, threaded), expected)) {
            std::printf("%s disagrees on seed %llu\n", isa.c_str(), static_cast<unsigned long long>(seed));
            return false;
        }
    }
    return true;
}

}  // namespace

#ifdef WAVELODE_NW_FUZZER
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::uint64_t seed = 0;
    for (std::size_t k = 0; k < size && k < 8; ++k) seed = seed << 8 | data[k];
    if (!agree(seed)) std::abort();
    return 0;
}
#else
int main(int argc, char** argv) {
    const int problems = argc > 1 ? std::atoi(argv[1]) : 200;
    const std::uint64_t seed = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 1;
    for (int k = 0; k < problems; ++k)
        if (!agree(seed + k)) return 1;
    std::printf("%d problems agree on:", problems);
    for (const auto& isa : nw::instruction_sets()) std::printf(" %s", isa.c_str());
    std::printf("\n");
    return 0;
}
#endif
