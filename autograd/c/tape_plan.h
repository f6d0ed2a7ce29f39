/* From a listing to code for one row: which place of the arena each number takes, and for how long.

   A word of code is an operation, a place or an index. A step is its operation, the place of its
   result, and those of its operands; a guard has a place, what it needs there, and its index. */
#pragma once

#include "core.h"
#include "tape_listing.h"

/* Places that are free again, the newest first, so that what is in the cache is used first. */
typedef struct {
    int32_t *free, count, made;
} Places;

static int32_t take_place(Places *p) { return p->count ? p->free[--p->count] : p->made++; }

typedef struct {
    int32_t *code;
    int32_t *output; /* places */
    int32_t places;
    size_t words;
} Plan;

static void free_plan(Plan *plan) {
    PyMem_RawFree(plan->code);
    PyMem_RawFree(plan->output);
    memset(plan, 0, sizeof *plan);
}

/* One use less of a slot; after the last, its place is free. */
static inline void use(int32_t slot, int32_t *uses, const int32_t *place, Places *places) {
    if (!--uses[slot]) places->free[places->count++] = place[slot];
}

static int32_t *plan_guards(const Listing *l, int32_t *next, int32_t *code, int32_t *uses,
                            const int32_t *place, Places *places) {
    for (; *next < l->guards && place[l->guard[*next].slot] >= 0; ++*next) {
        const Guard *guard = &l->guard[*next];
        const int32_t words[] = {TAPE_GUARD * 8, place[guard->slot], guard->expected, *next};
        memcpy(code, words, sizeof words);
        code += 4;
        use(guard->slot, uses, place, places);
    }
    return code;
}

/* Code for all of a listing. Inputs and constants begin the arena; guards come in their order, each
   as soon as it can be told. */
static int make_plan(const Listing *l, Plan *plan) {
    const int32_t slots = slots_of(l), given = first_step(l);
    size_t words = 4 * (size_t)l->guards + 1;
    int32_t guards = 0, before = -1, *uses = uses_of(l),
            *place = room((size_t)slots, sizeof(int32_t));
    Places places = {room((size_t)slots, sizeof(int32_t)), 0, given};
    for (int32_t i = 0; uses && i < l->steps; i++)
        if (uses[given + i]) words += 2 + (size_t)tape_primitives[l->step[i].op].operands;
    int32_t *code = plan->code = uses && places.free ? room(words, sizeof(int32_t)) : NULL;
    plan->output = code ? room((size_t)l->outputs, sizeof(int32_t)) : NULL;
    const int made = place && plan->output;
    for (int32_t i = 0; made && i < slots; i++) place[i] = i < given ? i : -1;
    for (int32_t i = l->inputs; made && i < given; i++) uses[i]++; /* constants are never freed */
    if (made) code = plan_guards(l, &guards, code, uses, place, &places);
    for (int32_t i = 0; made && i < l->steps; i++) {
        const Instruction *step = &l->step[i];
        const int n = tape_primitives[step->op].operands;
        if (!uses[given + i]) continue;
        *code = code_of(l, step) * 8;
        for (int k = 0; k < n; k++)
            if (step->x[k] == before) *code |= 1 << k; /* it is in a register */
        before = given + i, code++;
        for (int k = 0; k < n; k++) code[1 + k] = place[step->x[k]];
        for (int k = 0; k < n; k++) use(step->x[k], uses, place, &places);
        *code = place[given + i] = take_place(&places);
        code = plan_guards(l, &guards, code + 1 + n, uses, place, &places);
    }
    if (made) {
        *code++ = TAPE_END * 8;
        plan->words = (size_t)(code - plan->code);
        plan->places = places.made;
        for (int32_t i = 0; i < l->outputs; i++) plan->output[i] = place[l->output[i]];
    }
    PyMem_RawFree(uses);
    PyMem_RawFree(place);
    PyMem_RawFree(places.free);
    return made ? 0 : -1;
}
