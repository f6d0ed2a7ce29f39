/* Loops of kernels over elements, for one instruction set: of what every machine rounds alike, so
   that bits are those of NumPy, whose own loops take longer to begin; and, for programs that need
   not be exact, of polynomials and fused products. A number for all elements has the step 0, others
   lie one after the other; a result may be in the place of an operand, element by element. It is
   read once for each instruction set, with ISA(name) for its names. */
#ifndef KERNEL_LOOPS
#define KERNEL_LOOPS
#include "tensor_arrays.h"
#include <math.h>
#include <numpy/ufuncobject.h>

/* X(name, type of operands, type of the result, result of x0, x1): the names are those of NumPy's
   functions, with the letters of their types, and of conversions. */
#define KERNEL_ARITHMETIC(X, letter, real) \
    X(add_##letter, real, real, x0 + x1) \
    X(subtract_##letter, real, real, x0 - x1) \
    X(multiply_##letter, real, real, x0 *x1) \
    X(divide_##letter, real, real, x0 / x1) \
    X(less_##letter, real, npy_bool, x0 < x1) \
    X(less_equal_##letter, real, npy_bool, x0 <= x1) \
    X(greater_##letter, real, npy_bool, x0 > x1) \
    X(greater_equal_##letter, real, npy_bool, x0 >= x1)
#define KERNEL_BINARY(X) KERNEL_ARITHMETIC(X, f, float) KERNEL_ARITHMETIC(X, d, double)
#define KERNEL_UNARY(X) \
    X(negative_f, float, float, -x0) \
    X(negative_d, double, double, -x0) \
    X(absolute_f, float, float, fabsf(x0)) \
    X(absolute_d, double, double, fabs(x0)) \
    X(square_f, float, float, x0 *x0) \
    X(square_d, double, double, x0 *x0) \
    X(sqrt_f, float, float, sqrtf(x0)) \
    X(sqrt_d, double, double, sqrt(x0)) \
    X(f_to_d, float, double, x0) \
    X(d_to_f, double, float, x0) \
    X(b_to_f, signed char, float, x0) \
    X(b_to_d, signed char, double, x0) \
    X(truth_to_b, npy_bool, signed char, x0)
#define KERNEL_FUSED(X) \
    X(fma_f, float, ISA(fma_float)(x0, x1, x2)) \
    X(fms_f, float, ISA(fma_float)(x0, x1, -x2)) \
    X(fnma_f, float, ISA(fma_float)(-x0, x1, x2)) \
    X(fma_d, double, ISA(fma)(x0, x1, x2)) \
    X(fms_d, double, ISA(fma)(x0, x1, -x2)) \
    X(fnma_d, double, ISA(fma)(-x0, x1, x2))
#define KERNEL_SUMS(X) X(sum_f, float) X(sum_d, double)
#define KERNEL_CHOICES(X) \
    X(where1, npy_int8) X(where2, npy_int16) X(where4, npy_int32) X(where8, npy_int64)
#endif

#include "tape_machines.h"

#ifdef ISA
#define LOOP_HEAD(name) \
    static void ISA(name)(char **a, npy_intp const *count, npy_intp const *steps, void *_)
#define OPERAND(real, k) const real *const a##k = (const real *)(const void *)a[k]
#define RESULT(real, k) real *const z = (real *)(void *)a[k]

#define LOOP_1(name, from, to, text) \
    LOOP_HEAD(name) { \
        OPERAND(from, 0); \
        RESULT(to, 1); \
        const npy_intp n = *count; \
        if (steps[0]) { \
            IVDEP for (npy_intp i = 0; i < n; i++) { \
                const from x0 = a0[i]; \
                z[i] = (to)(text); \
            } \
            return; \
        } \
        const from x0 = *a0; \
        for (npy_intp i = 0; i < n; i++) z[i] = (to)(text); \
    }
KERNEL_UNARY(LOOP_1)

#define LOOP_2(name, from, to, text) \
    LOOP_HEAD(name) { \
        OPERAND(from, 0); \
        OPERAND(from, 1); \
        RESULT(to, 2); \
        const npy_intp n = *count; \
        if (steps[0] && steps[1]) { \
            IVDEP for (npy_intp i = 0; i < n; i++) { \
                const from x0 = a0[i], x1 = a1[i]; \
                z[i] = (to)(text); \
            } \
        } \
        else if (steps[0]) { \
            const from x1 = *a1; \
            IVDEP for (npy_intp i = 0; i < n; i++) { \
                const from x0 = a0[i]; \
                z[i] = (to)(text); \
            } \
        } \
        else if (steps[1]) { \
            const from x0 = *a0; \
            IVDEP for (npy_intp i = 0; i < n; i++) { \
                const from x1 = a1[i]; \
                z[i] = (to)(text); \
            } \
        } \
        else { \
            const from x0 = *a0, x1 = *a1; \
            for (npy_intp i = 0; i < n; i++) z[i] = (to)(text); \
        } \
    }
KERNEL_BINARY(LOOP_2)

#define LOOP_POLYNOMIAL(op) LOOP_1(near_##op##_d, double, double, ISA(near_##op)(x0))
#define LOOP_OF_SINGLE(op) LOOP_1(near_##op##_f, float, float, ISA(near_##op##_float)(x0))
#define LOOP_ALONE(op, text) LOOP_1(near_##op##_d, double, double, text)
TAPE_POLYNOMIALS(LOOP_POLYNOMIAL)
TAPE_OF_SINGLE(LOOP_OF_SINGLE)
TAPE_NEAR_ALONE(LOOP_ALONE)

/* Where an element is far, they are computed one by one. */
#define LOOP_NEAR(op, within) \
    LOOP_HEAD(near_##op##_d) { \
        OPERAND(double, 0); \
        RESULT(double, 1); \
        const npy_intp n = *count, step = steps[0] != 0; \
        int far = !step; \
        for (npy_intp i = 0; step && i < n; i++) far |= !(fabs(a0[i]) <= within); \
        if (!far) { \
            IVDEP for (npy_intp i = 0; i < n; i++) z[i] = ISA(near_##op)(a0[i]); \
            return; \
        } \
        for (npy_intp i = 0; i < n; i++) { \
            const double x0 = a0[i * step]; \
            z[i] = fabs(x0) <= within ? ISA(near_##op)(x0) : op(x0); \
        } \
    }
TAPE_NEAR(LOOP_NEAR)

/* Of the operands of a product the first may be one for all, and so may the third. */
#define LANE(real, k) const real x##k = a##k[i]
#define SAME(real, k) const real x##k = *a##k
#define LOOP_3(name, real, text) \
    LOOP_HEAD(name) { \
        OPERAND(real, 0); \
        OPERAND(real, 1); \
        OPERAND(real, 2); \
        RESULT(real, 3); \
        const npy_intp n = *count; \
        if (steps[0] && steps[1] && steps[2]) { \
            IVDEP for (npy_intp i = 0; i < n; i++) { \
                LANE(real, 0); \
                LANE(real, 1); \
                LANE(real, 2); \
                z[i] = text; \
            } \
        } \
        else if (steps[1] && steps[2]) { \
            SAME(real, 0); \
            IVDEP for (npy_intp i = 0; i < n; i++) { \
                LANE(real, 1); \
                LANE(real, 2); \
                z[i] = text; \
            } \
        } \
        else if (steps[0] && steps[1]) { \
            SAME(real, 2); \
            IVDEP for (npy_intp i = 0; i < n; i++) { \
                LANE(real, 0); \
                LANE(real, 1); \
                z[i] = text; \
            } \
        } \
        else \
            for (npy_intp i = 0; i < n; i++) { \
                const real x0 = a0[steps[0] ? i : 0], x1 = a1[steps[1] ? i : 0], \
                           x2 = a2[steps[2] ? i : 0]; \
                z[i] = text; \
            } \
    }
KERNEL_FUSED(LOOP_3)

/* The sum of a block, added to that of the blocks before, and what it loses by rounding to what they
   lost: in lanes, which are folded. */
#define LANES 16
#define LOOP_SUM(name, real) \
    LOOP_HEAD(name) { \
        OPERAND(real, 0); \
        double *const total = (double *)(void *)a[1], lane[LANES] = {0}, rest = 0; \
        npy_intp i = 0; \
        for (; i + LANES <= *count; i += LANES) \
            IVDEP for (int j = 0; j < LANES; j++) lane[j] += (double)a0[i + j]; \
        for (; i < *count; i++) rest += (double)a0[i]; \
        for (int width = LANES / 2; width; width /= 2) \
            for (int j = 0; j < width; j++) lane[j] += lane[j + width]; \
        const double sum = lane[0] + rest, before = total[0], after = before + sum; \
        total[1] += fabs(before) >= fabs(sum) ? (before - after) + sum : (sum - after) + before; \
        total[0] = after; \
    }
KERNEL_SUMS(LOOP_SUM)

/* Bits of one of two numbers, as np.where has them. */
#define LOOP_CHOICE(name, bits) \
    LOOP_HEAD(name) { \
        const char *c = a[0], *x = a[1], *y = a[2]; \
        RESULT(bits, 3); \
        const npy_intp sc = steps[0], sx = steps[1], sy = steps[2]; \
        for (npy_intp i = 0; i < *count; i++, c += sc, x += sx, y += sy) \
            z[i] = *(const bits *)(const void *)(*c ? x : y); \
    }
KERNEL_CHOICES(LOOP_CHOICE)
#endif
