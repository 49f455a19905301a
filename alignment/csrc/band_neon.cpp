// NEON: 16 lanes. Every arm64 processor has it.
#include "band_job.hpp"

#if defined(__aarch64__) && defined(__ARM_NEON)
#include <arm_neon.h>

#include "band.hpp"

namespace wavelode::nw {
namespace {

struct Neon {
    using V = uint8x16_t;
    using Mask = uint8x16_t;
    static constexpr int lanes = 16;
    static constexpr int stride(int, bool) { return 4; }  // as many columns as the registers hold
    static constexpr bool many_registers = false;  // they hold a row's symbols too
    static constexpr int least = -128;  // bytes are compared as signed
    static constexpr bool bit_planes(int) { return false; }

    static V load(const std::uint8_t* p) { return vld1q_u8(p); }
    static void store(std::uint8_t* p, V v) { vst1q_u8(p, v); }
    static V all(int byte) { return vdupq_n_u8(static_cast<std::uint8_t>(byte)); }
    static V add(V a, V b) { return vaddq_u8(a, b); }
    static V sub(V a, V b) { return vsubq_u8(a, b); }
    static V max(V a, V b) { return vreinterpretq_u8_s8(vmaxq_s8(vreinterpretq_s8_u8(a), vreinterpretq_s8_u8(b))); }
    static Mask equal(V a, V b) { return vceqq_u8(a, b); }
    static Mask mask(const std::uint8_t* p) { return load(p); }
    static V select(Mask m, V yes, V no) { return vbslq_u8(m, yes, no); }
    static V mark(V bits, Mask m, int bit) { return vorrq_u8(bits, vandq_u8(m, all(bit))); }
    static V push(V v, std::uint8_t in) { return vextq_u8(vdupq_n_u8(in), v, 15); }  // lane l + 1 takes lane l
    static V low_half(V v) { return vandq_u8(v, all(15)); }
    static V high_half(V v) { return vshrq_n_u8(v, 4); }
    static V zip_low(V a, V b) { return vzip1q_u8(a, b); }  // bytes 0-7 of a and b in turn
    static V zip_high(V a, V b) { return vzip2q_u8(a, b); }
    template <class Where>
    static WAVELODE_INLINE V quarters(const Where& where) {
        return load(where(0));
    }
    static V pin(V v) {
        asm("" : "+w"(v));
        return v;
    }
};

}  // namespace

const BandFunctions* neon_bands() {
    static const BandFunctions functions = band_functions<Neon>("neon");
    return &functions;
}

}  // namespace wavelode::nw

#else

namespace wavelode::nw {
const BandFunctions* neon_bands() { return nullptr; }
}  // namespace wavelode::nw

#endif
