// 16 lanes in the compiler's own vectors: whatever the target, no instruction set named. GCC and Clang only; elsewhere
// the plain kernel does the work.
#include "band_job.hpp"

#if defined(__GNUC__)
#include <cstring>

#include "band.hpp"

namespace wavelode::nw {
namespace {

struct Portable {
    using V = std::uint8_t __attribute__((vector_size(16)));
    using Mask = V;
    static constexpr int lanes = 16;
    static constexpr int stride(int, bool) { return 2; }  // as many columns as the registers hold
    static constexpr bool many_registers = false;  // they hold a row's symbols too
    static constexpr int least = 0;  // bytes are compared as unsigned
    static constexpr bool bit_planes(int) { return false; }

    static V load(const std::uint8_t* p) { return *reinterpret_cast<const V*>(p); }
    static void store(std::uint8_t* p, V v) { *reinterpret_cast<V*>(p) = v; }
    static V all(int byte) { return V{} + static_cast<std::uint8_t>(byte); }
    static V add(V a, V b) { return a + b; }
    static V sub(V a, V b) { return a - b; }
    static V max(V a, V b) { return a > b ? a : b; }
    static Mask equal(V a, V b) { return reinterpret_cast<Mask>(a == b); }
    static Mask mask(const std::uint8_t* p) {
        Mask m;
        std::memcpy(&m, p, sizeof m);
        return m;
    }
    static V select(Mask m, V yes, V no) { return (yes & m) | (no & ~m); }
    static V mark(V bits, Mask m, int bit) { return bits | (m & all(bit)); }
    static V push(V v, std::uint8_t in) {  // lane l + 1 takes lane l, lane 0 takes `in`
        alignas(16) std::uint8_t bytes[lanes + 16];
        bytes[15] = in;
        store(bytes + 16, v);
        std::memcpy(&v, bytes + 15, sizeof v);
        return v;
    }
    static V low_half(V v) { return v & all(15); }
    static V high_half(V v) { return v >> 4; }
    static V zip_low(V a, V b) {  // bytes 0-7 of a and b in turn
        return __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
    }
    static V zip_high(V a, V b) {
        return __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
    }
    template <class Where>
    static WAVELODE_INLINE V quarters(const Where& where) {
        V v;
        std::memcpy(&v, where(0), sizeof v);
        return v;
    }
    static V pin(V v) { return v; }
};

}  // namespace

const BandFunctions* portable_bands() {
    static const BandFunctions functions = band_functions<Portable>("portable");
    return &functions;
}

}  // namespace wavelode::nw

#else

namespace wavelode::nw {
const BandFunctions* portable_bands() { return nullptr; }
}  // namespace wavelode::nw

#endif
