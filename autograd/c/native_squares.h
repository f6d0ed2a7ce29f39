/* Squares of numbers, moved so that their rows become columns. */
#pragma once

#include "core.h"
#include "tape_machines.h"

#define SQUARE 8 /* rows and columns: as many as numbers in a line of the cache */

/* Numbers that lie side by side in each row of `from` go below each other in columns of `to`; both
   steps are in bytes. */
typedef void (*MoveSquare)(const char *from, Py_ssize_t step, char *to, Py_ssize_t apart);

/* Writes as many rows as a square has, from squares of columns, by whole lines; the rows after them
   are brought near where they are far. */
typedef void (*WriteRows)(const char *from, Py_ssize_t apart, char *to, Py_ssize_t step,
                          int32_t squares, int is_far);

static void move_square_any(const char *from, Py_ssize_t step, char *to, Py_ssize_t apart) {
    for (int i = 0; i < SQUARE; i++)
        for (int k = 0; k < SQUARE; k++)
            memcpy(to + k * apart + i * (int)sizeof(double),
                   from + i * step + k * (int)sizeof(double), sizeof(double));
}

#ifdef CLONES
#include <immintrin.h>
#define HAS_AVX_SQUARES
#ifdef __clang__
#define UNROLLED_8
#else
#define UNROLLED_8 _Pragma("GCC unroll 8")
#endif
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

/* Numbers of a row before its first whole line. */
static int numbers_to_line(const char *row) {
    return (int)(-(uintptr_t)row % LINE / sizeof(double));
}

/* Four numbers of a row, and of the second row after it. */
__attribute__((target("avx512f"))) static __m512d two_rows(const char *from, Py_ssize_t step) {
    const __m256d low = _mm256_loadu_pd((const double *)(const void *)from);
    const __m256d high = _mm256_loadu_pd((const double *)(const void *)(from + 2 * step));
    return _mm512_insertf64x4(_mm512_castpd256_pd512(low), high, 1);
}

/* The columns of a square. */
__attribute__((target("avx512f"))) static inline void turn(const char *from, Py_ssize_t step,
                                                           __m512d *columns) {
    UNROLLED_8
    for (int half = 0; half < 2; half++, from += 32, columns += 4) {
        const __m512d a = two_rows(from, step), b = two_rows(from + step, step);
        const __m512d c = two_rows(from + 4 * step, step), d = two_rows(from + 5 * step, step);
        const __m512d even = _mm512_unpacklo_pd(a, b), odd = _mm512_unpackhi_pd(a, b);
        const __m512d more_even = _mm512_unpacklo_pd(c, d), more_odd = _mm512_unpackhi_pd(c, d);
        columns[0] = _mm512_shuffle_f64x2(even, more_even, 0x88);
        columns[1] = _mm512_shuffle_f64x2(odd, more_odd, 0x88);
        columns[2] = _mm512_shuffle_f64x2(even, more_even, 0xdd);
        columns[3] = _mm512_shuffle_f64x2(odd, more_odd, 0xdd);
    }
}

__attribute__((target("avx512f"))) static void move_square_avx512(const char *from, Py_ssize_t step,
                                                                  char *to, Py_ssize_t apart) {
    __m512d columns[SQUARE];
    turn(from, step, columns);
    for (int k = 0; k < SQUARE; k++) _mm512_storeu_pd(to + k * apart, columns[k]);
}

/* Each row begins anywhere in a line: numbers of two squares make one. */
__attribute__((target("avx512f"))) static void write_rows_avx512(const char *from, Py_ssize_t apart,
                                                                 char *to, Py_ssize_t step,
                                                                 int32_t squares, int is_far) {
    __m512d before[SQUARE], now[SQUARE];
    __m512i taken[SQUARE];
    UNROLLED_8
    for (int k = 0; k < SQUARE; k++) {
        before[k] = _mm512_setzero_pd();
        taken[k] = _mm512_add_epi64(_mm512_set1_epi64(numbers_to_line(to + k * step)),
                                    _mm512_setr_epi64(0, 1, 2, 3, 4, 5, 6, 7));
    }
    for (int32_t i = 0; i < squares; i++, from += SQUARE * apart) {
        turn(from, apart, now);
        UNROLLED_8
        for (int k = 0; k < SQUARE; k++) {
            char *const row = to + k * step;
            const int first = numbers_to_line(row);
            double *const line = (double *)(void *)row + first + SQUARE * (i - 1);
            if (is_far) BRING(row + SQUARE * step + i * LINE, SECOND_CACHE);
            if (i) _mm512_store_pd(line, _mm512_permutex2var_pd(before[k], taken[k], now[k]));
            else _mm512_mask_storeu_pd(row, (__mmask8)((1 << first) - 1), now[k]);
            before[k] = now[k];
        }
    }
    UNROLLED_8
    for (int k = 0; k < SQUARE; k++) {
        const int first = numbers_to_line(to + k * step);
        double *const line = (double *)(void *)(to + k * step) + first + SQUARE * (squares - 1);
        _mm512_mask_storeu_pd(line, (__mmask8)((1 << (SQUARE - first)) - 1),
                              _mm512_permutex2var_pd(before[k], taken[k], before[k]));
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

/* The way to write rows by lines, if there is one. */
static WriteRows row_writer(const MachineCode *set) {
#ifdef HAS_AVX_SQUARES
    if (!strcmp(set->name, "avx512")) return write_rows_avx512;
#endif
    return NULL;
}
