/* The order of a program: depth first. compiling/ordering.py says in Python what is done here. */
#pragma once

#include "core.h"
#include "tape_code.h"
#include "tape_listing.h"

/* Puts the steps that a slot needs behind those that are placed: how many are then. `stack` has room
   for a slot of each step and its operands. */
static int32_t place_below(const Listing *l, int32_t root, int32_t *place, int32_t *stack,
                           Instruction *made, int32_t count) {
    const int32_t first = first_step(l);
    size_t waiting = 0;
    stack[waiting++] = root;
    while (waiting) {
        const int32_t slot = stack[waiting - 1];
        const size_t before = waiting;
        if (place[slot] >= 0) {
            waiting--;
            continue;
        }
        const Instruction *step = &l->step[slot - first];
        const int n = tape_primitives[step->op].operands;
        for (int k = n; k-- > 0;)
            if (place[step->x[k]] < 0) stack[waiting++] = step->x[k];
        if (waiting > before) continue;
        waiting--;
        place[slot] = first + count;
        made[count] = *step;
        for (int k = 0; k < n; k++) made[count].x[k] = place[step->x[k]];
        count++;
    }
    return count;
}

/* depth_first(inputs, constants, code, outputs, guards) -> (code, places of all slots) */
static PyObject *depth_first(PyObject *self, PyObject *args) {
    Py_ssize_t inputs;
    PyObject *parts[4], *found = NULL;
    Listing l = {0};
    if (!PyArg_ParseTuple(args, "nO!OO!O!", &inputs, &PyTuple_Type, &parts[0], &parts[1],
                          &PyTuple_Type, &parts[2], &PyTuple_Type, &parts[3]))
        return NULL;
    int done = read_listing(&l, inputs, parts, 1);
    const size_t slots = done ? 0 : (size_t)slots_of(&l);
    int32_t *place = room(slots, sizeof *place), count = 0;
    int32_t *stack = place ? room(1 + 3 * (size_t)l.steps, sizeof *stack) : NULL;
    Code *code = stack && !done ? new_code(l.steps) : NULL;
    for (size_t i = 0; code && i < slots; i++)
        place[i] = (int32_t)i < first_step(&l) ? (int32_t)i : -1;
    for (int32_t i = 0; code && i < l.guards; i++)
        count = place_below(&l, l.guard[i].slot, place, stack, code->step, count);
    for (int32_t i = 0; code && i < l.outputs; i++)
        count = place_below(&l, l.output[i], place, stack, code->step, count);
    if (code) {
        code->count = count; /* what nothing needs is left out */
        PyObject *places = tuple_of_slots(place, (Py_ssize_t)slots);
        found = places ? PyTuple_Pack(2, code, places) : NULL;
        Py_XDECREF(places);
        Py_DECREF(code);
    }
    PyMem_RawFree(place);
    PyMem_RawFree(stack);
    free_listing(&l);
    return found;
}
