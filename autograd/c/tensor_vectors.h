/* Loops of weighted sums and cross-entropies, for one instruction set; what is done to an element is
   printed from its row. It is read once for each instruction set, with ISA(name) for its names. */
#ifndef TENSOR_VECTORS
#define TENSOR_VECTORS
#include "tensor_arrays.h"
#include "tensor_rows.h"
#include <math.h>

enum { NO_ACTIVATION, RELU, SIGMOID, UNKNOWN };
#define AT_ONCE 64 /* rows of a cross-entropy, which stay in the cache */
#endif

#include "tape_machines.h"

#ifdef ISA
#include "tensor_elements.h"

/* z + b and its activation in the place of z, of n rows of m; of a sigmoid the slopes. */
#define FINISHED_SUMS(real, sigmoid) \
    static void ISA(finished_sums_##real)(real * z, real * slope, const real *b, npy_intp n, \
                                          npy_intp m, int f) { \
        for (npy_intp i = 0; b && i < n; i++) { \
            real *const row = z + i * m; \
            IVDEP for (npy_intp j = 0; j < m; j++) row[j] += b[j]; \
        } \
        if (f == RELU) { \
            for (npy_intp i = 0; i < n * m; i++) z[i] = relu_value_##real(z[i]); \
        } \
        else if (f == SIGMOID) { \
            IVDEP for (npy_intp i = 0; i < n * m; i++) { \
                real own; \
                z[i] = sigmoid(z[i], &own); \
                slope[i] = own; \
            } \
        } \
    }

/* The gradient by a weighted sum from that by its activation z. */
#define BEFORE_ACTIVATION(real) \
    static void ISA(before_activation_##real)(real * h, const real *g, const real *z, \
                                              const real *slope, npy_intp n) { \
        if (slope) { IVDEP for (npy_intp i = 0; i < n; i++) h[i] = g[i] * slope[i]; } \
        else { IVDEP for (npy_intp i = 0; i < n; i++) h[i] = g[i] * relu_slope_##real(z[i]); } \
    }

#define COLUMN_SUMS(real) \
    static void ISA(column_sums_##real)(real * sum, const real *g, npy_intp n, npy_intp m) { \
        for (npy_intp j = 0; j < m; j++) sum[j] = 0; \
        for (npy_intp i = 0; i < n; i++, g += m) { \
            IVDEP for (npy_intp j = 0; j < m; j++) sum[j] += g[j]; \
        } \
    }

/* The slopes p - y of each row into s; the sum of the losses; places are those of the labels among
   all elements. The largest exponential, which is 1, is added last, so that small losses and slopes
   keep their digits. It is _softmax_cross_entropy of rules/networks.py, which has the same digits. */
#define SOFTMAX(real, exp) \
    static double ISA(softmax_##real)(real * s, const real *x, const npy_intp *places, npy_intp n, \
                                      npy_intp m) { \
        double losses = 0; \
        npy_intp top[AT_ONCE]; \
        for (npy_intp first = 0, rows; first < n; first += rows) { \
            rows = n - first < AT_ONCE ? n - first : AT_ONCE; \
            real *const block = s + first * m; \
            for (npy_intp i = 0; i < rows; i++) { \
                const real *const row = x + (first + i) * m; \
                real largest = row[0]; \
                npy_intp k = 0; \
                for (npy_intp j = 1; j < m; j++) { \
                    const int is_larger = row[j] > largest; \
                    k = is_larger ? j : k; \
                    largest = is_larger ? row[j] : largest; \
                } \
                top[i] = k; \
                for (npy_intp j = 0; j < m; j++) block[i * m + j] = row[j] - largest; \
            } \
            IVDEP for (npy_intp i = 0; i < rows * m; i++) block[i] = exp(block[i]); \
            for (npy_intp i = 0; i < rows; i++) { \
                real *const p = block + i * m; \
                const npy_intp k = top[i], start = (first + i) * m, \
                               label = places[first + i] - start; \
                const real one = p[k]; /* or nan */ \
                real rest = 0; \
                p[k] = 0; \
                for (npy_intp j = 0; j < m; j++) rest += p[j]; \
                p[k] = one; \
                const real total = one + rest; \
                for (npy_intp j = 0; j < m; j++) p[j] /= total; \
                losses += log1p((double)(rest + (one - 1))) - \
                          ((double)x[start + label] - (double)x[start + k]); \
                p[label] = label == k ? -rest / total : p[label] - 1; \
            } \
        } \
        return losses; \
    }

/* Doubles have the bits of Values, whose exp is that of the C library. */
#define LAYER_LOOPS(real, exp, sigmoid) \
    FINISHED_SUMS(real, sigmoid) BEFORE_ACTIVATION(real) COLUMN_SUMS(real) SOFTMAX(real, exp)
LAYER_LOOPS(float, ISA(near_exp_float), ISA(sigmoid_value_and_slope_float))
LAYER_LOOPS(double, exp, sigmoid_value_and_slope_double)
#endif
