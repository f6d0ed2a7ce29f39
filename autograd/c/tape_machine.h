/* The machines of one instruction set: for one row, and for blocks of rows. It is read once for
   each, with ISA(name) for its names; none of them contracts what is not written as fused. */
#include "tape_machines.h"

#ifdef ISA
#ifdef FUSED
static inline double ISA(fma)(double x, double y, double z) { return __builtin_fma(x, y, z); }

static inline int64_t ISA(bits)(double x) {
    int64_t i;
    memcpy(&i, &x, sizeof i);
    return i;
}
static inline double ISA(of_bits)(int64_t i) {
    double x;
    memcpy(&x, &i, sizeof x);
    return x;
}

/* Without a branch, into which a compiler would move what only it needs. */
static inline double ISA(choose)(int holds, double x, double y) {
    const int64_t mask = -(int64_t)holds;
    return ISA(of_bits)((ISA(bits)(x) & mask) | (ISA(bits)(y) & ~mask));
}

/* 2 to the power of k, of which 1.5 * 2 ** 52 + k has the lowest bits. */
static inline double ISA(pow2)(double shifted) {
    const uint64_t i = (uint64_t)ISA(bits)(shifted);
    return ISA(of_bits)((int64_t)((i << 52) + ((uint64_t)1023 << 52)));
}

/* x = 2 ** k * f, for f from sqrt(1/2) on, whose bits these are, to its double. */
#define ROOT_HALF 0x3fe6a09e667f3bcd
static inline double ISA(exponent)(double x) {
    const uint64_t k = ((uint64_t)ISA(bits)(x) - ROOT_HALF + ((uint64_t)1023 << 52)) >> 52;
    return ISA(of_bits)((int64_t)(k | (uint64_t)0x433 << 52)) - (0x1p52 + 1023);
}
static inline double ISA(significand)(double x) {
    const uint64_t below = ((uint64_t)ISA(bits)(x) - ROOT_HALF) & (((uint64_t)1 << 52) - 1);
    return ISA(of_bits)((int64_t)(below + ROOT_HALF));
}

static inline float ISA(fma_float)(float x, float y, float z) { return __builtin_fmaf(x, y, z); }
static inline int32_t ISA(bits_float)(float x) {
    int32_t i;
    memcpy(&i, &x, sizeof i);
    return i;
}
static inline float ISA(of_bits_float)(int32_t i) {
    float x;
    memcpy(&x, &i, sizeof x);
    return x;
}
static inline float ISA(choose_float)(int holds, float x, float y) {
    const int32_t mask = -(int32_t)holds;
    return ISA(of_bits_float)((ISA(bits_float)(x) & mask) | (ISA(bits_float)(y) & ~mask));
}
static inline float ISA(pow2_float)(float shifted) {
    const uint32_t i = (uint32_t)ISA(bits_float)(shifted);
    return ISA(of_bits_float)((int32_t)((i << 23) + ((uint32_t)127 << 23)));
}
#else /* polynomials are near by fused operations alone */
static inline double ISA(fma)(double x, double y, double z) { return x * y + z; }
static inline float ISA(fma_float)(float x, float y, float z) { return x * y + z; }
#define TAPE_FAR(op, ...) \
    static inline double ISA(near_##op)(double x) { return op(x); }
TAPE_POLYNOMIALS(TAPE_FAR)
TAPE_NEAR(TAPE_FAR)
static inline double ISA(choose)(int holds, double x, double y) { return holds ? x : y; }
static inline float ISA(choose_float)(int holds, float x, float y) { return holds ? x : y; }
#endif
#include "tape_polynomials.h"

/* Code for one row has a primitive several times over: bit i says that operand i is the result before,
   which is in a register, where a chain of primitives need not wait for memory. */
#ifdef _MSC_VER
#define TAPE_CASE(op, mask) case TAPE_##op * 8 + mask:
#define TAPE_NEXT break
#else /* a jump of its own for each primitive, which the processor learns apart */
#define TAPE_CASE(op, mask) on_##op##_##mask:
#define TAPE_NEXT goto *jumps[*p]
#endif
#define TAPE_X(i) const double x##i = s[p[2 + i]];
#define TAPE_R(i) const double x##i = before;
#define TAPE_ROW(op, mask, words, operands, text) \
    TAPE_CASE(op, mask) { \
        operands; \
        s[p[1]] = before = text; \
        p += words; \
        TAPE_NEXT; \
    }
#define TAPE_ROW_1(op, text) \
    TAPE_ROW(op, 0, 3, TAPE_X(0), text) \
    TAPE_ROW(op, 1, 3, TAPE_R(0), text)
#define TAPE_ROW_2(op, text) \
    TAPE_ROW(op, 0, 4, TAPE_X(0) TAPE_X(1), text) \
    TAPE_ROW(op, 1, 4, TAPE_R(0) TAPE_X(1), text) \
    TAPE_ROW(op, 2, 4, TAPE_X(0) TAPE_R(1), text) \
    TAPE_ROW(op, 3, 4, TAPE_R(0) TAPE_R(1), text)
#define TAPE_ROW_3(op, text) \
    TAPE_ROW(op, 0, 5, TAPE_X(0) TAPE_X(1) TAPE_X(2), text) \
    TAPE_ROW(op, 1, 5, TAPE_R(0) TAPE_X(1) TAPE_X(2), text) \
    TAPE_ROW(op, 2, 5, TAPE_X(0) TAPE_R(1) TAPE_X(2), text) \
    TAPE_ROW(op, 3, 5, TAPE_R(0) TAPE_R(1) TAPE_X(2), text) \
    TAPE_ROW(op, 4, 5, TAPE_X(0) TAPE_X(1) TAPE_R(2), text) \
    TAPE_ROW(op, 5, 5, TAPE_R(0) TAPE_X(1) TAPE_R(2), text) \
    TAPE_ROW(op, 6, 5, TAPE_X(0) TAPE_R(1) TAPE_R(2), text) \
    TAPE_ROW(op, 7, 5, TAPE_R(0) TAPE_R(1) TAPE_R(2), text)
#define TAPE_ROW_POLYNOMIAL(op) TAPE_ROW_1(near_##op, ISA(near_##op)(x0))
#define TAPE_ROW_NEAR(op, within) \
    TAPE_ROW_1(near_##op, fabs(x0) <= within ? ISA(near_##op)(x0) : op(x0))

/* Runs code in an arena: the index of the first guard that does not hold, or -1. */
static int32_t ISA(run_row)(const int32_t *p, double *s) {
    double before = 0.0;
#ifdef _MSC_VER
    for (;;) switch (*p) {
#else
#define TAPE_JUMP_0(op) &&on_##op##_0, NONE, NONE, NONE, NONE, NONE, NONE, NONE,
#define TAPE_JUMP_1(op, ...) &&on_##op##_0, &&on_##op##_1, NONE, NONE, NONE, NONE, NONE, NONE,
#define TAPE_JUMP_2(op, ...) \
    &&on_##op##_0, &&on_##op##_1, &&on_##op##_2, &&on_##op##_3, NONE, NONE, NONE, NONE,
#define TAPE_JUMP_3(op, ...) \
    &&on_##op##_0, &&on_##op##_1, &&on_##op##_2, &&on_##op##_3, &&on_##op##_4, &&on_##op##_5, \
        &&on_##op##_6, &&on_##op##_7,
#define TAPE_JUMP_NEAR(op, ...) TAPE_JUMP_1(near_##op)
#define NONE &&on_END_0
    static const void *const jumps[] = {
        TAPE_UNARY(TAPE_JUMP_1) TAPE_BINARY(TAPE_JUMP_2) TAPE_TERNARY(TAPE_JUMP_3)
            TAPE_FUSED(TAPE_JUMP_3) TAPE_NEAR_ALONE(TAPE_JUMP_1) TAPE_POLYNOMIALS(TAPE_JUMP_NEAR)
                TAPE_NEAR(TAPE_JUMP_NEAR) TAPE_JUMP_0(GUARD) TAPE_JUMP_0(END)
    };
#undef NONE
    TAPE_NEXT;
#endif
            TAPE_UNARY(TAPE_ROW_1)
            TAPE_BINARY(TAPE_ROW_2)
            TAPE_TERNARY(TAPE_ROW_3)
            TAPE_FUSED(TAPE_ROW_3)
            TAPE_NEAR_ALONE(TAPE_ROW_1)
            TAPE_POLYNOMIALS(TAPE_ROW_POLYNOMIAL)
            TAPE_NEAR(TAPE_ROW_NEAR)
            TAPE_CASE(GUARD, 0) {
                if ((s[p[1]] != 0.0) != p[2]) return p[3];
                p += 4;
                TAPE_NEXT;
            }
            TAPE_CASE(END, 0)
            return -1;
#ifdef _MSC_VER
        }
#endif
}

/* In code for blocks a primitive comes eight times over: bit i says that operand i is a number that
   is the same for all rows. M and U find operands of many numbers and of one, L and S read them. A
   result in the place of an operand is no obstacle: every lane is read, then written. */
#define TAPE_M(i) const double *const a##i = v + (size_t)p[2 + i] * size;
#define TAPE_U(i) const double same##i = u[p[2 + i]];
#define TAPE_BLOCK(op, mask, words, operands, lanes, text) \
    case TAPE_##op * 8 + mask: { \
        operands; \
        double *const z = v + (size_t)p[1] * size; \
        IVDEP for (int k = 0; k < n; k++) { \
            lanes; \
            z[k] = text; \
        } \
        p += words; \
        break; \
    }
#define TAPE_L(i) const double x##i = a##i[k];
#define TAPE_S(i) const double x##i = same##i;
#define TAPE_BLOCK_1(op, text) TAPE_BLOCK(op, 0, 3, TAPE_M(0), TAPE_L(0), text)
#define TAPE_BLOCK_2(op, text) \
    TAPE_BLOCK(op, 0, 4, TAPE_M(0) TAPE_M(1), TAPE_L(0) TAPE_L(1), text) \
    TAPE_BLOCK(op, 1, 4, TAPE_U(0) TAPE_M(1), TAPE_S(0) TAPE_L(1), text) \
    TAPE_BLOCK(op, 2, 4, TAPE_M(0) TAPE_U(1), TAPE_L(0) TAPE_S(1), text)
#define TAPE_BLOCK_3(op, text) \
    TAPE_BLOCK(op, 0, 5, TAPE_M(0) TAPE_M(1) TAPE_M(2), TAPE_L(0) TAPE_L(1) TAPE_L(2), text) \
    TAPE_BLOCK(op, 1, 5, TAPE_U(0) TAPE_M(1) TAPE_M(2), TAPE_S(0) TAPE_L(1) TAPE_L(2), text) \
    TAPE_BLOCK(op, 2, 5, TAPE_M(0) TAPE_U(1) TAPE_M(2), TAPE_L(0) TAPE_S(1) TAPE_L(2), text) \
    TAPE_BLOCK(op, 3, 5, TAPE_U(0) TAPE_U(1) TAPE_M(2), TAPE_S(0) TAPE_S(1) TAPE_L(2), text) \
    TAPE_BLOCK(op, 4, 5, TAPE_M(0) TAPE_M(1) TAPE_U(2), TAPE_L(0) TAPE_L(1) TAPE_S(2), text) \
    TAPE_BLOCK(op, 5, 5, TAPE_U(0) TAPE_M(1) TAPE_U(2), TAPE_S(0) TAPE_L(1) TAPE_S(2), text) \
    TAPE_BLOCK(op, 6, 5, TAPE_M(0) TAPE_U(1) TAPE_U(2), TAPE_L(0) TAPE_S(1) TAPE_S(2), text)
#define TAPE_BLOCK_POLYNOMIAL(op) TAPE_BLOCK_1(near_##op, ISA(near_##op)(x0))
/* Where a lane is far, they are computed one by one. */
#define TAPE_BLOCK_NEAR(op, within) \
    case TAPE_near_##op * 8: { \
        TAPE_M(0) double *const z = v + (size_t)p[1] * size; \
        int far = 0; \
        for (int k = 0; k < n; k++) far |= !(fabs(a0[k]) <= within); \
        if (far) \
            for (int k = 0; k < n; k++) \
                z[k] = fabs(a0[k]) <= within ? ISA(near_##op)(a0[k]) : op(a0[k]); \
        else IVDEP for (int k = 0; k < n; k++) z[k] = ISA(near_##op)(a0[k]); \
        p += 3; \
        break; \
    }

/* Runs code for a block: n rows, a multiple of 8, of which `rows` are asked for, from `start` on.
   `v` has room for `size` rows a place, `u` has what is the same for all rows, and `left` becomes
   the index of the first guard that does not hold in a row, or INFINITY. */
static void ISA(run_block)(const int32_t *p, const double *u, double *v, double *left, int size,
                           int n, int rows, Py_ssize_t start, const Lane *in, const Lane *out,
                           double *sums) {
    n &= ~7;
    for (int k = 0; k < n; k++) left[k] = k < rows ? INFINITY : -1.0;
    for (;;) switch (*p) {
            TAPE_UNARY(TAPE_BLOCK_1)
            TAPE_BINARY(TAPE_BLOCK_2)
            TAPE_TERNARY(TAPE_BLOCK_3)
            TAPE_FUSED(TAPE_BLOCK_3)
            TAPE_NEAR_ALONE(TAPE_BLOCK_1)
            TAPE_POLYNOMIALS(TAPE_BLOCK_POLYNOMIAL)
            TAPE_NEAR(TAPE_BLOCK_NEAR)
        case TAPE_LOAD * 8: {
            double *const z = v + (size_t)p[1] * size;
            const Lane lane = in[p[2]];
            const char *from = lane.start + start * lane.step;
            if (lane.step == sizeof(double)) memcpy(z, from, (size_t)rows * sizeof(double));
            else
                for (int k = 0; k < rows; k++, from += lane.step) memcpy(z + k, from, sizeof *z);
            for (int k = rows; k < n; k++) z[k] = z[0];
            p += 3;
            break;
        }
        case TAPE_STORE * 8:
        case TAPE_STORE * 8 + 1: {
            const Lane lane = out[p[1]];
            char *to = lane.start + start * lane.step;
            const double same = u[*p % 8 ? p[2] : 0];
            const double *const x = v + (size_t)(*p % 8 ? 0 : p[2]) * size;
            if (*p % 8)
                for (int k = 0; k < rows; k++, to += lane.step) memcpy(to, &same, sizeof same);
            else if (lane.step == sizeof(double)) memcpy(to, x, (size_t)rows * sizeof(double));
            else
                for (int k = 0; k < rows; k++, to += lane.step) memcpy(to, x + k, sizeof *x);
            p += 3;
            break;
        }
        case TAPE_SUM * 8:
        case TAPE_SUM * 8 + 1: { /* a row goes to the sum of its last three bits */
            double *const sum = sums + 8 * (size_t)p[1];
            const double same = u[*p % 8 ? p[2] : 0];
            const double *const x = v + (size_t)(*p % 8 ? 0 : p[2]) * size;
            for (int k = 0; k < n; k += 8)
                for (int j = 0; j < 8; j++) {
                    const double term = *p % 8 ? same : x[k + j];
                    sum[j] += left[k + j] == INFINITY ? term : 0.0;
                }
            p += 3;
            break;
        }
        case TAPE_GUARD * 8:
        case TAPE_GUARD * 8 + 1: {
            const double index = p[3], same = u[*p % 8 ? p[1] : 0];
            const double *const x = v + (size_t)(*p % 8 ? 0 : p[1]) * size;
            const int expected = p[2];
            for (int k = 0; k < n; k++) {
                const double condition = *p % 8 ? same : x[k];
                const double found = (condition != 0.0) == expected ? INFINITY : index;
                left[k] = found < left[k] ? found : left[k];
            }
            p += 4;
            break;
        }
        default: return;
        }
}
#endif
