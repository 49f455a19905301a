// Loops whose arrays must end up in registers.
#pragma once

#if defined(__clang__)
#define WAVELODE_UNROLL _Pragma("clang loop unroll(full)")
#else
#define WAVELODE_UNROLL _Pragma("GCC unroll 16")
#endif
#define WAVELODE_INLINE inline __attribute__((always_inline))
