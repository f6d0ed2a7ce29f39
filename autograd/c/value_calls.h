/* What Python calls of Values. */
#pragma once

#include "core.h"
#include "rows.h"
#include "value_functions.h"
#include "value_graphs.h"
#include "value_nary.h"
#include "value_nodes.h"
#include "value_rows.h"
#include "value_sweeps.h"
#include "value_type.h"

/* node(row, data, operands, partials, options, always): the result of an operation that is computed
   in Python, recorded always or not under no_grad; the last operands, so many, are options. */
static PyObject *make_node(PyObject *self, PyObject *args) {
    PyObject *row, *operands, *partials, *options = NULL;
    double data;
    Py_ssize_t given = 0, extra;
    int always, op = OP_python;
    if (!PyArg_ParseTuple(args, "OdO!O!np", &row, &data, &PyTuple_Type, &operands, &PyTuple_Type,
                          &partials, &extra, &always))
        return NULL;
    const Py_ssize_t all = PyTuple_GET_SIZE(operands), n = all - extra;
    Terms *terms = n < 0 || extra < 0 ? NULL : new_terms(n);
    if (!terms) {
        if (!PyErr_Occurred()) PyErr_SetString(PyExc_ValueError, "node: too few operands");
        return NULL;
    }
    int failed = 0;
    for (Py_ssize_t i = 0; !failed && i < n; i++) {
        Num *t = &terms->t[i];
        failed = num(PyTuple_GET_ITEM(operands, i), t) <= 0;
        if (!failed && t->v)
            failed = given >= PyTuple_GET_SIZE(partials) ||
                     any_number(PyTuple_GET_ITEM(partials, given++), &t->c) <= 0;
    }
    if (given != PyTuple_GET_SIZE(partials)) failed = 1;
    if (!failed && extra) failed = !(options = PyTuple_GetSlice(operands, n, all));
    if (failed) {
        PyMem_Free(terms);
        if (!PyErr_Occurred())
            PyErr_SetString(PyExc_ValueError, "node: it needs a partial for each Value");
        return NULL;
    }
    for (int i = OP_sum; i <= OP_dot; i++)
        if (row == PyTuple_GET_ITEM(rows, codes[i].row)) op = i;
    if (op == OP_python) terms->row = row;
    terms->options = options;
    Value *v = (always ? new_nary : nary_node)(op, data, terms);
    /* of a copy, whose operands may have been changed since the original was computed */
    for (Py_ssize_t i = 0; always && v && i < n; i++)
        if (terms->t[i].v) terms->t[i].v->flags |= CHANGED;
    Py_XDECREF(options);
    return (PyObject *)v;
}

/* Numbers, from a sequence of k sequences of n. */
static double *matrix_of(PyObject *rows_of_numbers, Py_ssize_t k, Py_ssize_t n) {
    double *numbers = PyMem_New(double, 1 + k * n);
    if (!numbers) return (double *)PyErr_NoMemory();
    for (Py_ssize_t i = 0; i < k; i++) {
        PyObject *row = PySequence_Tuple(PyTuple_GET_ITEM(rows_of_numbers, i));
        int failed = !row;
        if (row && PyTuple_GET_SIZE(row) != n) {
            PyErr_Format(PyExc_ValueError, "got %zd numbers; it needs %zd", PyTuple_GET_SIZE(row),
                         n);
            failed = 1;
        }
        for (Py_ssize_t j = 0; !failed && j < n; j++)
            failed = needed_number(PyTuple_GET_ITEM(row, j), &numbers[i * n + j]) < 0;
        Py_XDECREF(row);
        if (failed) {
            PyMem_Free(numbers);
            return NULL;
        }
    }
    return numbers;
}

static PyObject *sweeps(PyObject *args, int back) {
    PyObject *ys, *xs, *starts, *found = NULL;
    int least = 0;
    if (!PyArg_ParseTuple(args, "OOO|i", &ys, &xs, &starts, &least)) return NULL;
    ys = values_in(ys);
    xs = ys ? values_in(xs) : NULL;
    starts = xs ? PySequence_Tuple(starts) : NULL;
    if (starts) {
        PyObject *from = back ? ys : xs, *to = back ? xs : ys;
        const Py_ssize_t k = PyTuple_GET_SIZE(starts), m = PyTuple_GET_SIZE(to);
        double *start = matrix_of(starts, k, PyTuple_GET_SIZE(from));
        double *end = start ? PyMem_New(double, 1 + k * m) : NULL;
        if (start && !end) PyErr_NoMemory();
        const int outside = end ? sweep_all(ys, back, from, to, least, k, start, end) : -1;
        if (!outside) found = lists_of(end, k, m);
        else if (outside > 0) found = Py_NewRef(Py_None);
        PyMem_Free(start);
        PyMem_Free(end);
    }
    Py_XDECREF(ys);
    Py_XDECREF(xs);
    Py_XDECREF(starts);
    return found;
}

/* reverse(ys, xs, seeds, level): for every seed, a tuple of one number for each y, the derivatives
   of the sum of all seed * y by every x, as floats; nobody's grad is touched. None where a leaf was
   made below that level. */
static PyObject *reverse_sweeps(PyObject *self, PyObject *args) { return sweeps(args, 1); }

/* forward(ys, xs, tangents, level): for every tangent, a tuple of one number for each x, the rate
   at which every y moves when the xs move at those. */
static PyObject *forward_sweeps(PyObject *self, PyObject *args) { return sweeps(args, 0); }

/* made_inside(ys, level): True where all that the ys were computed from began there or above. */
static PyObject *made_inside(PyObject *self, PyObject *args) {
    PyObject *ys;
    int least;
    Graph graph;
    if (!PyArg_ParseTuple(args, "Oi", &ys, &least)) return NULL;
    if (!(ys = values_in(ys))) return NULL;
    const int failed = in_order(&graph, PySequence_Fast_ITEMS(ys), PyTuple_GET_SIZE(ys));
    forget(&graph);
    Py_DECREF(ys);
    return failed ? NULL : PyBool_FromLong(graph.lowest >= least);
}

/* graph_gradients(ys, xs, seeds, cut): the derivatives of the sum of all seed * y, as Values; a
   seed is a Value or a number. */
static PyObject *make_graph_gradients(PyObject *self, PyObject *args) {
    PyObject *ys, *xs, *given, *found = NULL;
    int cut = 0;
    if (!PyArg_ParseTuple(args, "OOO|p", &ys, &xs, &given, &cut)) return NULL;
    ys = values_in(ys);
    xs = ys ? values_in(xs) : NULL;
    given = xs ? PySequence_Tuple(given) : NULL;
    if (given) {
        const Py_ssize_t k = PyTuple_GET_SIZE(ys);
        Num *seeds = PyMem_New(Num, k + 1);
        int failed = !seeds;
        if (failed) PyErr_NoMemory();
        if (!failed && PyTuple_GET_SIZE(given) != k) {
            PyErr_Format(PyExc_ValueError, "got %zd seeds; it needs %zd", PyTuple_GET_SIZE(given),
                         k);
            failed = 1;
        }
        for (Py_ssize_t i = 0; !failed && i < k; i++) {
            PyObject *o = PyTuple_GET_ITEM(given, i);
            seeds[i] = (Num){IS_VALUE(o) ? (Value *)o : NULL, 0.0};
            if (!seeds[i].v) failed = needed_number(o, &seeds[i].c) < 0;
        }
        if (!failed) found = graph_gradients(ys, xs, seeds, cut);
        PyMem_Free(seeds);
    }
    Py_XDECREF(ys);
    Py_XDECREF(xs);
    Py_XDECREF(given);
    return found;
}

/* ready_values(borrowed, docs): the type, with methods of its Python twin. */
static PyObject *ready_values(PyObject *self, PyObject *args) {
    PyObject *borrowed, *docs;
    if (!PyArg_ParseTuple(args, "O!O!", &PyDict_Type, &borrowed, &PyDict_Type, &docs)) return NULL;
    if (!rows || PyTuple_GET_SIZE(rows) != MIN_ROW + 1)
        return PyErr_Format(PyExc_ValueError, "ready_values: it needs %d rows", MIN_ROW + 1);
    if (!Value_Type.tp_dict) {
        for (PyMethodDef *method = methods; method->ml_name; method++) {
            PyObject *doc = PyDict_GetItemString(docs, method->ml_name);
            if (doc && !(method->ml_doc = PyUnicode_AsUTF8(Py_NewRef(doc)))) return NULL;
        }
        for (PyGetSetDef *attribute = attributes; attribute->name; attribute++) {
            PyObject *doc = PyDict_GetItemString(docs, attribute->name);
            if (doc && !(attribute->doc = PyUnicode_AsUTF8(Py_NewRef(doc)))) return NULL;
        }
        if (!(Value_Type.tp_dict = PyDict_Copy(borrowed))) return NULL;
        if (PyType_Ready(&Value_Type) < 0) return NULL;
    }
    return Py_NewRef((PyObject *)&Value_Type);
}

static int values_ready(void) {
    if ((name_notes || (name_notes = PyDict_New())) &&
        (place_notes || (place_notes = PyDict_New())) &&
        (name_string || (name_string = PyUnicode_InternFromString("name"))))
        return 0;
    return -1;
}
