/* Nodes of Tensors: their slots, their making, and operators. */
#pragma once

#include "tensor_arrays.h"
#include "recording.h"
#include "tensor_memory.h"

/* The slots of a Tensor, under the names that they have in Python. */
typedef struct {
    PyObject_HEAD
    PyObject *data, *row, *operands, *parents, *inputs, *pull;
    PyObject *grad, *before, *name, *place, *level; /* mostly not set */
    PyObject *weak;
} Links;

#define SLOTS(X) \
    X(data, "_data") \
    X(row, "_row") \
    X(operands, "_operands") \
    X(parents, "_parents") \
    X(inputs, "_inputs") \
    X(pull, "_pull") \
    X(grad, "_grad") \
    X(before, "_before") \
    X(name, "_name") \
    X(place, "_place") \
    X(level, "_level")

/* Python may put anything into a slot, or nothing, at any time that it runs: who reads one here
   looks at what it is, and owns it while Python can run. */
static PyMemberDef links_members[] = {
#define MEMBER(field, spelled) {spelled, T_OBJECT_EX, offsetof(Links, field), 0, NULL},
    {"row", T_OBJECT_EX, offsetof(Links, row), READONLY,
     "Operation that made it, a row of a table; None for a leaf."},
    {"operands", T_OBJECT_EX, offsetof(Links, operands), READONLY,
     "Operands of the operation, in order, constants included."},
    {"parents", T_OBJECT_EX, offsetof(Links, parents), READONLY,
     "Operands that are nodes, in order, duplicates kept."},
    SLOTS(MEMBER){NULL},
};

static inline int is_array(PyObject *x) { return x && PyArray_CheckExact(x); }
static inline int is_complex(PyObject *x) {
    return is_array(x) && PyTypeNum_ISCOMPLEX(PyArray_TYPE((PyArrayObject *)x));
}
static inline int is_tuple(PyObject *x) { return x && PyTuple_CheckExact(x); }

static PyObject *links_has_grad(Links *self, void *_) {
    return PyBool_FromLong(self->grad != NULL);
}

static PyGetSetDef links_attributes[] = {
    {"has_grad", (getter)links_has_grad, NULL, "True where a backward pass has reached it.", NULL},
    {NULL},
};

static PyObject *links_zero_grad(Links *self, PyObject *_) {
    Py_CLEAR(self->grad);
    Py_RETURN_NONE;
}

static PyObject *general_writable; /* what copies, or refuses */

/* The array of a leaf, where nobody else holds it. */
static PyObject *links_writable(Links *self, PyObject *_) {
    PyObject *data = self->data;
    if (is_array(data) && self->row == Py_None && Py_REFCNT(data) == 1 &&
        !PyArray_BASE((PyArrayObject *)data))
        return Py_NewRef(data);
    return PyObject_CallOneArg(general_writable, (PyObject *)self);
}

static PyObject *zeros_like(PyObject *x) {
    PyArrayObject *data = (PyArrayObject *)Py_NewRef(x);
    PyArray_Descr *type = PyArray_DESCR(data);
    Py_INCREF(type);
    PyObject *zeros = PyArray_Zeros(PyArray_NDIM(data), PyArray_DIMS(data), type, 0);
    Py_DECREF(data);
    return zeros;
}

static PyObject *links_gradient(Links *self, PyObject *_) {
    if (self->grad) return Py_NewRef(self->grad);
    if (is_array(self->data)) return zeros_like(self->data);
    return PyErr_Format(PyExc_AttributeError, "grad: this Tensor has no array");
}

static PyMethodDef links_methods[] = {
    {"writable", (PyCFunction)links_writable, METH_NOARGS,
     "writable($self)\n--\n\nThe array of a leaf, to write into: its own where nobody else holds "
     "it, else a copy that "
     "takes its place."},
    {"_gradient", (PyCFunction)links_gradient, METH_NOARGS, NULL},
    {"zero_grad", (PyCFunction)links_zero_grad, METH_NOARGS,
     "zero_grad($self)\n--\n\nForget the gradient."},
    {NULL},
};

/* What a circle of references can go through: neither arrays nor labels. */
static int links_traverse(Links *self, visitproc visit, void *arg) {
    Py_VISIT(self->operands);
    Py_VISIT(self->parents);
    Py_VISIT(self->inputs);
    Py_VISIT(self->pull);
    Py_VISIT(self->row);
    Py_VISIT(self->before);
    Py_VISIT(self->place);
    return 0;
}

static int links_clear(Links *self) {
#define RELEASE(field, spelled) Py_CLEAR(self->field);
    SLOTS(RELEASE)
    return 0;
}

/* Graphs are deep; that the tuples put off what is nested bounds the recursion. */
static void links_dealloc(Links *self) {
    PyObject_GC_UnTrack(self);
    if (self->weak) PyObject_ClearWeakRefs((PyObject *)self);
    links_clear(self);
    Py_TYPE(self)->tp_free((PyObject *)self);
}

/* What Python gives when it is ready. */
static PyTypeObject *tensor_type;
static PyObject *make_operator;    /* index -> (row, pulls of vv, vc and cv, operator, reflected) */
static PyObject *sum_to_shape;     /* (array, shape) -> array */
static PyObject *in_type_of;       /* (array, share) -> share */
static PyObject *shares_of_values; /* (node, adjoint, mask) -> list of (Value, share) */
static PyObject *counted;          /* (node, shares) -> shares, one for each parent, or an error */
static PyObject *released;         /* the pull of nodes that were released */
static PyObject *row_of_values;
static PyObject *nothing; /* () */

#define IS_TENSOR(o) (Py_TYPE(o) == tensor_type)

static PyObject *stand_in; /* type of what stands for an array while a function is recorded */

static int stands_in(PyObject *x) {
    return stand_in && PyObject_TypeCheck(x, (PyTypeObject *)stand_in);
}

/* Anything as an array that is exactly one, or stands for one; takes the reference. */
static inline PyObject *as_array(PyObject *x) {
    if (!x || PyArray_CheckExact(x)) return x;
    if (!stands_in(x)) return PyArray_EnsureArray(x);
    PyObject *array = PyObject_CallMethod(x, "as_array", NULL); /* it may stand for a number */
    Py_DECREF(x);
    return array;
}

/* A new node; takes the references to all but row and pull. */
static PyObject *linked(PyObject *row, PyObject *data, PyObject *operands, PyObject *parents,
                        PyObject *inputs, PyObject *pull) {
    Links *node = NULL;
    data = as_array(data);
    if (data && operands && parents && inputs)
        node = (Links *)tensor_type->tp_alloc(tensor_type, 0);
    if (!node) {
        Py_XDECREF(data);
        Py_XDECREF(operands);
        Py_XDECREF(parents);
        Py_XDECREF(inputs);
        return NULL;
    }
    node->data = data;
    node->row = Py_NewRef(row);
    node->pull = Py_NewRef(pull);
    node->operands = operands;
    node->parents = parents;
    node->inputs = inputs;
    return (PyObject *)node;
}

/* A leaf; takes the reference. */
static PyObject *tensor_leaf(PyObject *data) {
    return linked(Py_None, data, Py_NewRef(nothing), Py_NewRef(nothing), Py_NewRef(nothing),
                  Py_None);
}

/* 1 where results are leaves of which nothing is noted; -1: an error. */
static inline int is_paused(void) {
    const long doing = unusual ? what_goes_on() : 0;
    return doing < 0 ? -1 : doing == PAUSED;
}

/* The node of a result as what goes on wants it, where that is not plainly paused; takes the
   references to all but row and pull. */
static PyObject *noted(PyObject *row, PyObject *data, PyObject *operands, PyObject *parents,
                       PyObject *inputs, PyObject *pull) {
    PyObject *node = linked(row, data, operands, parents, inputs, pull);
    if (!unusual || !node) return node;
    const long doing = what_goes_on();
    int is_leaf = doing < 0 ? -1 : (doing & PAUSED) != 0;
    if (doing > 0 && noted_place(node, doing) < 0) is_leaf = -1;
    if (is_leaf > 0) {
        Links *self = (Links *)node;
        if (doing >> DEEP) Py_XSETREF(self->level, PyLong_FromLong(doing >> DEEP));
        Py_SETREF(self->row, Py_NewRef(Py_None));
        Py_SETREF(self->pull, Py_NewRef(Py_None));
        Py_SETREF(self->operands, Py_NewRef(nothing));
        Py_SETREF(self->parents, Py_NewRef(nothing));
        Py_SETREF(self->inputs, Py_NewRef(nothing));
    }
    if (is_leaf < 0) Py_CLEAR(node);
    return node;
}

/* note(row, data, operands, parents, inputs, pull): the node of a result. */
static PyObject *note(PyObject *self, PyObject *const *a, Py_ssize_t n) {
    if (n != 6 || !tensor_type || !is_tuple(a[2]) || !is_tuple(a[3]) || !is_tuple(a[4]))
        return PyErr_Format(
            PyExc_TypeError,
            "note: it needs a row, data, tuples of operands, parents and inputs, and a pull");
    return noted(a[0], Py_NewRef(a[1]), Py_NewRef(a[2]), Py_NewRef(a[3]), Py_NewRef(a[4]), a[5]);
}

/* Operators, of two Tensors or a Tensor and a Python number */

enum { ADD, SUB, MUL, DIV, MATMUL, OPERATORS };
static const binaryfunc computes[] = {
    PyNumber_Add,        PyNumber_Subtract,       PyNumber_Multiply,
    PyNumber_TrueDivide, PyNumber_MatrixMultiply,
};
enum { ROW, OF_BOTH, OF_LEFT, OF_RIGHT, FORWARD, REFLECTED, PARTS };
static PyObject *operators[OPERATORS]; /* tuples of these */

static PyObject *operator_at(int i) {
    if (!operators[i]) {
        PyObject *index = PyLong_FromLong(i);
        PyObject *made = index ? PyObject_CallOneArg(make_operator, index) : NULL;
        Py_XDECREF(index);
        if (made && (!PyTuple_Check(made) || PyTuple_GET_SIZE(made) != PARTS)) {
            PyErr_SetString(PyExc_TypeError, "an operator is a tuple of 6");
            Py_CLEAR(made);
        }
        operators[i] = made;
    }
    return operators[i];
}

static inline int is_number(PyObject *o) { return PyFloat_CheckExact(o) || PyLong_CheckExact(o); }

/* A pair; takes the references. */
static PyObject *pair_of(PyObject *x, PyObject *y) {
    PyObject *pair = PyTuple_New(2);
    if (pair) {
        PyTuple_SET_ITEM(pair, 0, x);
        PyTuple_SET_ITEM(pair, 1, y);
        return pair;
    }
    Py_DECREF(x);
    Py_DECREF(y);
    return NULL;
}

static PyObject *binary(PyObject *a, PyObject *b, int i) {
    PyObject *operator = operator_at(i);
    if (!operator) return NULL;
    const int left = IS_TENSOR(a), right = IS_TENSOR(b);
    int kind = left && right ? OF_BOTH : 0;
    if (!kind && i != MATMUL)
        kind = left && is_number(b) ? OF_LEFT : right && is_number(a) ? OF_RIGHT : 0;
    PyObject *x = left ? ((Links *)a)->data : a, *y = right ? ((Links *)b)->data : b;
    if (kind && x && y) {
        Py_INCREF(x); /* while NumPy runs, others may give the Tensors new data */
        Py_INCREF(y);
        PyObject *z = NULL, *before = NULL;
        const int large = is_large(x) || is_large(y);
        if (!large || (before = memory_enter())) z = computes[i](x, y);
        if (before) memory_leave(before);
        const int paused = z ? is_paused() : 0;
        if (paused) {
            Py_DECREF(x);
            Py_DECREF(y);
            if (paused > 0) return tensor_leaf(z);
            Py_DECREF(z);
            return NULL;
        }
        if (z) {
            PyObject *operands = PyTuple_Pack(2, a, b);
            PyObject *parents =
                left && right ? Py_XNewRef(operands) : PyTuple_Pack(1, left ? a : b);
            return noted(PyTuple_GET_ITEM(operator, ROW), z, operands, parents, pair_of(x, y),
                         PyTuple_GET_ITEM(operator, kind));
        }
        Py_DECREF(x);
        Py_DECREF(y);
        if (!PyErr_ExceptionMatches(PyExc_ValueError)) return NULL;
        PyErr_Clear(); /* Python says what does not fit */
    }
    PyObject *swapped[] = {left ? a : b, left ? b : a};
    return PyObject_Vectorcall(PyTuple_GET_ITEM(operator, left ? FORWARD : REFLECTED), swapped, 2,
                               NULL);
}

#define ARITHMETIC(name, i) \
    static PyObject *links_##name(PyObject *a, PyObject *b) { return binary(a, b, i); }
ARITHMETIC(add, ADD)
ARITHMETIC(subtract, SUB)
ARITHMETIC(multiply, MUL)
ARITHMETIC(true_divide, DIV)
ARITHMETIC(matrix_multiply, MATMUL)

static PyNumberMethods links_number = {
    .nb_add = links_add,
    .nb_subtract = links_subtract,
    .nb_multiply = links_multiply,
    .nb_true_divide = links_true_divide,
    .nb_matrix_multiply = links_matrix_multiply,
};

static PyObject *general_comparisons; /* functions of two operands, which refuse complex ones */

static inline int has_order(PyObject *x) {
    if (!is_array(x)) return is_number(x);
    const int type = PyArray_TYPE((PyArrayObject *)x);
    return PyTypeNum_ISFLOAT(type) || PyTypeNum_ISINTEGER(type);
}

/* Comparison of the numbers, as an array; Python looks at what is no plain one. */
static PyObject *links_compare(PyObject *self, PyObject *other, int sign) {
    PyObject *x = ((Links *)self)->data, *y = IS_TENSOR(other) ? ((Links *)other)->data : other;
    if (UNLIKELY(watchers) || !x || !y || !has_order(x) || !has_order(y)) {
        PyObject *pair[] = {self, other}, *plain = PyTuple_GetItem(general_comparisons, sign);
        return plain ? PyObject_Vectorcall(plain, pair, 2, NULL) : NULL;
    }
    Py_INCREF(x); /* while NumPy runs, others may give the Tensors new data */
    Py_INCREF(y);
    PyObject *found = PyObject_RichCompare(x, y, sign);
    Py_DECREF(x);
    Py_DECREF(y);
    return as_array(found);
}

static PyTypeObject links_type = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "autograd._core.Links",
    .tp_doc = "The slots of a Tensor, and its operators.",
    .tp_basicsize = sizeof(Links),
    .tp_dealloc = (destructor)links_dealloc,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC,
    .tp_traverse = (traverseproc)links_traverse,
    .tp_clear = (inquiry)links_clear,
    .tp_members = links_members,
    .tp_getset = links_attributes,
    .tp_methods = links_methods,
    .tp_weaklistoffset = offsetof(Links, weak),
    .tp_as_number = &links_number,
    .tp_richcompare = links_compare,
    .tp_hash = (hashfunc)_Py_HashPointer,
    .tp_new = PyType_GenericNew,
};

/* Any operation, of Tensors, arrays and options: a function that computes and notes it. */

#define MOST 8 /* operands */

typedef struct {
    PyObject_HEAD
    PyObject *row, *value, *pulls, *general;
    int elementary, keeps;
    vectorcallfunc call;
} Operation;

/* PyArray_NewCopy, in a third of its time where rows are in order. */
static PyObject *copied(PyArrayObject *x) {
    if (!PyArray_ISCARRAY_RO(x)) return PyArray_NewCopy(x, NPY_KEEPORDER);
    PyObject *copy = PyArray_NewLikeArray(x, NPY_CORDER, NULL, 0);
    if (copy)
        memcpy(PyArray_DATA((PyArrayObject *)copy), PyArray_DATA(x),
               (size_t)PyArray_NBYTES((PyArrayObject *)copy));
    return copy;
}

/* What an operation keeps of a plain operand, a new reference: itself, or a copy of what shapes
   and chooses, indices, labels and conditions, which nobody may change before the backward pass.
   NULL without an error: it needs a second look. */
static PyObject *kept_operand(const Operation *op, PyObject *x) {
    if (is_number(x) || (x == Py_None && !op->elementary)) return Py_NewRef(x);
    if (PyArray_CheckExact(x)) {
        const int type = PyArray_TYPE((PyArrayObject *)x);
        if (PyTypeNum_ISFLOAT(type)) return Py_NewRef(x);
        if (op->elementary || !(PyTypeNum_ISINTEGER(type) || PyTypeNum_ISBOOL(type))) return NULL;
        return copied((PyArrayObject *)x);
    }
    if (op->elementary) return NULL;
    if (PyUnicode_CheckExact(x) || PyBool_Check(x) || PySlice_Check(x) || x == Py_Ellipsis)
        return Py_NewRef(x);
    if (!PyTuple_CheckExact(x)) return NULL;
    if (Py_EnterRecursiveCall(" in an index")) return NULL;
    const Py_ssize_t n = PyTuple_GET_SIZE(x);
    PyObject *copy = PyTuple_New(n);
    int same = 1;
    for (Py_ssize_t i = 0; copy && i < n; i++) {
        PyObject *each = PyTuple_GET_ITEM(x, i), *kept = kept_operand(op, each);
        same &= kept == each;
        if (kept) PyTuple_SET_ITEM(copy, i, kept);
        else Py_CLEAR(copy);
    }
    Py_LeaveRecursiveCall();
    if (copy && same) Py_SETREF(copy, Py_NewRef(x));
    return copy;
}

/* Those of some operands that the bits tell. */
static PyObject *those_of(PyObject *const *a, Py_ssize_t n, long bits) {
    Py_ssize_t count = 0;
    for (Py_ssize_t i = 0; i < n; i++) count += bits >> i & 1;
    PyObject *found = PyTuple_New(count);
    for (Py_ssize_t i = 0, k = 0; found && i < n; i++)
        if (bits >> i & 1) PyTuple_SET_ITEM(found, k++, Py_NewRef(a[i]));
    return found;
}

/* The operands of a node: Tensors, and the constants that are kept. */
static PyObject *operands_of(PyObject *const *a, PyObject *const *given, Py_ssize_t n, long bits) {
    PyObject *found = PyTuple_New(n);
    for (Py_ssize_t i = 0; found && i < n; i++)
        PyTuple_SET_ITEM(found, i, Py_NewRef(bits >> i & 1 ? a[i] : given[i]));
    return found;
}

/* The function that computes an operation, which is made when it is first needed. */
static PyObject *value_of(Operation *op) {
    if (op->value == Py_None) {
        PyObject *value = PyObject_CallMethod(op->pulls, "value", NULL);
        if (!value) return NULL;
        if (op->value == Py_None) Py_SETREF(op->value, value); /* no other thread was quicker */
        else Py_DECREF(value);
    }
    return Py_NewRef(op->value);
}

/* The result of an operation, and what it keeps beside its inputs or NULL; -1: an error. */
static int computed(Operation *op, PyObject *const *given, Py_ssize_t n, int large, PyObject **z,
                    PyObject **kept) {
    PyObject *before = NULL, *value = value_of(op), *found = NULL;
    *z = *kept = NULL;
    if (value && (!large || (before = memory_enter())))
        found = PyObject_Vectorcall(value, given, n, NULL);
    if (before) memory_leave(before);
    Py_XDECREF(value);
    if (!found) return -1;
    if (!op->keeps) {
        *z = found;
        return 0;
    }
    if (PyTuple_CheckExact(found) && PyTuple_GET_SIZE(found) == 2) {
        *z = Py_NewRef(PyTuple_GET_ITEM(found, 0));
        *kept = Py_NewRef(PyTuple_GET_ITEM(found, 1));
    }
    else PyErr_SetString(PyExc_TypeError, "the value of an operation that keeps is a pair");
    Py_DECREF(found);
    return *z ? 0 : -1;
}

/* True where arrays among some inputs differ in type: in a smaller one slopes would be wrong. */
static int differ_in_type(PyObject *const *given, Py_ssize_t n) {
    int type = -1;
    for (Py_ssize_t i = 0; i < n; i++) {
        if (!PyArray_CheckExact(given[i])) continue;
        const int own = PyArray_TYPE((PyArrayObject *)given[i]);
        if (type >= 0 && own != type) return 1;
        type = own;
    }
    return 0;
}

static PyObject *operation_call(PyObject *self, PyObject *const *a, size_t flags, PyObject *names) {
    Operation *op = (Operation *)self;
    const Py_ssize_t n = PyVectorcall_NARGS(flags);
    if (names || n > MOST || (op->elementary && n != op->elementary))
        return PyObject_Vectorcall(op->general, a, flags, names);
    PyObject *given[MOST + 1], *z, *node = NULL; /* owned: whatever Python does, they are kept */
    Py_ssize_t count = 0;
    long bits = 0;
    int large = 0, general = 0;
    for (; count < n && !general; count += !general) {
        PyObject *x = a[count];
        if (IS_TENSOR(x) && (given[count] = Py_XNewRef(((Links *)x)->data))) bits |= 1L << count;
        else if (!(given[count] = kept_operand(op, x))) general = 1;
        if (!general) large |= is_large(given[count]);
        if (bits >> count & 1 && (is_complex(given[count]) || !is_array(given[count]))) {
            /* Python knows which take them */
            Py_DECREF(given[count]);
            general = 1;
        }
    }
    if (general && PyErr_Occurred()) general = 0;
    else if (general || !bits || (op->elementary && differ_in_type(given, n))) general = 1;
    else if (computed(op, given, n, large, &z, &given[n])) {
        general =
            PyErr_ExceptionMatches(PyExc_ValueError) || PyErr_ExceptionMatches(PyExc_TypeError);
        if (general) PyErr_Clear(); /* Python says what does not fit */
    }
    else {
        count += given[n] != NULL;
        const int paused = is_paused();
        PyObject *key = paused ? NULL : PyLong_FromLong(bits | 1L << n);
        PyObject *pull = key ? PyObject_GetItem(op->pulls, key) : NULL;
        Py_XDECREF(key);
        if (paused > 0) node = tensor_leaf(z);
        else if (pull) {
            const long all = (1L << n) - 1;
            PyObject *operands = bits == all ? those_of(a, n, all) : operands_of(a, given, n, bits);
            PyObject *parents = bits == all ? Py_XNewRef(operands) : those_of(a, n, bits);
            node = noted(op->row, z, operands, parents, those_of(given, count, (1L << count) - 1),
                         pull);
            Py_DECREF(pull);
        }
        else Py_DECREF(z);
    }
    while (count) Py_DECREF(given[--count]);
    return general ? PyObject_Vectorcall(op->general, a, n, NULL) : node;
}

static void operation_dealloc(Operation *op) {
    Py_DECREF(op->row);
    Py_DECREF(op->value);
    Py_DECREF(op->pulls);
    Py_DECREF(op->general);
    Py_TYPE(op)->tp_free((PyObject *)op);
}

static PyTypeObject operation_type = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "autograd._core.Operation",
    .tp_doc = "An operation of Tensors as a function.",
    .tp_basicsize = sizeof(Operation),
    .tp_dealloc = (destructor)operation_dealloc,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_VECTORCALL,
    .tp_vectorcall_offset = offsetof(Operation, call),
    .tp_call = PyVectorcall_Call,
};

/* operation((row, value, pulls, general), elementary, keeps) */
static PyObject *make_operation(PyObject *self, PyObject *args) {
    PyObject *row, *value, *pulls, *general;
    int elementary, keeps;
    if (!PyArg_ParseTuple(args, "(OOOO)ip", &row, &value, &pulls, &general, &elementary, &keeps))
        return NULL;
    Operation *op = PyObject_New(Operation, &operation_type);
    if (!op) return NULL;
    op->row = Py_NewRef(row);
    op->value = Py_NewRef(value);
    op->pulls = Py_NewRef(pulls);
    op->general = Py_NewRef(general);
    op->elementary = elementary;
    op->keeps = keeps;
    op->call = operation_call;
    return (PyObject *)op;
}
