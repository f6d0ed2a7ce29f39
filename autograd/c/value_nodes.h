/* Nodes: how they are laid out, named, made and freed. */

#pragma once

#include "core.h"
#include "recording.h"
#include "rows.h"

typedef struct Value Value;

typedef struct { /* a Value, or NULL and a constant */
    Value *v;
    double c;
} Num;

typedef struct {
    PyObject *row;     /* the operation, where it is defined in Python; else NULL */
    PyObject *options; /* a tuple of what follows the operands, or NULL */
    Py_ssize_t n;
    Num t[]; /* the operands; where one is a Value, c is the partial by it */
} Terms;

struct Value {
    PyObject_HEAD
    double data, grad;
    union {
        struct {
            Value *a;  /* the first operand that is a Value, owned */
            double da; /* the partial by it */
            union {
                Value *b;     /* the second, or NULL */
                Terms *terms; /* where a is NULL: all operands, or NULL */
            };
            double db; /* the partial by b, or the constant operand, where there is one */
        };
        Num two[2];
    };
    uint32_t pending; /* uses that a walk has not seen yet; 0 between walks */
    uint16_t op;
    uint16_t flags;
    union {               /* never two of these at once */
        Value *link;      /* the next of a walk, of those to free, or of the freed */
        Py_ssize_t index; /* the place in a walk's order */
    };
};

/* Flags. Changed: a leaf that got new data; named and placed: notes say so; and from LEVEL on, in
   how many functions that are being transformed a leaf was made. */
enum { HAS_GRAD = 1, NAMED = 2, CHANGED = 4, PLACED = 8, LEVEL = 4 };

enum {
    LEAF,
    OP_where_v,
    OP_where_c,
    OP_python,
    OP_sum,
    OP_mean,
    OP_dot,
#define CODE(op, row, kind) OP_##op,
    OPCODES(CODE)
};

static PyTypeObject Value_Type;
#define IS_VALUE(o) (Py_TYPE(o) == &Value_Type)

#ifdef __SANITIZE_ADDRESS__ /* which must see every node freed */
#define MOST_FREE 0
#else
#define MOST_FREE 65536
#endif
static Value *free_list;
static Py_ssize_t free_count;

static PyObject *name_notes, *place_notes; /* {address: name}, {address: where it was made} */

static inline Value *blank(void) {
    Value *v = free_list;
    if (v) {
        free_list = v->link;
        free_count--;
#ifdef Py_REF_DEBUG
        PyObject_Init((PyObject *)v, &Value_Type);
#else
        Py_SET_REFCNT(v, 1); /* its type is still there, and its count is 0 */
#endif
    }
    else { /* whose count could be anything, also one that is kept */
        v = PyObject_Malloc(sizeof(Value));
        if (!v) return (Value *)PyErr_NoMemory();
        PyObject_Init((PyObject *)v, &Value_Type);
    }
    v->grad = 0.0;
    v->pending = 0;
    v->flags = 0;
    v->link = NULL;
    return v;
}

static Value *attended(Value *v);

/* The result of an operation of one or two Values; a leaf while nothing is recorded. */
static inline Value *node(int op, double data, Value *a, double da, Value *b, double db) {
    Value *v = blank();
    if (UNLIKELY(!v)) return NULL;
    v->data = data;
    v->op = (uint16_t)op;
    v->a = a;
    v->da = da;
    v->b = b;
    v->db = db;
    Py_XINCREF(a);
    Py_XINCREF(b);
    return UNLIKELY(unusual) ? attended(v) : v;
}

static inline Value *leaf(double data) {
    const int deep = UNLIKELY(levels) && !unusual;
    Value *v = node(LEAF, data, NULL, 0.0, NULL, 0.0);
    return deep && v ? attended(v) : v;
}

static void forget_operands(Value *v);

/* A new node as what goes on wants it. */
static Value *attended(Value *v) {
    const long doing = what_goes_on();
    if (doing >= 0 && doing & PAUSED && v->op != LEAF) {
        if (watchers && tell("paused", (PyObject *)v) < 0) {
            Py_DECREF(v);
            return NULL;
        }
        forget_operands(v);
        v->op = LEAF;
    }
    if (doing >= 0 && v->op == LEAF) v->flags |= (uint16_t)(doing >> DEEP << LEVEL);
    if (doing < 0 || noted_place((PyObject *)v, doing) < 0) Py_CLEAR(v);
    return v;
}

static Terms *new_terms(Py_ssize_t n) {
    if (n > (Py_ssize_t)((PY_SSIZE_T_MAX - sizeof(Terms)) / sizeof(Num)))
        return (Terms *)PyErr_NoMemory();
    Terms *terms = PyMem_Malloc(sizeof(Terms) + (size_t)n * sizeof(Num));
    if (!terms) return (Terms *)PyErr_NoMemory();
    terms->row = terms->options = NULL;
    terms->n = n;
    return terms;
}

/* The result of an operation of any number of operands, whose terms it takes over; their references
   are borrowed until then, so nothing of Python may run between their reading and here. */
static Value *new_nary(int op, double data, Terms *terms) {
    Value *v = blank();
    if (!v) {
        PyMem_Free(terms);
        return NULL;
    }
    v->data = data;
    v->op = (uint16_t)op;
    v->a = NULL;
    v->da = v->db = 0.0;
    v->terms = terms;
    Py_XINCREF(terms->row);
    Py_XINCREF(terms->options);
    for (Py_ssize_t i = 0; i < terms->n; i++) Py_XINCREF(terms->t[i].v);
    return v;
}

/* The same; a leaf while nothing is recorded. */
static Value *nary_node(int op, double data, Terms *terms) {
    Value *v = new_nary(op, data, terms);
    return UNLIKELY(unusual) && v ? attended(v) : v;
}

/* The operands up to `end`, each with the partial by it; constants among them have no v. */
static inline const Num *parents(const Value *v, const Num **end) {
    if (v->a) {
        *end = v->two + (v->b ? 2 : 1);
        return v->two;
    }
    const Num *first = v->terms ? v->terms->t : NULL;
    *end = first ? first + v->terms->n : NULL;
    return first;
}

/* The same for loops that every node goes through: once for each operand that is a Value, `p`,
   written out for those of one or two operands. */
#define EACH_PARENT(node, p, ...) \
    if ((node)->a) { \
        const Num *p = (node)->two; \
        __VA_ARGS__ \
        if ((node)->b) { \
            p++; \
            __VA_ARGS__ \
        } \
    } \
    else if ((node)->terms) \
        for (const Num *p = (node)->terms->t, *end = p + (node)->terms->n; p < end; p++) \
            if (p->v) { __VA_ARGS__ }

static void forget_operands(Value *v) {
    Value *a = v->a, *b = a ? v->b : NULL;
    Terms *terms = a ? NULL : v->terms;
    v->a = v->b = NULL;
    Py_XDECREF(a);
    Py_XDECREF(b);
    if (!terms) return;
    for (Py_ssize_t i = 0; i < terms->n; i++) Py_XDECREF(terms->t[i].v);
    Py_XDECREF(terms->row);
    Py_XDECREF(terms->options);
    PyMem_Free(terms);
}

/* Notes about a node, in a table: a flag says that there is one. NULL: none. */
static int set_note(PyObject *table, int flag, Value *v, PyObject *note) {
    PyObject *key = PyLong_FromVoidPtr(v);
    if (!key) return -1;
    int failed = 0;
    if (note) failed = PyDict_SetItem(table, key, note);
    else if (v->flags & flag) failed = PyDict_DelItem(table, key);
    if (!failed) v->flags = (uint16_t)(note ? v->flags | flag : v->flags & ~flag);
    Py_DECREF(key);
    return failed;
}

static PyObject *note_of(PyObject *table, int flag, Value *v) { /* a new reference */
    if (!(v->flags & flag)) Py_RETURN_NONE;
    PyObject *key = PyLong_FromVoidPtr(v);
    if (!key) return NULL;
    PyObject *note = PyDict_GetItemWithError(table, key);
    Py_DECREF(key);
    return note ? Py_NewRef(note) : PyErr_Occurred() ? NULL : Py_NewRef(Py_None);
}

static void forget_notes(Value *v) {
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    /* a note that is left is never asked for */
    if (set_note(name_notes, NAMED, v, NULL)) PyErr_Clear();
    if (set_note(place_notes, PLACED, v, NULL)) PyErr_Clear();
    PyErr_Restore(type, value, traceback);
}

/* Frees a node, and what it alone refers to, at any depth. */
static void Value_dealloc(PyObject *self) {
    Value *dying = (Value *)self, *v;
    dying->link = NULL;
    while ((v = dying)) {
        PyObject *row = NULL, *options = NULL;
        dying = v->link;
        EACH_PARENT(v, p, {
            const Py_ssize_t left = Py_REFCNT(p->v) - 1;
            Py_SET_REFCNT(p->v, left);
            if (!left) {
                p->v->link = dying;
                dying = p->v;
            }
        })
        if (!v->a && v->terms) {
            row = v->terms->row;
            options = v->terms->options;
            PyMem_Free(v->terms);
        }
        if (UNLIKELY(v->flags & (NAMED | PLACED))) forget_notes(v);
        if (free_count < MOST_FREE) {
            v->link = free_list;
            free_list = v;
            free_count++;
        }
        else PyObject_Free(v);
        Py_XDECREF(row); /* may run any Python */
        Py_XDECREF(options);
    }
}
