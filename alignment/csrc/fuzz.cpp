// A fuzz target: any bytes are a problem, and all ways to solve it must agree (agreement.hpp). With libFuzzer, or without it by
// the driver below, which replays files or makes up inputs:
//     nw_fuzz FILE ...
//     nw_fuzz --random COUNT [SEED]
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "agreement.hpp"

namespace nw = wavelode::nw;

namespace {

using i32 = std::int32_t;

// An input read from its start; past its end there are zeros.
class Bytes {
public:
    Bytes(const std::uint8_t* data, std::size_t size) : data_(data), size_(size) {}
    int next() { return at_ < size_ ? data_[at_++] : 0; }
    int below(int end) { return next() % end; }
    // Mostly small, sometimes as large as a byte or far larger: both kernels must see their limits.
    i32 number() {
        const int kind = next();
        if (kind < 160) return kind % 16;
        return kind < 250 ? next() : next() << 8 | next();
    }
    i32 signed_number() { return below(2) ? number() : -number(); }
    std::size_t left() const { return size_ - at_; }

private:
    const std::uint8_t* data_;
    std::size_t size_, at_ = 0;
};

nw::Gap gap(Bytes& bytes) {
    nw::Gap g;
    g.pieces = 1 + bytes.below(2);
    for (int p = 0; p < g.pieces; ++p) g.open[p] = bytes.number(), g.extend[p] = bytes.number();
    return g;
}

void set_substitution(Bytes& bytes, nw::Scores& s) {
    s.match = bytes.signed_number(), s.mismatch = bytes.signed_number();
    const int kind = bytes.below(4), classes = 1 + bytes.below(20);
    if (kind < 2) return;
    s.kind = kind == 2 ? nw::Substitution::kClasses : nw::Substitution::kTable;
    s.same_class = bytes.signed_number();
    for (i32 symbol = 0; symbol < 256; ++symbol) s.class_of[symbol] = symbol % classes;
    if (kind == 2) return;
    s.class_count = classes;
    for (int k = 0; k < classes * classes; ++k) s.table.push_back(k % 7 ? s.mismatch + k % 5 : s.match - k % 3);
}

std::vector<i32> symbols(Bytes& bytes, std::size_t size, int alphabet) {
    std::vector<i32> s(size);
    std::generate(s.begin(), s.end(), [&] { return bytes.below(alphabet); });
    return s;
}

// b is a with stretches repeated or left out, so that there is something to find.
std::vector<i32> relative(Bytes& bytes, const std::vector<i32>& a) {
    std::vector<i32> b;
    for (std::size_t i = 0; i < a.size();) {
        const std::size_t length = std::min(a.size() - i, static_cast<std::size_t>(1 + bytes.next()));
        if (bytes.below(4)) b.insert(b.end(), a.begin() + i, a.begin() + i + length);
        i += length;
        if (!bytes.below(3)) b.push_back(bytes.next() % 4);
    }
    return b;
}

std::vector<i32> weights(Bytes& bytes, std::size_t size) {
    if (bytes.below(8)) return {};
    return symbols(bytes, size, 5);
}

nw::Problem problem(Bytes bytes) {
    nw::Problem p;
    const int ends = bytes.next();
    p.scores.ends = {(ends & 1) != 0, (ends & 2) != 0, (ends & 4) != 0, (ends & 8) != 0};
    p.scores.gap = gap(bytes);
    set_substitution(bytes, p.scores);
    p.tuning = {1 + bytes.next(), 1 + bytes.next(), 1 + 8 * bytes.next(), 1 + bytes.below(4), nw::Choice::kAlways};
    const int alphabet = 1 + bytes.next(), share = 1 + bytes.below(8), repeats = bytes.below(3) ? 1 : 6;
    p.a = symbols(bytes, bytes.left() * share / 8, alphabet);
    for (int k = 1; k < repeats; ++k) p.a.insert(p.a.end(), p.a.begin(), p.a.begin() + p.a.size() / k);
    if (p.a.size() > 6000) p.a.resize(6000);
    p.b = bytes.below(2) ? relative(bytes, p.a) : symbols(bytes, bytes.left(), alphabet);
    p.weights_a = weights(bytes, p.a.size()), p.weights_b = weights(bytes, p.b.size());
    return p;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string wrong = nw::disagreement(problem(Bytes(data, size)));
    if (wrong.empty()) return 0;
    std::fprintf(stderr, "%s\n", wrong.c_str());
    std::abort();
}

#ifndef WAVELODE_NW_LIBFUZZER
#include <fstream>
#include <iterator>
#include <random>

namespace {

int run(const std::vector<std::uint8_t>& input) { return LLVMFuzzerTestOneInput(input.data(), input.size()); }

int run_random(int count, unsigned seed) {
    std::mt19937 random(seed);
    for (int k = 0; k < count; ++k) {
        std::vector<std::uint8_t> input(random() % (random() % 8 ? 200 : 3000));
        for (auto& byte : input) byte = static_cast<std::uint8_t>(random());
        std::ofstream("nw_fuzz_last", std::ios::binary).write(reinterpret_cast<const char*>(input.data()), input.size());
        run(input);
    }
    std::remove("nw_fuzz_last");  // it is there to be replayed where the run ends before this
    std::printf("%d inputs agree\n", count);
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc > 2 && std::string(argv[1]) == "--random") return run_random(std::atoi(argv[2]), argc > 3 ? std::atoi(argv[3]) : 1);
    for (int k = 1; k < argc; ++k) {
        std::ifstream file(argv[k], std::ios::binary);
        if (!file) return std::fprintf(stderr, "%s can't be read; give the files of inputs\n", argv[k]), 1;
        run({std::istreambuf_iterator<char>(file), {}});
    }
    std::printf("%d inputs agree\n", argc - 1);
    return 0;
}
#endif
