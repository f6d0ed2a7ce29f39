/* Squares of numbers, moved so that their rows become columns. */
#pragma once

#include "core.h"

#define TILE 4

/* Numbers that lie side by side in each row of `from` go below each other in columns of `to`; both
   steps are in bytes. */
typedef void (*MoveTile)(const char *from, Py_ssize_t step, char *to, Py_ssize_t apart);

static void move_tile_any(const char *from, Py_ssize_t step, char *to, Py_ssize_t apart) {
    for (int i = 0; i < TILE; i++)
        for (int k = 0; k < TILE; k++)
            memcpy(to + k * apart + i * (int)sizeof(double),
                   from + i * step + k * (int)sizeof(double), sizeof(double));
}

#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>
#define HAS_AVX_TILES
__attribute__((target("avx"))) static void move_tile_avx(const char *from, Py_ssize_t step,
                                                         char *to, Py_ssize_t apart) {
    const __m256d a = _mm256_loadu_pd((const double *)(const void *)from);
    const __m256d b = _mm256_loadu_pd((const double *)(const void *)(from + step));
    const __m256d c = _mm256_loadu_pd((const double *)(const void *)(from + 2 * step));
    const __m256d d = _mm256_loadu_pd((const double *)(const void *)(from + 3 * step));
    const __m256d even = _mm256_unpacklo_pd(a, b), odd = _mm256_unpackhi_pd(a, b);
    const __m256d more_even = _mm256_unpacklo_pd(c, d), more_odd = _mm256_unpackhi_pd(c, d);
    const __m256d columns[TILE] = {
        _mm256_permute2f128_pd(even, more_even, 0x20),
        _mm256_permute2f128_pd(odd, more_odd, 0x20),
        _mm256_permute2f128_pd(even, more_even, 0x31),
        _mm256_permute2f128_pd(odd, more_odd, 0x31),
    };
    _mm256_storeu_pd((double *)(void *)to, columns[0]);
    _mm256_storeu_pd((double *)(void *)(to + apart), columns[1]);
    _mm256_storeu_pd((double *)(void *)(to + 2 * apart), columns[2]);
    _mm256_storeu_pd((double *)(void *)(to + 3 * apart), columns[3]);
}
#endif

/* The fastest way here. */
static MoveTile tile_mover(void) {
#ifdef HAS_AVX_TILES
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx")) return move_tile_avx;
#endif
    return move_tile_any;
}
