/* The operators, and the public functions: quick for Values and numbers, else Python's. */
#pragma once

#include "core.h"
#include "rows.h"
#include "value_nary.h"
#include "value_nodes.h"
#include "value_rows.h"

#define OPERATOR(op) \
    static PyObject *operator_##op(PyObject *x, PyObject *y) { \
        double c; \
        int known; \
        if (IS_VALUE(x)) { \
            if (IS_VALUE(y)) return (PyObject *)op##_vv((Value *)x, (Value *)y); \
            if ((known = any_number(y, &c)) > 0) return (PyObject *)op##_vc((Value *)x, c); \
        } \
        else if ((known = any_number(x, &c)) > 0) return (PyObject *)op##_cv(c, (Value *)y); \
        if (known) return NULL; \
        Py_RETURN_NOTIMPLEMENTED; \
    }
OPERATOR(add)
OPERATOR(sub)
OPERATOR(mul)
OPERATOR(div)
OPERATOR(mod)
OPERATOR(floor_divide)
OPERATOR(pow)

static PyObject *operator_power(PyObject *x, PyObject *y, PyObject *modulus) {
    if (modulus != Py_None) Py_RETURN_NOTIMPLEMENTED;
    return operator_pow(x, y);
}
static PyObject *operator_divmod(PyObject *x, PyObject *y) {
    PyObject *quotient = operator_floor_divide(x, y);
    if (!quotient || quotient == Py_NotImplemented) return quotient;
    return Py_BuildValue("NN", quotient, operator_mod(x, y));
}
static PyObject *operator_neg(PyObject *x) { return (PyObject *)neg_v((Value *)x); }
static PyObject *operator_abs(PyObject *x) { return (PyObject *)abs_v((Value *)x); }
static PyObject *operator_pos(PyObject *x) { return Py_NewRef(x); }
static PyObject *truth(PyObject *x) {
    ASK("bool", x, Py_None)
    return PyBool_FromLong(((Value *)x)->data != 0.0);
}
static int operator_bool(PyObject *x) {
    if (!UNLIKELY(watchers)) return ((Value *)x)->data != 0.0;
    PyObject *answer = truth(x);
    const int holds = answer ? answer == Py_True : -1;
    Py_XDECREF(answer);
    return holds;
}
static PyObject *operator_float(PyObject *x) {
    ASK("float", x, Py_None)
    PyErr_SetString(PyExc_TypeError,
                    "float(Value) would drop the gradient: use x.data for the number, where "
                    "the gradient ends; with it, ag.sin(x) for math.sin(x), f'{x:.4f}' for "
                    "'%.4f' % x, ag.array for array[i] = x");
    return NULL;
}

static PyObject *operator_int(PyObject *x) {
    ASK("int", x, Py_None)
    PyErr_SetString(PyExc_TypeError,
                    "int(Value) would drop the gradient: use int(x.data), where it ends");
    return NULL;
}

static const char *const comparisons[] = {"lt", "le", "eq", "ne", "gt", "ge"}; /* Py_LT, ... */

static PyObject *compare(PyObject *x, PyObject *y, int how) {
    ASK(comparisons[how], x, y)
    const double a = ((Value *)x)->data;
    double b;
    if (IS_VALUE(y)) b = ((Value *)y)->data;
    else if (PyFloat_CheckExact(y)) b = PyFloat_AS_DOUBLE(y);
    else if (PyLong_Check(y)) { /* exactly, however large it is */
        PyObject *f = PyFloat_FromDouble(a);
        PyObject *answer = f ? PyObject_RichCompare(f, y, how) : NULL;
        Py_XDECREF(f);
        return answer;
    }
    else {
        const int known = any_number(y, &b);
        if (known < 0) return NULL;
        if (!known) Py_RETURN_NOTIMPLEMENTED;
    }
    Py_RETURN_RICHCOMPARE(a, b, how);
}

enum {
#define PLACE_OF_ROW(op, row, required, otherwise) F_##op,
#define PLACE_OF_MANY(op, row, n) F_##op,
    UNARY(PLACE_OF_ROW) BINARY(PLACE_OF_ROW) MANY(PLACE_OF_MANY) F_where,
    F_sum,
    F_mean,
    F_dot,
    FUNCTIONS
};
static PyObject *fallback[FUNCTIONS];

static PyObject *fall_back(int f, PyObject *const *args, Py_ssize_t n, PyObject *names) {
    if (PyErr_Occurred()) return NULL;
    if (!fallback[f]) {
        PyErr_SetString(PyExc_TypeError, "it needs Values or numbers");
        return NULL;
    }
    return PyObject_Vectorcall(fallback[f], args, (size_t)n, names);
}

#define UNARY_FUNCTION(op, row, required, otherwise) \
    static PyObject *f_##op(PyObject *self, PyObject *const *args, Py_ssize_t n, \
                            PyObject *names) { \
        double c; \
        if (n == 1 && !names) { \
            if (IS_VALUE(args[0])) return (PyObject *)op##_v((Value *)args[0]); \
            if (number(args[0], &c) > 0) return PyFloat_FromDouble(op##_c(c)); \
        } \
        return fall_back(F_##op, args, n, names); \
    }
#define BINARY_FUNCTION(op, row, required, otherwise) \
    static PyObject *f_##op(PyObject *self, PyObject *const *args, Py_ssize_t n, \
                            PyObject *names) { \
        Num x, y = {NULL, otherwise}; \
        if ((n == 2 || n == required) && !names && num(args[0], &x) > 0 && \
            (n < 2 || num(args[1], &y) > 0)) { \
            if (x.v) return (PyObject *)(y.v ? op##_vv(x.v, y.v) : op##_vc(x.v, y.c)); \
            return y.v ? (PyObject *)op##_cv(x.c, y.v) : PyFloat_FromDouble(op##_c(x.c, y.c)); \
        } \
        return fall_back(F_##op, args, n, names); \
    }
#define MANY_FUNCTION(op, row, count) \
    static PyObject *f_##op(PyObject *self, PyObject *const *args, Py_ssize_t n, \
                            PyObject *names) { \
        Num x[count]; \
        int all = n == count && !names, any = 0; \
        for (int i = 0; all && i < count; i++) { \
            all = num(args[i], &x[i]) > 0; \
            any |= all && x[i].v; \
        } \
        if (!all) return fall_back(F_##op, args, n, names); \
        if (!any) return PyFloat_FromDouble(compute(OP_##op##_many, x, count)); \
        Terms *terms = new_terms(count); \
        if (!terms) return NULL; \
        memcpy(terms->t, x, sizeof x); \
        return (PyObject *)nary(OP_##op##_many, terms); \
    }
UNARY(UNARY_FUNCTION)
BINARY(BINARY_FUNCTION)
MANY(MANY_FUNCTION)

/* where: a node whose only parent is the operand that was chosen. */
static PyObject *f_where(PyObject *self, PyObject *const *args, Py_ssize_t n, PyObject *names) {
    Num x, y;
    if (n != 3 || names ||
        !(PyBool_Check(args[0]) || IS_VALUE(args[0]) || PyFloat_CheckExact(args[0])) ||
        num(args[1], &x) <= 0 || num(args[2], &y) <= 0)
        return fall_back(F_where, args, n, names);
    const int holds = PyObject_IsTrue(args[0]);
    if (holds < 0) return NULL;
    const Num chosen = holds ? x : y;
    const double truth = holds;
    if (chosen.v) return (PyObject *)node(OP_where_v, chosen.v->data, chosen.v, 1.0, NULL, truth);
    if (x.v || y.v || IS_VALUE(args[0]))
        return (PyObject *)node(OP_where_c, chosen.c, NULL, 0.0, NULL, truth);
    return PyFloat_FromDouble(chosen.c);
}

static inline PyObject **items_of(PyObject *o, Py_ssize_t *n) { /* of a list or tuple, or NULL */
    if (!PyList_CheckExact(o) && !PyTuple_CheckExact(o)) return NULL;
    *n = PySequence_Fast_GET_SIZE(o);
    return PySequence_Fast_ITEMS(o);
}

/* Reads operands; whether all are Values and numbers, with a Value among them. */
static int read_terms(PyObject **items, Py_ssize_t n, Num *t) {
    int any = 0;
    for (Py_ssize_t i = 0; i < n; i++) {
        if (num(items[i], &t[i]) <= 0) {
            if (PyErr_ExceptionMatches(PyExc_OverflowError)) PyErr_Clear(); /* Python says whose */
            return -1;
        }
        any |= t[i].v != NULL;
    }
    return any;
}

static PyObject *reduction(int f, int op, PyObject *const *args, Py_ssize_t n, PyObject *names) {
    Py_ssize_t count;
    PyObject **items = n == 1 && !names ? items_of(args[0], &count) : NULL;
    if (!items || !count) return fall_back(f, args, n, names);
    Terms *terms = new_terms(count);
    if (!terms) return NULL;
    if (read_terms(items, count, terms->t) > 0) return (PyObject *)nary(op, terms);
    PyMem_Free(terms);
    return fall_back(f, args, n, names);
}
static PyObject *f_sum(PyObject *self, PyObject *const *args, Py_ssize_t n, PyObject *names) {
    return reduction(F_sum, OP_sum, args, n, names);
}
static PyObject *f_mean(PyObject *self, PyObject *const *args, Py_ssize_t n, PyObject *names) {
    return reduction(F_mean, OP_mean, args, n, names);
}
static PyObject *f_dot(PyObject *self, PyObject *const *args, Py_ssize_t n, PyObject *names) {
    Py_ssize_t m, k;
    PyObject **x = n == 2 && !names ? items_of(args[0], &m) : NULL;
    PyObject **y = x ? items_of(args[1], &k) : NULL;
    if (!y || m != k || !m) return fall_back(F_dot, args, n, names);
    Terms *terms = new_terms(2 * m);
    if (!terms) return NULL;
    const int left = read_terms(x, m, terms->t);
    const int right = left < 0 ? -1 : read_terms(y, m, terms->t + m);
    if (right >= 0 && (left || right)) return (PyObject *)nary(OP_dot, terms);
    PyMem_Free(terms);
    return fall_back(F_dot, args, n, names);
}

static PyMethodDef public_functions[] = {
#define ENTRY(op, row, required, otherwise) {#op, FAST(f_##op) | METH_KEYWORDS},
#define ENTRY_OF_MANY(op, row, n) {#op, FAST(f_##op) | METH_KEYWORDS},
    UNARY(ENTRY) BINARY(ENTRY) MANY(ENTRY_OF_MANY){"where", FAST(f_where) | METH_KEYWORDS},
    {"sum", FAST(f_sum) | METH_KEYWORDS},
    {"mean", FAST(f_mean) | METH_KEYWORDS},
    {"dot", FAST(f_dot) | METH_KEYWORDS},
};

/* function(name, doc, module, fallback): a public function, by its name alone once it is known;
   None where C has none of that name. */
static PyObject *make_function(PyObject *self, PyObject *args) {
    const char *name;
    PyObject *doc = NULL, *module = NULL, *python = NULL;
    if (!PyArg_ParseTuple(args, "s|UUO", &name, &doc, &module, &python)) return NULL;
    for (int f = 0; f < FUNCTIONS; f++)
        if (!strcmp(public_functions[f].ml_name, name)) {
            if (!python) return PyCFunction_NewEx(&public_functions[f], NULL, NULL);
            if (!(public_functions[f].ml_doc = PyUnicode_AsUTF8(Py_NewRef(doc)))) return NULL;
            Py_XSETREF(fallback[f], Py_NewRef(python));
            return PyCFunction_NewEx(&public_functions[f], NULL, module);
        }
    Py_RETURN_NONE;
}
