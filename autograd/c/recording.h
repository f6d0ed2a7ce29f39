/* What goes on in a context, as recording.py keeps it: nothing of it is kept here. */
#pragma once

#include "core.h"

enum { PAUSED = 1, NOTING = 2, ANOMALIES = 4, DEEP = 4 /* the level is from this bit on */ };

/* Lists of the blocks of all contexts that matter to operations, to leaves, and are in generators
   or coroutines; mostly empty. */
static PyObject *unusual_blocks, *levels_blocks, *floating_blocks;
/* A context variable: (bits, (is this block on, ...), ...). */
static PyObject *context_blocks;
static PyObject *ask;        /* () -> bits, where there is more to it */
static PyObject *note_place; /* (node): notes where it was made */
static PyObject *check_pass; /* (node, seed): raises where a backward pass meets nan or inf */
/* What records functions, of all contexts; mostly empty. */
static PyObject *all_watchers;
static PyObject *ask_watcher; /* (what, x, y) -> an answer, or NotImplemented */

#define unusual PyList_GET_SIZE(unusual_blocks)
#define levels PyList_GET_SIZE(levels_blocks)
#define watchers PyList_GET_SIZE(all_watchers)
/* Lets what records this function answer, or raise, before the ordinary answer. */
#define ASK(what, x, y) \
    if (UNLIKELY(watchers)) { \
        PyObject *answer = PyObject_CallFunction(ask_watcher, "sOO", what, x, y); \
        if (answer != Py_NotImplemented) return answer; \
        Py_DECREF(answer); \
    }

/* Tells what records this function, whose answer does not matter; -1: an error. */
static int tell(const char *what, PyObject *x) {
    PyObject *answer = PyObject_CallFunction(ask_watcher, "sO", what, x);
    Py_XDECREF(answer);
    return answer ? 0 : -1;
}

/* The bits, or -1: an error. */
static long what_goes_on(void) {
    static unsigned count;
    PyObject *blocks;
    long bits = -1;
    if (!context_blocks) return 0;
    if (PyContextVar_Get(context_blocks, NULL, &blocks) < 0) return -1;
    if (++count % 1024 && !PyList_GET_SIZE(floating_blocks)) { /* now and then Python settles */
        PyObject *each = PyTuple_GET_ITEM(blocks, 1);
        bits = PyLong_AsLong(PyTuple_GET_ITEM(blocks, 0));
        for (Py_ssize_t i = 0; bits >= 0 && i < PyTuple_GET_SIZE(each); i++) {
            PyObject *held = PyTuple_GET_ITEM(each, i); /* the method of a lock, a function of C */
            PyObject *is_on = PyCFunction_GET_FUNCTION(held)(PyCFunction_GET_SELF(held), NULL);
            if (is_on != Py_True) bits = -1;
            Py_XDECREF(is_on);
        }
    }
    Py_DECREF(blocks);
    if (bits >= 0) return bits;
    if (PyErr_Occurred()) return -1;
    PyObject *found = PyObject_CallNoArgs(ask);
    if (!found) return -1;
    bits = PyLong_AsLong(found);
    Py_DECREF(found);
    return bits;
}

/* Notes where a node was made, if that is wanted; -1: an error. */
static int noted_place(PyObject *node, long doing) {
    if (!(doing & NOTING)) return 0;
    PyObject *done = PyObject_CallOneArg(note_place, node);
    Py_XDECREF(done);
    return done ? 0 : -1;
}

/* Empty lists, until recording.py gives its own. */
static int ready_for_recording(void) {
    PyObject **const kept[] = {&unusual_blocks, &levels_blocks, &floating_blocks, &all_watchers};
    for (int i = 0; i < 4; i++)
        if (!*kept[i] && !(*kept[i] = PyList_New(0))) return -1;
    return 0;
}
