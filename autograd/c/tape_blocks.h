/* From a listing to code for blocks of rows. What is the same for all rows is computed once, by code
   for one row; an input is loaded when it is first needed, an output stored as soon as it is there,
   so that few places are needed at a time. */
#pragma once

#include "core.h"
#include "tape_listing.h"
#include "tape_plan.h"

typedef struct {
    Plan same;      /* its outputs are what the blocks need of it */
    int32_t shared; /* how many inputs are the same for all rows: they begin the plan's arena */
    int32_t *code;
    int32_t places, size; /* of the arena of a block, and rows in it */
    size_t words;
} Blocks;

static void free_blocks(Blocks *b) {
    free_plan(&b->same);
    PyMem_RawFree(b->code);
    memset(b, 0, sizeof *b);
}

typedef struct {
    const Listing *l;
    const char *summed;
    int32_t *uses, *place; /* of each slot; the place of one that is the same for all rows is in
                                    their arena */
    char *is_same;
    int32_t *outputs, *next; /* the first output of each slot, and the next one of the same slot */
    int32_t *code;
    Places places;
} Making;

/* Finds what is the same for all rows, as a listing of its own with places for its results. */
static int plan_same(const Making *m, Blocks *b, const char *shared) {
    const Listing *l = m->l;
    const int32_t given = first_step(l), slots = slots_of(l);
    Listing own = {.constants = l->constants, .constant = l->constant, .exact = l->exact};
    int32_t *number = room((size_t)slots, sizeof(int32_t)), made = -1;
    own.step = number ? room((size_t)l->steps, sizeof(Instruction)) : NULL;
    own.output = own.step ? room((size_t)slots, sizeof(int32_t)) : NULL;
    const int is_room = own.output != NULL;
    for (int32_t i = 0; is_room && i < l->inputs; i++)
        if ((m->is_same[i] = shared[i] != 0)) number[i] = own.inputs++;
    b->shared = own.inputs;
    for (int32_t i = l->inputs; is_room && i < given; i++) {
        m->is_same[i] = 1;
        number[i] = own.inputs + i - l->inputs;
    }
    for (int32_t i = 0; is_room && i < l->steps; i++) {
        const Instruction *step = &l->step[i];
        const int n = tape_primitives[step->op].operands;
        int all = m->uses[given + i] != 0;
        for (int k = 0; k < n; k++) all &= m->is_same[step->x[k]];
        if (!(m->is_same[given + i] = (char)all)) continue;
        own.step[own.steps] = *step;
        for (int k = 0; k < n; k++) own.step[own.steps].x[k] = number[step->x[k]];
        number[given + i] = first_step(&own) + own.steps++;
    }
    /* All of them are kept to the end: which ones the blocks need is not worth the asking */
    for (int32_t i = 0; is_room && i < slots; i++)
        if (m->is_same[i]) own.output[own.outputs++] = number[i];
    if (is_room && !make_plan(&own, &b->same)) {
        made = 0;
        for (int32_t i = 0, k = 0; i < slots; i++)
            m->place[i] = m->is_same[i] ? b->same.output[k++] : -1;
    }
    PyMem_RawFree(number);
    PyMem_RawFree(own.step);
    PyMem_RawFree(own.output);
    return made;
}

static void put(Making *m, int32_t a, int32_t b, int32_t c) {
    *m->code++ = a;
    *m->code++ = b;
    *m->code++ = c;
}

/* The place of a slot, which for an input may be loaded now. */
static int32_t placed(Making *m, int32_t slot) {
    if (m->place[slot] < 0) {
        m->place[slot] = take_place(&m->places);
        put(m, TAPE_LOAD * 8, m->place[slot], slot);
    }
    return m->place[slot];
}

static void used(Making *m, int32_t slot) {
    if (!m->is_same[slot]) use(slot, m->uses, m->place, &m->places);
}

/* Stores or sums the outputs that are a slot's; sums wait for all guards. */
static void put_outputs(Making *m, int32_t slot, int at_end) {
    for (int32_t *o = &m->outputs[slot]; *o >= 0;) {
        const int is_summed = m->summed[*o];
        if (is_summed && m->l->guards && !at_end) {
            o = &m->next[*o];
            continue;
        }
        put(m, (is_summed ? TAPE_SUM : TAPE_STORE) * 8 + m->is_same[slot], *o, placed(m, slot));
        used(m, slot);
        *o = m->next[*o];
    }
}

static void put_guards(Making *m, int32_t *next) {
    for (; *next < m->l->guards; ++*next) {
        const Guard *guard = &m->l->guard[*next];
        if (m->place[guard->slot] < 0 && guard->slot >= m->l->inputs) return;
        const int32_t place = placed(m, guard->slot);
        put(m, TAPE_GUARD * 8 + m->is_same[guard->slot], place, guard->expected);
        *m->code++ = *next;
        used(m, guard->slot);
    }
}

static void put_step(Making *m, int32_t i) {
    const Instruction *step = &m->l->step[i];
    const int32_t own = first_step(m->l) + i;
    const int n = tape_primitives[step->op].operands;
    int32_t words[5] = {code_of(m->l, step) * 8};
    for (int k = 0; k < n; k++) {
        words[2 + k] = placed(m, step->x[k]);
        words[0] |= m->is_same[step->x[k]] << k;
    }
    for (int k = 0; k < n; k++) used(m, step->x[k]);
    m->place[own] = words[1] = take_place(&m->places);
    memcpy(m->code, words, sizeof words);
    m->code += 2 + n;
}

#define MOST_ROWS 64
#define CACHE ((size_t)1 << 22) /* bytes of the arena of a block, where it can be as small */

/* Rows of a block: enough to hide the way from one operation to the next, and no more than the
   cache has room for. */
static int32_t block_size(int32_t places) {
    int32_t size = MOST_ROWS;
    while (size > 16 && (size_t)places * (size_t)size * sizeof(double) > CACHE) size /= 2;
    return size;
}

static int make_code(Making *m, Blocks *b) {
    const Listing *l = m->l;
    const int32_t slots = slots_of(l), given = first_step(l);
    size_t words = 4 * (size_t)l->guards + 3 * ((size_t)l->inputs + (size_t)l->outputs) + 6;
    for (int32_t i = 0; i < l->steps; i++)
        if (m->uses[given + i]) words += 2 + (size_t)tape_primitives[l->step[i].op].operands;
    if (!(b->code = m->code = room(words, sizeof(int32_t)))) return -1;
    for (int32_t i = 0; i < slots; i++) m->outputs[i] = -1;
    for (int32_t o = l->outputs - 1; o >= 0; o--) {
        m->next[o] = m->outputs[l->output[o]];
        m->outputs[l->output[o]] = o;
    }
    int32_t guards = 0;
    put_guards(m, &guards);
    for (int32_t i = 0; i < l->steps; i++) {
        if (!m->uses[given + i] || m->is_same[given + i]) continue;
        put_step(m, i);
        put_guards(m, &guards);
        put_outputs(m, given + i, 0);
    }
    for (int32_t i = 0; i < slots; i++) put_outputs(m, i, 1);
    *m->code++ = TAPE_END * 8;
    b->words = (size_t)(m->code - b->code);
    b->places = m->places.made;
    b->size = block_size(b->places);
    return 0;
}

/* `shared` has a byte for each input, `summed` one for each output. */
static int make_blocks(const Listing *l, Blocks *b, const char *shared, const char *summed) {
    const size_t slots = (size_t)slots_of(l);
    Making m = {l, summed, uses_of(l)};
    int made = -1;
    if (m.uses && (m.place = room(slots, sizeof(int32_t))) && (m.is_same = room(slots, 1)) &&
        (m.outputs = room(slots, sizeof(int32_t))) &&
        (m.next = room((size_t)l->outputs, sizeof(int32_t))) &&
        (m.places.free = room(slots, sizeof(int32_t))) && !plan_same(&m, b, shared))
        made = make_code(&m, b);
    PyMem_RawFree(m.uses);
    PyMem_RawFree(m.place);
    PyMem_RawFree(m.is_same);
    PyMem_RawFree(m.outputs);
    PyMem_RawFree(m.next);
    PyMem_RawFree(m.places.free);
    return made;
}
