/* Value in C: the scalar node of value.py, which is its specification, at the price of a float.

   Rows of operations are generated from ops.py; rare methods are borrowed from value.py. The type
   takes no part in garbage collection: a node refers only to nodes that are older. */

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <math.h>
#include <stdint.h>
#include <string.h>
#include <structmember.h>

#include "rows.h"
#include "nodes.h"
#include "sweeps.h"
#include "nary.h"

/* ---- What Python gives when it is ready ---- */

static PyObject *rows;              /* the rows of all opcodes, the table's and then the n-ary ones */
static PyObject *to_float;          /* a number as a float, or a TypeError */
static PyObject *as_number;         /* the same, or NotImplemented */
static PyObject *name_string;       /* "name" */
static PyObject *check_pass;        /* (node, seed): raises where a backward pass meets nan or inf */

static const struct { int row; const char *kind; } codes[] = {
    {-1, ""}, {WHERE, "cv"}, {WHERE, "cc"}, {-1, ""}, {ROWS, ""}, {ROWS + 1, ""}, {ROWS + 2, ""},
#define ROW_AND_KIND(op, row, kind) {row, kind},
    OPCODES(ROW_AND_KIND)
};

static PyObject *row_of(Value *v) {     /* borrowed */
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
                 "compute the graph again", name);
    Py_DECREF(name);
}

#include "graphs.h"

/* ---- Numbers ---- */

/* 1: a number; 0: something else; -1: an error. */
static inline int number(PyObject *o, double *d) {
    if (PyFloat_Check(o)) {
        *d = PyFloat_AS_DOUBLE(o);
        return 1;
    }
    if (!PyLong_Check(o)) return 0;
    *d = PyLong_AsDouble(o);
    return *d == -1.0 && PyErr_Occurred() ? -1 : 1;
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

/* ---- Operators ---- */

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
OPERATOR(pow)

static PyObject *operator_power(PyObject *x, PyObject *y, PyObject *modulus) {
    if (modulus != Py_None) Py_RETURN_NOTIMPLEMENTED;
    return operator_pow(x, y);
}
static PyObject *operator_neg(PyObject *x) { return (PyObject *)neg_v((Value *)x); }
static PyObject *operator_abs(PyObject *x) { return (PyObject *)abs_v((Value *)x); }
static PyObject *operator_pos(PyObject *x) { return Py_NewRef(x); }
static int operator_bool(PyObject *x) { return ((Value *)x)->data != 0.0; }
static PyObject *operator_float(PyObject *x) {
    PyErr_SetString(PyExc_TypeError,
                    "float(Value) would drop the gradient: use x.data for the number, "
                    "or the function of this package (ag.exp for math.exp)");
    return NULL;
}

static PyObject *compare(PyObject *x, PyObject *y, int how) {
    const double a = ((Value *)x)->data;
    double b;
    if (IS_VALUE(y)) b = ((Value *)y)->data;
    else if (PyFloat_CheckExact(y)) b = PyFloat_AS_DOUBLE(y);
    else if (PyLong_Check(y)) {                     /* exactly, however large it is */
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

/* ---- Public functions: quick for Values and numbers, else Python's ---- */

enum {
#define PLACE_OF_ROW(op, row, required, otherwise) F_##op,
#define PLACE_OF_MANY(op, row, n) F_##op,
    UNARY(PLACE_OF_ROW) BINARY(PLACE_OF_ROW) MANY(PLACE_OF_MANY)
    F_where, F_sum, F_mean, F_dot, FUNCTIONS
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
    static PyObject *f_##op(PyObject *self, PyObject *const *args, Py_ssize_t n) { \
        double c; \
        if (n == 1) { \
            if (IS_VALUE(args[0])) return (PyObject *)op##_v((Value *)args[0]); \
            if (number(args[0], &c) > 0) return PyFloat_FromDouble(op##_c(c)); \
        } \
        return fall_back(F_##op, args, n, NULL); \
    }
#define BINARY_FUNCTION(op, row, required, otherwise) \
    static PyObject *f_##op(PyObject *self, PyObject *const *args, Py_ssize_t n) { \
        Num x, y = {NULL, otherwise}; \
        if ((n == 2 || n == required) && num(args[0], &x) > 0 && (n < 2 || num(args[1], &y) > 0)) { \
            if (x.v) return (PyObject *)(y.v ? op##_vv(x.v, y.v) : op##_vc(x.v, y.c)); \
            return y.v ? (PyObject *)op##_cv(x.c, y.v) : PyFloat_FromDouble(op##_c(x.c, y.c)); \
        } \
        return fall_back(F_##op, args, n, NULL); \
    }
#define MANY_FUNCTION(op, row, count) \
    static PyObject *f_##op(PyObject *self, PyObject *const *args, Py_ssize_t n) { \
        Num x[count]; \
        int all = n == count, any = 0; \
        for (int i = 0; all && i < count; i++) { \
            all = num(args[i], &x[i]) > 0; \
            any |= all && x[i].v; \
        } \
        if (!all) return fall_back(F_##op, args, n, NULL); \
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
static PyObject *f_where(PyObject *self, PyObject *const *args, Py_ssize_t n) {
    Num x, y;
    if (n != 3 || !(PyBool_Check(args[0]) || IS_VALUE(args[0]) || PyFloat_CheckExact(args[0])) ||
        num(args[1], &x) <= 0 || num(args[2], &y) <= 0)
        return fall_back(F_where, args, n, NULL);
    const int holds = PyObject_IsTrue(args[0]);
    if (holds < 0) return NULL;
    const Num chosen = holds ? x : y;
    const double truth = holds;
    if (chosen.v)
        return (PyObject *)node(OP_where_v, chosen.v->data, chosen.v, 1.0, NULL, truth);
    if (x.v || y.v || IS_VALUE(args[0]))
        return (PyObject *)node(OP_where_c, chosen.c, NULL, 0.0, NULL, truth);
    return PyFloat_FromDouble(chosen.c);
}

static inline PyObject **items_of(PyObject *o, Py_ssize_t *n) {     /* of a list or tuple, or NULL */
    if (!PyList_CheckExact(o) && !PyTuple_CheckExact(o)) return NULL;
    *n = PySequence_Fast_GET_SIZE(o);
    return PySequence_Fast_ITEMS(o);
}

/* Reads operands; whether all are Values and numbers, with a Value among them. */
static int read_terms(PyObject **items, Py_ssize_t n, Num *t) {
    int any = 0;
    for (Py_ssize_t i = 0; i < n; i++) {
        if (num(items[i], &t[i]) <= 0) return -1;
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

#define QUICK(f) (PyCFunction)(void (*)(void))f, METH_FASTCALL
static PyMethodDef functions[] = {
#define ENTRY(op, row, required, otherwise) {#op, QUICK(f_##op)},
#define ENTRY_OF_MANY(op, row, n) {#op, QUICK(f_##op)},
    UNARY(ENTRY) BINARY(ENTRY) MANY(ENTRY_OF_MANY)
    {"where", QUICK(f_where)},
    {"sum", QUICK(f_sum) | METH_KEYWORDS},
    {"mean", QUICK(f_mean) | METH_KEYWORDS},
    {"dot", QUICK(f_dot) | METH_KEYWORDS},
};

static PyObject *documented(PyMethodDef *method, PyObject *doc) {   /* kept as long as we run */
    const char *text = PyUnicode_AsUTF8(doc);
    if (!text) return NULL;
    Py_INCREF(doc);
    method->ml_doc = text;
    Py_RETURN_NONE;
}

/* function(name, doc, module, fallback): a public function, by its name alone once it is known;
   None where C has none of that name. */
static PyObject *make_function(PyObject *self, PyObject *args) {
    const char *name;
    PyObject *doc = NULL, *module = NULL, *python = NULL;
    if (!PyArg_ParseTuple(args, "s|UUO", &name, &doc, &module, &python)) return NULL;
    for (int f = 0; f < FUNCTIONS; f++)
        if (!strcmp(functions[f].ml_name, name)) {
            if (!python) return PyCFunction_NewEx(&functions[f], NULL, NULL);
            PyObject *done = documented(&functions[f], doc);
            if (!done) return NULL;
            Py_DECREF(done);
            Py_XSETREF(fallback[f], Py_NewRef(python));
            return PyCFunction_NewEx(&functions[f], NULL, module);
        }
    Py_RETURN_NONE;
}

/* ---- The type ---- */

static int set_name_attribute(PyObject *self, PyObject *name, void *unused);

static PyObject *make_leaf(PyObject *data, PyObject *name) {
    double d;
    if (needed_number(data, &d) < 0) return NULL;
    Value *v = leaf(d);
    if (v && name && set_name_attribute((PyObject *)v, name, NULL) < 0) Py_CLEAR(v);
    return (PyObject *)v;
}

static PyObject *Value_new(PyTypeObject *type, PyObject *args, PyObject *kwargs) {
    static char *keywords[] = {"data", "name", NULL};
    PyObject *data, *name = NULL;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O|O:Value", keywords, &data, &name)) return NULL;
    return make_leaf(data, name);
}

static PyObject *Value_vectorcall(PyObject *type, PyObject *const *args, size_t nargs,
                                  PyObject *names) {
    const Py_ssize_t n = PyVectorcall_NARGS(nargs);
    if (!names && (n == 1 || n == 2)) return make_leaf(args[0], n == 2 ? args[1] : NULL);
    if (names && n == 1 && PyTuple_GET_SIZE(names) == 1 &&
        !PyUnicode_CompareWithASCIIString(PyTuple_GET_ITEM(names, 0), "name"))
        return make_leaf(args[0], args[1]);
    PyObject *positional = PyTuple_New(n), *keyword = NULL, *made = NULL;
    for (Py_ssize_t i = 0; positional && i < n; i++)
        PyTuple_SET_ITEM(positional, i, Py_NewRef(args[i]));
    if (positional && names) keyword = PyDict_New();
    for (Py_ssize_t i = 0; keyword && i < PyTuple_GET_SIZE(names); i++)
        if (PyDict_SetItem(keyword, PyTuple_GET_ITEM(names, i), args[n + i]) < 0) Py_CLEAR(keyword);
    if (positional && (keyword || !names))
        made = Value_new((PyTypeObject *)type, positional, keyword);
    Py_XDECREF(positional);
    Py_XDECREF(keyword);
    return made;
}

static int no_deleter(PyObject *value, const char *name) {
    if (!value)
        PyErr_Format(PyExc_AttributeError, "property '%s' of 'Value' object has no deleter", name);
    return !value;
}

static PyObject *get_data(PyObject *self, void *unused) {
    return PyFloat_FromDouble(((Value *)self)->data);
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
    return note_of(names, NAMED, (Value *)self);
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
    const int failed = set_note(names, NAMED, (Value *)self, text);
    Py_XDECREF(text);
    return failed;
}
static PyObject *get_line(PyObject *self, void *unused) {
    return note_of(lines_of, LINED, (Value *)self);
}
static int set_line(PyObject *self, PyObject *line, void *unused) {
    if (no_deleter(line, "line")) return -1;
    return set_note(lines_of, LINED, (Value *)self, line == Py_None ? NULL : line);
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
        PyObject *x = i >= n            ? Py_NewRef(PyTuple_GET_ITEM(terms->options, i - n))
                      : terms->t[i].v   ? Py_NewRef((PyObject *)terms->t[i].v)
                                        : PyFloat_FromDouble(terms->t[i].c);
        if (x) PyTuple_SET_ITEM(found, i, x);
        else Py_CLEAR(found);
    }
    return found;
}

/* A tuple with one item for each parent: itself, or the partial by it. */
static PyObject *of_parents(Value *v, int itself) {
    Py_ssize_t n = 0, i = 0;
#define ONE_MORE(p, d) n++;
    PARENTS(v, ONE_MORE)
    PyObject *found = PyTuple_New(n);
#define PUT(p, d) \
    if (found) { \
        PyObject *_x = itself ? Py_NewRef((PyObject *)(p)) : PyFloat_FromDouble(d); \
        if (_x) PyTuple_SET_ITEM(found, i++, _x); \
        else Py_CLEAR(found); \
    }
    PARENTS(v, PUT)
    return found;
}
static PyObject *get_parents(PyObject *self, void *unused) { return of_parents((Value *)self, 1); }
static PyObject *get_partials(PyObject *self, void *unused) { return of_parents((Value *)self, 0); }

static PyObject *Value_repr(PyObject *self) {
    PyObject *data = get_data(self, NULL), *grad = data ? get_grad(self, NULL) : NULL;
    PyObject *name = grad ? get_name(self, NULL) : NULL, *text = NULL;
    if (name && name != Py_None)
        text = PyUnicode_FromFormat("Value(data=%R, grad=%R, name=%R)", data, grad, name);
    else if (name) text = PyUnicode_FromFormat("Value(data=%R, grad=%R)", data, grad);
    Py_XDECREF(data);
    Py_XDECREF(grad);
    Py_XDECREF(name);
    return text;
}

static PyObject *Value_backward(PyObject *self, PyObject *args, PyObject *kwargs) {
    static char *keywords[] = {"seed", NULL};
    PyObject *seed = NULL;
    double g = 1.0;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|O:backward", keywords, &seed)) return NULL;
    if (seed && needed_number(seed, &g) < 0) return NULL;
    if (unusual && anomalies) {
        PyObject *checked = PyObject_CallFunction(check_pass, "Od", self, g);
        if (!checked) return NULL;
        Py_DECREF(checked);
    }
    backward((Value *)self, g);
    Py_RETURN_NONE;
}
static PyObject *Value_zero_grad(PyObject *self, PyObject *unused) {
    ((Value *)self)->flags &= (uint16_t)~HAS_GRAD;
    Py_RETURN_NONE;
}
static PyObject *Value_detach(PyObject *self, PyObject *unused) {
    return (PyObject *)leaf(((Value *)self)->data);
}

static PyObject *values_in(PyObject *xs) {          /* a tuple of Values, or an error */
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
    METHODS(METHOD_ENTRY)
    {NULL},
};

static PyGetSetDef attributes[] = {
    {"data", get_data, set_data},
    {"grad", get_grad, set_grad},
    {"_grad", get_grad, set_grad},
    {"_data", get_data, NULL},
    {"has_grad", get_has_grad, NULL},
    {"name", get_name, set_name_attribute},
    {"line", get_line, set_line},
    {"level", get_level, NULL},
    {"op", get_op, NULL},
    {"row", get_row, NULL},
    {"operands", get_operands, NULL},
    {"parents", get_parents, NULL},
    {"partials", get_partials, NULL},
    {NULL},
};

static PyNumberMethods as_a_number = {
    .nb_add = operator_add,
    .nb_subtract = operator_sub,
    .nb_multiply = operator_mul,
    .nb_true_divide = operator_div,
    .nb_remainder = operator_mod,
    .nb_power = operator_power,
    .nb_negative = operator_neg,
    .nb_positive = operator_pos,
    .nb_absolute = operator_abs,
    .nb_bool = operator_bool,
    .nb_float = operator_float,
};

static PyTypeObject Value_Type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "autograd.value.Value",
    .tp_basicsize = sizeof(Value),
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_new = Value_new,
    .tp_vectorcall = Value_vectorcall,
    .tp_dealloc = Value_dealloc,
    .tp_repr = Value_repr,
    .tp_as_number = &as_a_number,
    .tp_richcompare = compare,
    .tp_methods = methods,
    .tp_getset = attributes,
};

/* ---- The module ---- */

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
    Terms *terms = n < 0 ? NULL : new_terms(n);
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
    const Py_ssize_t was = pauses;
    if (always) pauses = 0;
    Value *v = nary_node(op, data, terms);
    pauses = was;
    Py_XDECREF(options);
    return (PyObject *)v;
}

/* Numbers, from a sequence of k sequences of n. */
static double *matrix_of(PyObject *rows_of_numbers, Py_ssize_t k, Py_ssize_t n) {
    double *numbers = PyMem_New(double, k * n + 1);
    if (!numbers) return (double *)PyErr_NoMemory();
    for (Py_ssize_t i = 0; i < k; i++) {
        PyObject *row = PySequence_Tuple(PyTuple_GET_ITEM(rows_of_numbers, i));
        int failed = !row;
        if (row && PyTuple_GET_SIZE(row) != n) {
            PyErr_Format(PyExc_ValueError, "got %zd numbers; it needs %zd", PyTuple_GET_SIZE(row), n);
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
        double *end = start ? PyMem_New(double, k * m + 1) : NULL;
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
            PyErr_Format(PyExc_ValueError, "got %zd seeds; it needs %zd", PyTuple_GET_SIZE(given), k);
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

/* enter(kind, change): this thread enters (1) or leaves (-1) a block of a kind. */
static PyObject *enter(PyObject *self, PyObject *args) {
    const char *kind;
    Py_ssize_t change;
    if (!PyArg_ParseTuple(args, "sn", &kind, &change)) return NULL;
    if (!strcmp(kind, "level")) {
        if (level + change >= 1 << (16 - LEVEL)) {
            PyErr_SetString(PyExc_RecursionError, "too many functions are being transformed");
            return NULL;
        }
        level += change;
        levels += change;
        Py_RETURN_NONE;
    }
    Py_ssize_t *blocks = !strcmp(kind, "pauses") ? &pauses : !strcmp(kind, "lines") ? &lines : &anomalies;
    *blocks += change;
    unusual += change;
    Py_RETURN_NONE;
}

/* set_recording(attend, check_pass) */
static PyObject *set_recording(PyObject *self, PyObject *args) {
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
    if (PyTuple_GET_SIZE(all) != ROWS + 3) {
        PyErr_Format(PyExc_ValueError, "ready: got %zd rows; it needs %d", PyTuple_GET_SIZE(all),
                     ROWS + 3);
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
    {"enter", enter, METH_VARARGS},
    {"set_recording", set_recording, METH_VARARGS},
    {"reverse", reverse_sweeps, METH_VARARGS},
    {"forward", forward_sweeps, METH_VARARGS},
    {"made_inside", made_inside, METH_VARARGS},
    {NULL},
};
static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT, .m_name = "autograd._value", .m_size = -1, .m_methods = module_functions,
};

PyMODINIT_FUNC PyInit__value(void) {
    PyObject *m = PyModule_Create(&module);
    if (!m || (!names && !(names = PyDict_New())) ||
        (!lines_of && !(lines_of = PyDict_New())) ||
        (!name_string && !(name_string = PyUnicode_InternFromString("name")))) {
        Py_XDECREF(m);
        return NULL;
    }
    if (PyModule_AddStringConstant(m, "sources", SOURCES) < 0 ||
        PyModule_AddIntConstant(m, "node_bytes", sizeof(Value)) < 0)
        Py_CLEAR(m);
    return m;
}
