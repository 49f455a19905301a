// The kernels against each other without Python: random problems from a seed, see agreement.hpp. For emulators and
// sanitizers:
//     nw_selftest [problems] [seed]
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include "agreement.hpp"
#include "dispatch.hpp"

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

nw::Problem problem(std::uint64_t seed) {
    Random random(seed);
    nw::Problem p;
    const int alphabet = below(random, 8) ? 1 + below(random, 9) : 3000;  // more than a byte numbers
    const int longest = below(random, 10) ? 90 : below(random, 4) ? 2000 : 4500;
    p.a = sequence(random, below(random, longest), alphabet);
    p.b = below(random, 3) ? edited(random, p.a, alphabet) : sequence(random, below(random, longest), alphabet);
    p.scores = scores(random);
    p.tuning = {1 + below(random, 60), 1 + below(random, 60), 1 + below(random, 2000), 1 + below(random, 4), nw::Choice::kAlways};
    return p;
}

}  // namespace

int main(int argc, char** argv) {
    const int problems = argc > 1 ? std::atoi(argv[1]) : 200;
    const std::uint64_t seed = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 1;
    for (int k = 0; k < problems; ++k) {
        const std::string wrong = nw::disagreement(problem(seed + k));
        if (wrong.empty()) continue;
        std::printf("seed %llu: %s\n", static_cast<unsigned long long>(seed + k), wrong.c_str());
        return 1;
    }
    std::printf("%d problems agree on:", problems);
    for (const auto& isa : nw::instruction_sets()) std::printf(" %s", isa.c_str());
    std::printf("\n");
    return 0;
}
