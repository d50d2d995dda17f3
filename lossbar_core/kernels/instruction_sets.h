/* Compiling the same functions for several instruction sets: between FOR_SET_512 or FOR_SET_256 and END_OF_SET.
 *
 * A header that is included once a set defines SET (512, 256, or 0 for what every machine has) and WIDTH (bytes of a
 * vector) before. widest_set() tells which to call.
 */
#ifndef LOSSBAR_INSTRUCTION_SETS_H
#define LOSSBAR_INSTRUCTION_SETS_H

#define INLINE static inline __attribute__((always_inline))

#if defined(__x86_64__) && defined(__GNUC__)
#define CHOICE_OF_SETS
#include <immintrin.h>
#ifdef __clang__
#define FOR_SET_512 _Pragma("clang attribute push(__attribute__((target(\"avx512f\"))), apply_to = function)")
#define FOR_SET_256 _Pragma("clang attribute push(__attribute__((target(\"avx2,fma\"))), apply_to = function)")
#define END_OF_SET _Pragma("clang attribute pop")
#else
#define FOR_SET_512 _Pragma("GCC push_options") _Pragma("GCC target(\"avx512f\")")
#define FOR_SET_256 _Pragma("GCC push_options") _Pragma("GCC target(\"avx2,fma\")")
#define END_OF_SET _Pragma("GCC pop_options")
#endif
#endif

/* Bits of the widest vectors that this machine has and the functions are compiled for. */
static inline int widest_set(void)
{
#ifdef CHOICE_OF_SETS
    if (__builtin_cpu_supports("avx512f")) return 512;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return 256;
#endif
    return 0;
}

#endif
