/* The machine for one row: it goes from primitive to primitive. */
#pragma once

#include "core.h"
#include "tape_listing.h"

#ifdef _MSC_VER
#define TAPE_CASE(op) case TAPE_##op:
#define TAPE_NEXT break
#else /* a jump of its own for each primitive, which the processor learns apart */
#define TAPE_CASE(op) on_##op:
#define TAPE_NEXT goto *jumps[*p]
#endif

#define TAPE_ROW_1(op, text) \
    TAPE_CASE(op) { \
        const double x0 = s[p[2]]; \
        s[p[1]] = text; \
        p += 3; \
        TAPE_NEXT; \
    }
#define TAPE_ROW_2(op, text) \
    TAPE_CASE(op) { \
        const double x0 = s[p[2]], x1 = s[p[3]]; \
        s[p[1]] = text; \
        p += 4; \
        TAPE_NEXT; \
    }
#define TAPE_ROW_3(op, text) \
    TAPE_CASE(op) { \
        const double x0 = s[p[2]], x1 = s[p[3]], x2 = s[p[4]]; \
        s[p[1]] = text; \
        p += 5; \
        TAPE_NEXT; \
    }

/* Runs code in an arena: the index of the first guard that does not hold, or -1. */
static int32_t run_row(const int32_t *p, double *s) {
#ifdef _MSC_VER
    for (;;) switch (*p) {
#else
#define TAPE_JUMP(op, text) &&on_##op,
    static const void *const jumps[] = {
        TAPE_UNARY(TAPE_JUMP) TAPE_BINARY(TAPE_JUMP) TAPE_TERNARY(TAPE_JUMP) && on_GUARD, &&on_END};
    TAPE_NEXT;
#endif
            TAPE_UNARY(TAPE_ROW_1)
            TAPE_BINARY(TAPE_ROW_2)
            TAPE_TERNARY(TAPE_ROW_3)
            TAPE_CASE(GUARD) {
                if ((s[p[1]] != 0.0) != p[2]) return p[3];
                p += 4;
                TAPE_NEXT;
            }
            TAPE_CASE(END)
            return -1;
#ifdef _MSC_VER
        }
#endif
}
