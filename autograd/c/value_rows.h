/* Rows of operations as Python has them, and the reading of numbers. */
#pragma once

#include "core.h"
#include "rows.h"
#include "value_nodes.h"

static PyObject *rows; /* the rows of all opcodes, the table's and then the n-ary ones, and
                                       max and min */
#define MAX_ROW (ROWS + 3)
#define MIN_ROW (ROWS + 4)
static PyObject *to_float;    /* a number as a float, or a TypeError */
static PyObject *as_number;   /* the same, or NotImplemented */
static PyObject *unknown;     /* gives the error for an argument that is not known */
static PyObject *name_string; /* "name" */

static const struct {
    int row;
    const char *kind;
} codes[] = {{-1, ""},
             {WHERE, "cv"},
             {WHERE, "cc"},
             {-1, ""},
             {ROWS, ""},
             {ROWS + 1, ""},
             {ROWS + 2, ""},
#define ROW_AND_KIND(op, row, kind) {row, kind},
             OPCODES(ROW_AND_KIND)};

static PyObject *row_of(Value *v) { /* borrowed */
    if (v->op == LEAF) return Py_None;
    return v->op == OP_python ? v->terms->row : PyTuple_GET_ITEM(rows, codes[v->op].row);
}

static PyObject *name_of_row(Value *v) {
    return v->op == LEAF ? PyUnicode_FromString("") : PyObject_GetAttr(row_of(v), name_string);
}

static void complain_of_change(Value *v) {
    PyObject *name = name_of_row(v);
    if (!name) return;
    PyErr_Format(PyExc_ValueError,
                 "gradients: data that %U was computed from has been changed since; "
                 "compute the graph again",
                 name);
    Py_DECREF(name);
}

/* Out of line: a compiler that knows the number, here -1, computes its functions itself, and rounds
   otherwise than the C library. */
static RARE int integer(PyObject *o, double *d) {
    *d = PyLong_AsDouble(o);
    return *d == -1.0 && PyErr_Occurred() ? -1 : 1;
}

/* 1: a number; 0: something else; -1: an error. */
static inline int number(PyObject *o, double *d) {
    if (PyFloat_Check(o)) {
        *d = PyFloat_AS_DOUBLE(o);
        return 1;
    }
    return PyLong_Check(o) ? integer(o, d) : 0;
}

/* The same of anything that Python takes for a real number. */
static int any_number(PyObject *o, double *d) {
    const int known = number(o, d);
    if (known || !as_number) return known;
    PyObject *found = PyObject_CallOneArg(as_number, o);
    if (!found) return -1;
    const int is_float = PyFloat_Check(found);
    if (is_float) *d = PyFloat_AS_DOUBLE(found);
    Py_DECREF(found);
    return is_float;
}

/* A number, or an error that says what was got. */
static int needed_number(PyObject *o, double *d) {
    const int known = number(o, d);
    if (known) return known;
    PyObject *found = PyObject_CallOneArg(to_float, o);
    if (!found) return -1;
    *d = PyFloat_AsDouble(found);
    Py_DECREF(found);
    return *d == -1.0 && PyErr_Occurred() ? -1 : 1;
}

/* 1: a Value or a number, as a Num; 0: something else; -1: an error. */
static inline int num(PyObject *o, Num *x) {
    if (IS_VALUE(o)) {
        *x = (Num){(Value *)o, 0.0};
        return 1;
    }
    x->v = NULL;
    return number(o, &x->c);
}
