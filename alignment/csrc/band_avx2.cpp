// AVX2: 32 lanes. Built with -mavx2, called only where the processor has it.
#include "band_job.hpp"

#if defined(__AVX2__)
#include <immintrin.h>

#include "band.hpp"

namespace wavelode::nw {
namespace {

struct Avx2 {
    using V = __m256i;
    using Mask = __m256i;
    static constexpr int lanes = 32;
    static constexpr int stride(int pieces, bool traced) { return pieces == 0 && !traced ? 3 : 2; }
    static constexpr bool many_registers = false;  // they hold a row's symbols too
    static constexpr int least = -128;  // bytes are compared as signed
    static constexpr bool bit_planes(int) { return false; }

    static V load(const std::uint8_t* p) { return _mm256_load_si256(reinterpret_cast<const V*>(p)); }
    static void store(std::uint8_t* p, V v) { _mm256_store_si256(reinterpret_cast<V*>(p), v); }
    static V all(int byte) { return _mm256_set1_epi8(static_cast<char>(byte)); }
    static V add(V a, V b) { return _mm256_add_epi8(a, b); }
    static V sub(V a, V b) { return _mm256_sub_epi8(a, b); }
    static V max(V a, V b) { return _mm256_max_epi8(a, b); }
    static Mask equal(V a, V b) { return _mm256_cmpeq_epi8(a, b); }
    static Mask mask(const std::uint8_t* p) { return _mm256_loadu_si256(reinterpret_cast<const V*>(p)); }
    static V select(Mask m, V yes, V no) { return _mm256_blendv_epi8(no, yes, m); }
    static V mark(V bits, Mask m, int bit) { return _mm256_or_si256(bits, _mm256_and_si256(m, all(bit))); }
    static V push(V v, std::uint8_t in) {  // lane l + 1 takes lane l, lane 0 takes `in`
        const V low = _mm256_permute2x128_si256(v, v, 0x08);
        return _mm256_or_si256(_mm256_alignr_epi8(v, low, 15), _mm256_zextsi128_si256(_mm_cvtsi32_si128(in)));
    }
    static V low_half(V v) { return _mm256_and_si256(v, all(15)); }
    static V high_half(V v) { return low_half(_mm256_srli_epi16(v, 4)); }
    // Bytes 0-7 of every quarter of a and b in turn, or bytes 8-15.
    static V zip_low(V a, V b) { return _mm256_unpacklo_epi8(a, b); }
    static V zip_high(V a, V b) { return _mm256_unpackhi_epi8(a, b); }
    template <class Where>
    static WAVELODE_INLINE V quarters(const Where& where) {  // 16 bytes from where(0), where(1) each
        return _mm256_loadu2_m128i(reinterpret_cast<const __m128i*>(where(1)),
                                   reinterpret_cast<const __m128i*>(where(0)));
    }
    // Keeps the compiler from regrouping sums, which costs it registers.
    static V pin(V v) {
        asm("" : "+x"(v));
        return v;
    }
};

}  // namespace

const BandFunctions* avx2_bands() {
    static const BandFunctions functions = band_functions<Avx2>("avx2");
    return &functions;
}

}  // namespace wavelode::nw

#else

namespace wavelode::nw {
const BandFunctions* avx2_bands() { return nullptr; }
}  // namespace wavelode::nw

#endif
