/* Value in C: the scalar node of value.py, which is its specification, at the price of a float.

   Rows of operations are generated from rules/elementary.py; rare methods are borrowed from value.py. The type
   takes no part in garbage collection: a node refers only to nodes that are older. */

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <limits.h>
#include <math.h>
#include <stdint.h>
#include <string.h>
#include <structmember.h>

#include "recording.h"
#include "rows.h"
#include "nodes.h"
#include "sweeps.h"
#include "nary.h"
#include "given.h"
#include "graphs.h"
#include "functions.h"
#include "type.h"

#define MAY_HAVE_CHANGED(p, d) (p)->flags |= CHANGED;

/* node(row, data, operands, partials, options, always): the result of an operation that is computed
   in Python, recorded always or not under no_grad; the last operands, so many, are options. */
static PyObject *make_node(PyObject *self, PyObject *args) {
    PyObject *row, *operands, *partials, *options = NULL;
    double data;
    Py_ssize_t count = 0, given = 0, extra;
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
        if (num(PyTuple_GET_ITEM(operands, i), t) <= 0) failed = 1;
        else if (t->v) {
            count++;
            if (given >= PyTuple_GET_SIZE(partials)) failed = 1;
            else failed = any_number(PyTuple_GET_ITEM(partials, given++), &t->c) <= 0;
        }
    }
    if (!failed && count != PyTuple_GET_SIZE(partials)) failed = 1;
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
    if (always && v) { PARENTS(v, MAY_HAVE_CHANGED) }
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

/* reverse(ys, xs, seeds, level): for every seed, a tuple of one number for each y, the derivatives of
   the sum of all seed * y by every x, as floats; nobody's grad is touched. None where a leaf was made
   below that level. */
static PyObject *reverse_sweeps(PyObject *self, PyObject *args) { return sweeps(args, 1); }

/* forward(ys, xs, tangents, level): for every tangent, a tuple of one number for each x, the rate at which
   every y moves when the xs move at those. */
static PyObject *forward_sweeps(PyObject *self, PyObject *args) { return sweeps(args, 0); }

/* made_inside(ys, level): whether all that the ys were computed from began at this level or above. */
static PyObject *made_inside(PyObject *self, PyObject *args) {
    PyObject *ys;
    int least, inside = 1;
    if (!PyArg_ParseTuple(args, "Oi", &ys, &least)) return NULL;
    if (!(ys = values_in(ys))) return NULL;
    Value *v = discover_all(ys);
    while (v) {
        if (v->op == LEAF && v->flags >> LEVEL < least) inside = 0;
        v->pending = 0;
        v = v->link;
    }
    Py_DECREF(ys);
    return PyBool_FromLong(inside);
}

/* graph_gradients(ys, xs, seeds, cut): the derivatives of the sum of all seed * y, as Values; a seed
   is a Value or a number. */
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

/* set_notes(attend, check_pass) */
static PyObject *set_notes(PyObject *self, PyObject *args) {
    PyObject *of_node, *of_pass;
    if (!PyArg_ParseTuple(args, "OO", &of_node, &of_pass)) return NULL;
    Py_XSETREF(attend, Py_NewRef(of_node));
    Py_XSETREF(check_pass, Py_NewRef(of_pass));
    Py_RETURN_NONE;
}

/* ready(borrowed, docs, rows, to_float, as_number): the type, with methods of its Python twin. */
static PyObject *ready(PyObject *self, PyObject *args) {
    PyObject *borrowed, *docs, *all, *strict, *lenient;
    if (!PyArg_ParseTuple(args, "O!O!O!OO", &PyDict_Type, &borrowed, &PyDict_Type, &docs,
                          &PyTuple_Type, &all, &strict, &lenient))
        return NULL;
    if (PyTuple_GET_SIZE(all) != MIN_ROW + 1) {
        PyErr_Format(PyExc_ValueError, "ready: got %zd rows; it needs %d", PyTuple_GET_SIZE(all),
                     MIN_ROW + 1);
        return NULL;
    }
    Py_XSETREF(rows, Py_NewRef(all));
    Py_XSETREF(to_float, Py_NewRef(strict));
    Py_XSETREF(as_number, Py_NewRef(lenient));
    if (!Value_Type.tp_dict) {
        for (PyMethodDef *method = methods; method->ml_name; method++) {
            PyObject *doc = PyDict_GetItemString(docs, method->ml_name), *done;
            if (!doc) continue;
            if (!(done = documented(method, doc))) return NULL;
            Py_DECREF(done);
        }
        for (PyGetSetDef *attribute = attributes; attribute->name; attribute++) {
            PyObject *doc = PyDict_GetItemString(docs, attribute->name);
            if (doc && !(attribute->doc = PyUnicode_AsUTF8(Py_NewRef(doc)))) return NULL;
        }
        Value_Type.tp_hash = PyBaseObject_Type.tp_hash;
        if (!(Value_Type.tp_dict = PyDict_Copy(borrowed))) return NULL;
        if (PyType_Ready(&Value_Type) < 0) return NULL;
    }
    return Py_NewRef((PyObject *)&Value_Type);
}

static PyObject *set_shares(PyObject *self, PyObject *function) {
    Py_XSETREF(python_shares, Py_NewRef(function));
    Py_RETURN_NONE;
}

static PyMethodDef module_functions[] = {
    {"ready", ready, METH_VARARGS},
    {"function", make_function, METH_VARARGS},
    {"node", make_node, METH_VARARGS},
    {"graph_gradients", make_graph_gradients, METH_VARARGS},
    {"set_shares", set_shares, METH_O},
    {"set_recording", set_recording, METH_VARARGS},
    {"set_notes", set_notes, METH_VARARGS},
    {"reverse", reverse_sweeps, METH_VARARGS},
    {"forward", forward_sweeps, METH_VARARGS},
    {"made_inside", made_inside, METH_VARARGS},
    {NULL},
};
static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "autograd._value",
    .m_size = -1,
    .m_methods = module_functions,
};

PyMODINIT_FUNC PyInit__value(void) {
    PyObject *m = PyModule_Create(&module);
    if (!m || ready_for_recording() < 0 || (!names && !(names = PyDict_New())) ||
        (!places && !(places = PyDict_New())) ||
        (!name_string && !(name_string = PyUnicode_InternFromString("name")))) {
        Py_XDECREF(m);
        return NULL;
    }
    if (PyModule_AddStringConstant(m, "sources", SOURCES) < 0 ||
        PyModule_AddIntConstant(m, "node_bytes", sizeof(Value)) < 0)
        Py_CLEAR(m);
    return m;
}
