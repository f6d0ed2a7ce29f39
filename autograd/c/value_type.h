/* The type: leaves, attributes, methods. */
#pragma once

#include "core.h"
#include "recording.h"
#include "rows.h"
#include "value_functions.h"
#include "value_nodes.h"
#include "value_rows.h"
#include "value_sweeps.h"

static int set_name_attribute(PyObject *self, PyObject *name, void *unused);

static PyObject *make_leaf(PyObject *data, PyObject *name) {
    double d;
    if (needed_number(data, &d) < 0) return NULL;
    Value *v = leaf(d);
    if (v && name && set_name_attribute((PyObject *)v, name, NULL) < 0) Py_CLEAR(v);
    return (PyObject *)v;
}

/* Value(data, name=None) */
static PyObject *Value_vectorcall(PyObject *type, PyObject *const *args, size_t nargs,
                                  PyObject *names) {
    const Py_ssize_t n = PyVectorcall_NARGS(nargs), all = n + (names ? PyTuple_GET_SIZE(names) : 0);
    PyObject *given[2] = {n > 0 ? args[0] : NULL, n > 1 ? args[1] : NULL};
    if (all > 2) return PyErr_Format(PyExc_TypeError, "Value: got %zd arguments; it takes 2", all);
    for (Py_ssize_t i = n; i < all; i++) {
        PyObject *name = PyTuple_GET_ITEM(names, i - n);
        const int k = !PyUnicode_CompareWithASCIIString(name, "name");
        if (!k && PyUnicode_CompareWithASCIIString(name, "data")) {
            PyObject *error =
                PyObject_CallFunction(unknown, "s(O)(ss)", "Value", name, "data", "name");
            if (error) PyErr_SetObject(PyExc_TypeError, error);
            Py_XDECREF(error);
            return NULL;
        }
        if (given[k]) return PyErr_Format(PyExc_TypeError, "Value: got %U twice", name);
        given[k] = args[i];
    }
    if (!given[0]) return PyErr_Format(PyExc_TypeError, "Value: it needs a number");
    return make_leaf(given[0], given[1]);
}

static PyObject *Value_new(PyTypeObject *type, PyObject *args, PyObject *kwargs) {
    return PyVectorcall_Call((PyObject *)type, args, kwargs);
}

static int no_deleter(PyObject *value, const char *name) {
    if (!value)
        PyErr_Format(PyExc_AttributeError, "property '%s' of 'Value' object has no deleter", name);
    return !value;
}

static PyObject *get_number(PyObject *self, void *unused) {
    return PyFloat_FromDouble(((Value *)self)->data);
}
static PyObject *get_data(PyObject *self, void *unused) {
    ASK("data", self, Py_None)
    return get_number(self, unused);
}
static int set_data(PyObject *self, PyObject *data, void *unused) {
    Value *v = (Value *)self;
    double d;
    if (no_deleter(data, "data")) return -1;
    if (v->op != LEAF) {
        PyObject *op = name_of_row(v);
        if (op) {
            PyErr_Format(PyExc_ValueError,
                         "data: only a leaf can get new data; this is a result of %U", op);
            Py_DECREF(op);
        }
        return -1;
    }
    if (needed_number(data, &d) < 0) return -1;
    v->data = d;
    v->flags |= CHANGED;
    return 0;
}
static PyObject *get_grad(PyObject *self, void *unused) {
    Value *v = (Value *)self;
    return PyFloat_FromDouble(v->flags & HAS_GRAD ? v->grad : 0.0);
}
static int set_grad(PyObject *self, PyObject *grad, void *unused) {
    Value *v = (Value *)self;
    double g;
    if (no_deleter(grad, "grad") || needed_number(grad, &g) < 0) return -1;
    v->grad = g;
    v->flags |= HAS_GRAD;
    return 0;
}
static PyObject *get_has_grad(PyObject *self, void *unused) {
    return PyBool_FromLong(((Value *)self)->flags & HAS_GRAD);
}
static PyObject *get_name(PyObject *self, void *unused) {
    return note_of(name_notes, NAMED, (Value *)self);
}
static int set_name_attribute(PyObject *self, PyObject *name, void *unused) {
    if (no_deleter(name, "name")) return -1;
    if (name != Py_None && !PyUnicode_Check(name)) {
        PyErr_Format(PyExc_TypeError, "name: got %s; it must be a string or None",
                     Py_TYPE(name)->tp_name);
        return -1;
    }
    PyObject *text = name == Py_None ? NULL : PyUnicode_FromObject(name);
    if (name != Py_None && !text) return -1;
    const int failed = set_note(name_notes, NAMED, (Value *)self, text);
    Py_XDECREF(text);
    return failed;
}
static PyObject *get_place(PyObject *self, void *unused) {
    return note_of(place_notes, PLACED, (Value *)self);
}
static int set_place(PyObject *self, PyObject *place, void *unused) {
    if (no_deleter(place, "_place")) return -1;
    return set_note(place_notes, PLACED, (Value *)self, place == Py_None ? NULL : place);
}
static PyObject *get_level(PyObject *self, void *unused) {
    return PyLong_FromLong(((Value *)self)->flags >> LEVEL);
}
static PyObject *get_row(PyObject *self, void *unused) { return Py_NewRef(row_of((Value *)self)); }
static PyObject *get_op(PyObject *self, void *unused) { return name_of_row((Value *)self); }

/* A tuple of those of `some` that are not NULL; it takes over their references. */
static PyObject *tuple_of(PyObject **some, Py_ssize_t n) {
    PyObject *found = PyTuple_New(n);
    for (Py_ssize_t i = 0; i < n; i++) {
        if (found && some[i]) PyTuple_SET_ITEM(found, i, some[i]);
        else {
            Py_XDECREF(some[i]);
            Py_CLEAR(found);
        }
    }
    return found;
}

static PyObject *get_operands(PyObject *self, void *unused) {
    Value *v = (Value *)self;
    const char *kind = codes[v->op].kind;
    const Py_ssize_t small = (Py_ssize_t)strlen(kind);
    if (v->a || small) {
        PyObject *some[2];
        Value *next = v->a;
        for (Py_ssize_t i = 0; i < small; i++) {
            const int last = v->op == OP_where_c && i == 1;
            some[i] = kind[i] == 'v' ? Py_NewRef((PyObject *)next)
                                     : PyFloat_FromDouble(last ? v->data : v->db);
            if (kind[i] == 'v') next = v->b;
        }
        return tuple_of(some, small);
    }
    const Terms *terms = v->terms;
    const Py_ssize_t n = terms ? terms->n : 0;
    const Py_ssize_t more = terms && terms->options ? PyTuple_GET_SIZE(terms->options) : 0;
    PyObject *found = PyTuple_New(n + more);
    for (Py_ssize_t i = 0; found && i < n + more; i++) {
        PyObject *x = i >= n          ? Py_NewRef(PyTuple_GET_ITEM(terms->options, i - n))
                      : terms->t[i].v ? Py_NewRef((PyObject *)terms->t[i].v)
                                      : PyFloat_FromDouble(terms->t[i].c);
        if (x) PyTuple_SET_ITEM(found, i, x);
        else Py_CLEAR(found);
    }
    return found;
}

/* A tuple with one item for each parent: itself, or the partial by it. */
static PyObject *of_parents(Value *v, int itself) {
    Py_ssize_t count = 0;
    for (const Num *end, *p = parents(v, &end); p < end; p++) count += p->v != NULL;
    PyObject *found = PyTuple_New(count);
    count = 0;
    for (const Num *end, *p = parents(v, &end); found && p < end; p++) {
        if (!p->v) continue;
        PyObject *x = itself ? Py_NewRef((PyObject *)p->v) : PyFloat_FromDouble(p->c);
        if (x) PyTuple_SET_ITEM(found, count++, x);
        else Py_CLEAR(found);
    }
    return found;
}
static PyObject *get_parents(PyObject *self, void *unused) { return of_parents((Value *)self, 1); }
static PyObject *get_partials(PyObject *self, void *unused) { return of_parents((Value *)self, 0); }

static PyObject *Value_repr(PyObject *self) {
    PyObject *data = get_number(self, NULL), *grad = data ? get_grad(self, NULL) : NULL;
    PyObject *name = grad ? get_name(self, NULL) : NULL, *text = NULL;
    if (name && name != Py_None)
        text = PyUnicode_FromFormat("Value(data=%R, grad=%R, name=%R)", data, grad, name);
    else if (name) text = PyUnicode_FromFormat("Value(data=%R, grad=%R)", data, grad);
    Py_XDECREF(data);
    Py_XDECREF(grad);
    Py_XDECREF(name);
    return text;
}

/* Raises the error for the first of some names that is not known, with a hint where there is one. */
static PyObject *say_unknown(const char *function, PyObject *names, PyObject *known) {
    PyObject *error = PyObject_CallFunction(unknown, "sOO", function, names, known);
    if (error) PyErr_SetObject(PyExc_TypeError, error);
    Py_XDECREF(error);
    Py_XDECREF(known);
    return NULL;
}

static PyObject *Value_backward(PyObject *self, PyObject *args, PyObject *kwargs) {
    static char *keywords[] = {"seed", NULL};
    PyObject *seed = NULL;
    double g = 1.0;
    if (kwargs && PyDict_GET_SIZE(kwargs) > !!PyDict_GetItemString(kwargs, "seed"))
        return say_unknown("backward", kwargs, Py_BuildValue("(s)", "seed"));
    ASK("backward", self, Py_None)
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|O:backward", keywords, &seed)) return NULL;
    if (seed && needed_number(seed, &g) < 0) return NULL;
    const long doing = unusual ? what_goes_on() : 0;
    if (doing < 0) return NULL;
    if (doing & ANOMALIES) {
        PyObject *checked = PyObject_CallFunction(check_pass, "Od", self, g);
        if (!checked) return NULL;
        Py_DECREF(checked);
    }
    if (backward((Value *)self, g)) return NULL;
    Py_RETURN_NONE;
}
static PyObject *Value_zero_grad(PyObject *self, PyObject *unused) {
    ((Value *)self)->flags &= (uint16_t)~HAS_GRAD;
    Py_RETURN_NONE;
}
static PyObject *Value_detach(PyObject *self, PyObject *unused) {
    ASK("detach", self, Py_None)
    return (PyObject *)leaf(((Value *)self)->data);
}

static PyObject *values_in(PyObject *xs) { /* a tuple of Values, or an error */
    PyObject *found = PySequence_Tuple(xs);
    for (Py_ssize_t i = 0; found && i < PyTuple_GET_SIZE(found); i++)
        if (!IS_VALUE(PyTuple_GET_ITEM(found, i))) {
            PyErr_SetString(PyExc_TypeError, "gradients: it needs Values");
            Py_CLEAR(found);
        }
    return found;
}
#define METHOD(method, op) \
    static PyObject *m_##method(PyObject *self, PyObject *unused) { \
        return (PyObject *)op##_v((Value *)self); \
    }
METHODS(METHOD)

static PyMethodDef methods[] = {
    {"backward", (PyCFunction)(void (*)(void))Value_backward, METH_VARARGS | METH_KEYWORDS},
    {"zero_grad", Value_zero_grad, METH_NOARGS},
    {"detach", Value_detach, METH_NOARGS},
#define METHOD_ENTRY(method, op) {#method, m_##method, METH_NOARGS},
    METHODS(METHOD_ENTRY){NULL},
};

static PyGetSetDef attributes[] = {
    {"data", get_data, set_data},
    {"grad", get_grad, set_grad},
    {"_grad", get_grad, set_grad},
    {"_data", get_number, NULL},
    {"has_grad", get_has_grad, NULL},
    {"name", get_name, set_name_attribute},
    {"_place", get_place, set_place},
    {"level", get_level, NULL},
    {"op", get_op, NULL},
    {"row", get_row, NULL},
    {"operands", get_operands, NULL},
    {"parents", get_parents, NULL},
    {"_parents", get_parents, NULL},
    {"partials", get_partials, NULL},
    {"_partials", get_partials, NULL},
    {NULL},
};

static PyNumberMethods as_a_number = {
    .nb_add = operator_add,
    .nb_subtract = operator_sub,
    .nb_multiply = operator_mul,
    .nb_true_divide = operator_div,
    .nb_remainder = operator_mod,
    .nb_floor_divide = operator_floor_divide,
    .nb_divmod = operator_divmod,
    .nb_power = operator_power,
    .nb_negative = operator_neg,
    .nb_positive = operator_pos,
    .nb_absolute = operator_abs,
    .nb_bool = operator_bool,
    .nb_int = operator_int,
    .nb_float = operator_float,
};

/* Whether the function that runs is of this package, which has nodes as keys. */
static int is_ours(void) {
    PyObject *globals = PyEval_GetGlobals(), *name;
    name = globals ? PyDict_GetItemString(globals, "__name__") : NULL;
    const char *text = name && PyUnicode_Check(name) ? PyUnicode_AsUTF8(name) : NULL;
    return text && !strncmp(text, "autograd.", 9);
}
static Py_hash_t hash_value(PyObject *x) {
    if (UNLIKELY(watchers) && !is_ours() && tell("hash", x) < 0) return -1;
    return PyBaseObject_Type.tp_hash(x);
}

static PyTypeObject Value_Type = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "autograd.value.Value",
    .tp_basicsize = sizeof(Value),
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_new = Value_new,
    .tp_vectorcall = Value_vectorcall,
    .tp_dealloc = Value_dealloc,
    .tp_repr = Value_repr,
    .tp_as_number = &as_a_number,
    .tp_richcompare = compare,
    .tp_hash = hash_value,
    .tp_methods = methods,
    .tp_getset = attributes,
};
