// AVX-512 with byte instructions: 64 lanes. Built with -mavx512bw, called only where the processor has it.
#include "band_job.hpp"

#if defined(__AVX512BW__)
#include <immintrin.h>

#include "band.hpp"

namespace wavelode::nw {
namespace {

struct Avx512 {
    using V = __m512i;
    using Mask = __mmask64;
    static constexpr int lanes = 64;
    // As many columns as the registers hold; a traced rectangle is small, so it should be filled and emptied fast.
    static constexpr int stride(int pieces, bool traced) { return traced || pieces == 2 ? 2 : pieces == 1 ? 4 : 5; }
    static constexpr bool many_registers = true;  // they hold a row's symbols too
    static constexpr int least = -128;  // bytes are compared as signed
    static constexpr bool bit_planes(int pieces) { return pieces < 2; }  // of more, writing each costs too much

    static V load(const std::uint8_t* p) { return _mm512_load_si512(p); }
    static void store(std::uint8_t* p, V v) { _mm512_store_si512(p, v); }
    static V all(int byte) { return _mm512_set1_epi8(static_cast<char>(byte)); }
    static V add(V a, V b) { return _mm512_add_epi8(a, b); }
    static V sub(V a, V b) { return _mm512_sub_epi8(a, b); }
    static V max(V a, V b) { return _mm512_max_epi8(a, b); }
    static Mask equal(V a, V b) { return _mm512_cmpeq_epi8_mask(a, b); }
    static Mask mask(const std::uint8_t* p) { return _mm512_movepi8_mask(_mm512_loadu_si512(p)); }
    static void store_mask(std::uint8_t* p, Mask m) { _store_mask64(reinterpret_cast<Mask*>(p), m); }
    static V select(Mask m, V yes, V no) { return _mm512_mask_blend_epi8(m, no, yes); }
    static V push(V v, std::uint8_t in) {  // lane l + 1 takes lane l, lane 0 takes `in`
        const V low = _mm512_alignr_epi64(v, _mm512_setzero_si512(), 6);
        return _mm512_or_si512(_mm512_alignr_epi8(v, low, 15), _mm512_zextsi128_si512(_mm_cvtsi32_si128(in)));
    }
    static V mark(V bits, Mask m, int bit) { return _mm512_mask_add_epi8(bits, m, bits, all(bit)); }
    static V low_half(V v) { return _mm512_and_si512(v, all(15)); }
    static V high_half(V v) { return low_half(_mm512_srli_epi16(v, 4)); }
    // Bytes 0-7 of every quarter of a and b in turn, or bytes 8-15.
    static V zip_low(V a, V b) { return _mm512_unpacklo_epi8(a, b); }
    static V zip_high(V a, V b) { return _mm512_unpackhi_epi8(a, b); }
    template <class Where>
    static WAVELODE_INLINE V quarters(const Where& where) {  // 16 bytes from where(0), where(1), ... each
        const auto part = [&](int k) { return _mm_loadu_si128(reinterpret_cast<const __m128i*>(where(k))); };
        V v = _mm512_castsi128_si512(part(0));
        v = _mm512_mask_broadcast_i32x4(v, 0x00F0, part(1));
        v = _mm512_mask_broadcast_i32x4(v, 0x0F00, part(2));
        return _mm512_mask_broadcast_i32x4(v, 0xF000, part(3));
    }
    static V pin(V v) {
        asm("" : "+v"(v));
        return v;
    }
};

}  // namespace

const BandFunctions* avx512_bands() {
    static const BandFunctions functions = band_functions<Avx512>("avx512");
    return &functions;
}

}  // namespace wavelode::nw

#else

namespace wavelode::nw {
const BandFunctions* avx512_bands() { return nullptr; }
}  // namespace wavelode::nw

#endif
