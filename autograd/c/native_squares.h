/* Squares of numbers, moved so that their rows become columns. */
#pragma once

#include "core.h"
#include "tape_machines.h"

#define SQUARE 8 /* rows and columns: as many as numbers in a line of the cache */
#define LINE 64  /* bytes of a line */

/* Numbers that lie side by side in each row of `from` go below each other in columns of `to`; both
   steps are in bytes. */
typedef void (*MoveSquare)(const char *from, Py_ssize_t step, char *to, Py_ssize_t apart);

static void move_square_any(const char *from, Py_ssize_t step, char *to, Py_ssize_t apart) {
    for (int i = 0; i < SQUARE; i++)
        for (int k = 0; k < SQUARE; k++)
            memcpy(to + k * apart + i * (int)sizeof(double),
                   from + i * step + k * (int)sizeof(double), sizeof(double));
}

#ifdef CLONES
#include <immintrin.h>
#define HAS_AVX_SQUARES
__attribute__((target("avx"))) static void move_square_avx(const char *from, Py_ssize_t step,
                                                           char *to, Py_ssize_t apart) {
    for (int part = 0; part < 4; part++) {
        const char *const x = from + (part / 2 * 4) * step + part % 2 * 32;
        char *const y = to + (part % 2 * 4) * apart + part / 2 * 32;
        const __m256d a = _mm256_loadu_pd((const double *)(const void *)x);
        const __m256d b = _mm256_loadu_pd((const double *)(const void *)(x + step));
        const __m256d c = _mm256_loadu_pd((const double *)(const void *)(x + 2 * step));
        const __m256d d = _mm256_loadu_pd((const double *)(const void *)(x + 3 * step));
        const __m256d even = _mm256_unpacklo_pd(a, b), odd = _mm256_unpackhi_pd(a, b);
        const __m256d more_even = _mm256_unpacklo_pd(c, d), more_odd = _mm256_unpackhi_pd(c, d);
        const __m256d columns[4] = {
            _mm256_permute2f128_pd(even, more_even, 0x20),
            _mm256_permute2f128_pd(odd, more_odd, 0x20),
            _mm256_permute2f128_pd(even, more_even, 0x31),
            _mm256_permute2f128_pd(odd, more_odd, 0x31),
        };
        for (int k = 0; k < 4; k++) _mm256_storeu_pd((double *)(void *)(y + k * apart), columns[k]);
    }
}

/* Four numbers of a row, and of the second row after it. */
__attribute__((target("avx512f"))) static __m512d two_rows(const char *from, Py_ssize_t step) {
    const __m256d low = _mm256_loadu_pd((const double *)(const void *)from);
    const __m256d high = _mm256_loadu_pd((const double *)(const void *)(from + 2 * step));
    return _mm512_insertf64x4(_mm512_castpd256_pd512(low), high, 1);
}

__attribute__((target("avx512f"))) static void move_square_avx512(const char *from, Py_ssize_t step,
                                                                  char *to, Py_ssize_t apart) {
    for (int half = 0; half < 2; half++, from += LINE / 2, to += 4 * apart) {
        const __m512d a = two_rows(from, step), b = two_rows(from + step, step);
        const __m512d c = two_rows(from + 4 * step, step), d = two_rows(from + 5 * step, step);
        const __m512d even = _mm512_unpacklo_pd(a, b), odd = _mm512_unpackhi_pd(a, b);
        const __m512d more_even = _mm512_unpacklo_pd(c, d), more_odd = _mm512_unpackhi_pd(c, d);
        _mm512_storeu_pd(to, _mm512_shuffle_f64x2(even, more_even, 0x88));
        _mm512_storeu_pd(to + apart, _mm512_shuffle_f64x2(odd, more_odd, 0x88));
        _mm512_storeu_pd(to + 2 * apart, _mm512_shuffle_f64x2(even, more_even, 0xdd));
        _mm512_storeu_pd(to + 3 * apart, _mm512_shuffle_f64x2(odd, more_odd, 0xdd));
    }
}
#endif

/* The way of a set of instructions that can run here. */
static MoveSquare square_mover(const MachineCode *set) {
#ifdef HAS_AVX_SQUARES
    if (!strcmp(set->name, "avx512")) return move_square_avx512;
    if (!strcmp(set->name, "avx2")) return move_square_avx;
#endif
    return move_square_any;
}

/* Has a line brought into the second cache; it need not exist. */
static void bring(const char *at) {
#ifdef __GNUC__
    __builtin_prefetch(at, 0, 2);
#endif
}
