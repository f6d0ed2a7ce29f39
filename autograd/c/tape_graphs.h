/* Graphs of Values written down as programs: nodes, and sweeps over them.
   compiling/writing.py says in Python what is done here. */
#pragma once

#include "core.h"
#include "tape_builder.h"
#include "value_nodes.h"
#include "value_rows.h"
#include "value_sweeps.h"

#define NOWHERE (1 << 30)      /* the level of what no transformed function has made */
#define MOST_OF_A_TEMPLATE 256 /* slots */

/* The primitives of an elementary row, as a listing: inputs are operands, outputs what is wanted. */
typedef struct {
    Listing listing;
    int state;   /* 0: not asked for yet; 1: known; -1: Python writes down its nodes */
    int chooses; /* whether it may leave an operand out */
} Template;

static PyObject
    *give_template; /* (row, kind) -> (inputs, constants, code, outputs, chooses) or None */
static Template templates[sizeof codes / sizeof *codes][4]; /* of the value, and of partials */

/* The template of the partials by some operands of an operation, 1 and 2, or of its value for 0;
   NULL where there is none, or with an error. */
static const Template *template_of(int op, int by) {
    Template *t = &templates[op][by];
    if (t->state) return t->state > 0 ? t : NULL;
    const char *kind = codes[op].kind;
    const size_t n = strlen(kind);
    if (!n || op == OP_where_v || op == OP_where_c || !give_template) return NULL;
    char of[3] = "";
    for (size_t i = 0; by && i < n; i++) of[i] = by & 1 << i ? 'v' : 'c';
    PyObject *row = PyTuple_GET_ITEM(rows, codes[op].row), *parts[4], *inputs;
    PyObject *found = PyObject_CallFunction(give_template, "Os", row, of);
    if (!found || found == Py_None) {
        if (found) t->state = -1;
        Py_XDECREF(found);
        return NULL;
    }
    Listing listing = {0};
    int chooses, is_kept = 0;
    if (!(parts[3] = PyTuple_New(0))) {
        Py_DECREF(found);
        return NULL;
    }
    if (PyArg_ParseTuple(found, "O!O!O!O!p", &PyLong_Type, &inputs, &PyTuple_Type, &parts[0],
                         &PyTuple_Type, &parts[1], &PyTuple_Type, &parts[2], &chooses) &&
        !read_listing(&listing, PyLong_AsSsize_t(inputs), parts, 1) && !t->state) {
        const int fits = slots_of(&listing) <= MOST_OF_A_TEMPLATE &&
                         listing.outputs == (by ? (by & 1) + (by >> 1) : 1) &&
                         listing.inputs == (int32_t)n + (by != 0);
        *t = (Template){listing, fits ? 1 : -1, chooses};
        is_kept = 1;
    }
    if (!is_kept) free_listing(&listing);
    Py_DECREF(parts[3]);
    Py_DECREF(found);
    return t->state > 0 && !PyErr_Occurred() ? t : NULL;
}

/* Writes down a template of some references; -1: an error. */
static int write_template(Builder *b, const Listing *l, const int32_t *given, int32_t *found) {
    int32_t place[MOST_OF_A_TEMPLATE], at = l->inputs;
    memcpy(place, given, (size_t)at * sizeof *place);
    for (int32_t i = 0; i < l->constants; i++)
        if ((place[at++] = constant_of(b, l->constant[i])) == NONE) return -1;
    for (int32_t i = 0; i < l->steps; i++) {
        const Instruction *s = &l->step[i];
        int32_t x[3] = {0, 0, 0};
        for (int k = 0; k < tape_primitives[s->op].operands; k++) x[k] = place[s->x[k]];
        b->asked++;
        if ((place[at++] = emit(b, s->op, x[0], x[1], x[2])) == NONE) return -1;
    }
    for (int32_t i = 0; i < l->outputs; i++) found[i] = place[l->output[i]];
    return 0;
}

/* Nodes */

static int know(Builder *b, Value *node, int32_t reference, int32_t level) {
    const int32_t at = find_known(b, node);
    if (at >= 0) {
        b->known[at].reference = reference;
        b->known[at].level = level;
        return 0;
    }
    const size_t count = b->known_table.count;
    if (room_for_more(&b->known, &b->known_room, count, sizeof(Known)) < 0) return -1;
    b->known[count] = (Known){node, reference, level};
    if (note_entry(&b->known_table, b, hash_known) < 0) return -1;
    Py_INCREF(node);
    return 0;
}

static void forget_nodes(Builder *b) {
    Known *known = b->known;
    const uint32_t count = b->known_table.count;
    PyMem_RawFree(b->known_table.cell);
    memset(&b->known_table, 0, sizeof b->known_table);
    b->known = NULL;
    b->known_room = 0;
    for (uint32_t i = 0; i < count; i++) Py_DECREF(known[i].node);
    PyMem_RawFree(known);
}

static int no_parent(void) {
    PyErr_SetString(PyExc_ValueError, "builder: a parent was not written down before");
    return -1;
}

/* The references of the operands of a node that has a template; -1: an error. */
static int references_of(Builder *b, const Value *v, int32_t *x) {
    const char *kind = codes[v->op].kind;
    const Value *next = v->a;
    for (int i = 0; kind[i]; i++) {
        const int32_t at = kind[i] == 'v' ? find_known(b, next) : -1;
        if (kind[i] == 'v' && at < 0) return no_parent();
        x[i] = at >= 0 ? b->known[at].reference : constant_of(b, v->db);
        if (x[i] == NONE) return -1;
        if (kind[i] == 'v') next = v->b;
    }
    return 0;
}

/* Writes down the value of a node, whose parents are known: its reference, or NONE with an error. */
static int32_t write_node(Builder *b, Value *v, PyObject *written) {
    if (v->op == LEAF) return constant_of(b, v->data);
    const Template *t = template_of(v->op, 0);
    int32_t given[2], found;
    if (t)
        return references_of(b, v, given) < 0 || write_template(b, &t->listing, given, &found) < 0
                   ? NONE
                   : found;
    PyObject *made = PyErr_Occurred() ? NULL : PyObject_CallOneArg(written, (PyObject *)v);
    found = made ? read_reference(b, made) : NONE;
    Py_XDECREF(made);
    return found;
}

static int push(Value ***stack, size_t *stack_room, size_t *count, Value *v) {
    if (room_for_more(stack, stack_room, *count, sizeof v) < 0) return -1;
    (*stack)[(*count)++] = v;
    return 0;
}

/* Writes down a node with all that it was computed from, which it keeps; -1: an error. */
static int follow(Builder *b, Value *root, PyObject *written) {
    Value **stack = NULL;
    size_t stack_room = 0, count = 0;
    int done = push(&stack, &stack_room, &count, root);
    while (!done && count) {
        Value *v = stack[count - 1];
        const size_t before = count;
        if (find_known(b, v) >= 0) {
            count--;
            continue;
        }
        for (const Num *end, *p = parents(v, &end); p < end && !done; p++)
            if (p->v && find_known(b, p->v) < 0) done = push(&stack, &stack_room, &count, p->v);
        if (done || count > before) continue;
        count--;
        const int32_t reference = write_node(b, v, written);
        int32_t level = v->op == LEAF ? v->flags >> LEVEL : NOWHERE;
        for (const Num *end, *p = parents(v, &end); p < end && reference != NONE; p++) {
            const int32_t at = p->v ? find_known(b, p->v) : -1;
            if (at >= 0 && b->known[at].level < level) level = b->known[at].level;
        }
        done = reference == NONE ? -1 : know(b, v, reference, level);
    }
    PyMem_RawFree(stack);
    return done;
}

/* A node that is known, or -1 with an error. */
static int32_t known_node(const Builder *b, PyObject *o) {
    const int32_t at = IS_VALUE(o) ? find_known(b, (Value *)o) : -1;
    if (at < 0)
        PyErr_Format(PyExc_ValueError, "builder: got %.200R, which was not written down", o);
    return at;
}

/* reference(x, written) */
static PyObject *Builder_reference(PyObject *self, PyObject *const *args, Py_ssize_t n) {
    Builder *b = (Builder *)self;
    if (n != 2 || !IS_VALUE(args[0]))
        return PyErr_Format(PyExc_TypeError, "reference: it takes a Value, and what writes others");
    if (find_known(b, (Value *)args[0]) < 0 && follow(b, (Value *)args[0], args[1]) < 0)
        return NULL;
    const int32_t at = known_node(b, args[0]);
    return at < 0 ? NULL : number_of(b->known[at].reference);
}

/* level(x) */
static PyObject *Builder_level(PyObject *self, PyObject *x) {
    const Builder *b = (Builder *)self;
    const int32_t at = known_node(b, x);
    return at < 0 ? NULL : PyLong_FromLong(b->known[at].level);
}

/* know(x, reference, level) */
static PyObject *Builder_know(PyObject *self, PyObject *const *args, Py_ssize_t n) {
    Builder *b = (Builder *)self;
    if (n != 3 || !IS_VALUE(args[0]))
        return PyErr_Format(PyExc_TypeError, "know: it takes a Value, a reference and a level");
    const int32_t reference = read_reference(b, args[1]);
    const long level = reference == NONE ? -1 : PyLong_AsLong(args[2]);
    if (reference == NONE || (level == -1 && PyErr_Occurred())) return NULL;
    const int32_t bounded = level < 0 ? 0 : level > NOWHERE ? NOWHERE : (int32_t)level;
    if (know(b, (Value *)args[0], reference, bounded) < 0) return NULL;
    Py_RETURN_NONE;
}

/* forget() */
static PyObject *Builder_forget(PyObject *self, PyObject *none) {
    forget_nodes((Builder *)self);
    Py_RETURN_NONE;
}

/* order(roots) -> the nodes below them, each before its parents */
static PyObject *Builder_order(PyObject *self, PyObject *o) {
    PyObject *roots = PySequence_Tuple(o), *found = NULL;
    Graph f = {0};
    int failed = !roots;
    for (Py_ssize_t i = 0; !failed && i < PyTuple_GET_SIZE(roots); i++)
        if (!IS_VALUE(PyTuple_GET_ITEM(roots, i))) failed = 1;
    if (roots && failed) PyErr_SetString(PyExc_TypeError, "order: it takes Values");
    if (!failed) failed = in_order(&f, PySequence_Fast_ITEMS(roots), PyTuple_GET_SIZE(roots));
    if (!failed) found = PyTuple_New(f.n);
    for (Py_ssize_t i = 0; found && i < f.n; i++)
        PyTuple_SET_ITEM(found, i, Py_NewRef((PyObject *)f.order[i]));
    forget(&f);
    Py_XDECREF(roots);
    return found;
}

/* chooses(nodes) -> whether an operation of one of them may leave an operand out */
static PyObject *Builder_chooses(PyObject *self, PyObject *nodes) {
    PyObject *all = PySequence_Tuple(nodes);
    int found = 0;
    for (Py_ssize_t i = 0; all && !found && i < PyTuple_GET_SIZE(all); i++) {
        Value *v = (Value *)PyTuple_GET_ITEM(all, i);
        if (!IS_VALUE(v) || v->op == LEAF) continue;
        const Template *t = template_of(v->op, 0);
        PyObject *flat = t || PyErr_Occurred() ? NULL : PyObject_GetAttrString(row_of(v), "flat");
        found = t ? t->chooses : flat ? flat != Py_None : -1;
        Py_XDECREF(flat);
    }
    const int failed = !all || found < 0;
    Py_XDECREF(all);
    return failed ? NULL : PyBool_FromLong(found);
}

/* Sweeps */

typedef struct {
    Builder *b;
    int32_t *slope; /* of each node that is known, or NONE */
    int32_t count;  /* of these nodes */
    int is_reverse;
} Slopes;

/* Adds the share of an edge: to that of the parent in reverse, of the node forward; -1: an error. */
static int add_slope(Slopes *s, int32_t node, int32_t parent, int32_t partial) {
    const int32_t from = s->is_reverse ? node : parent, to = s->is_reverse ? parent : node;
    Builder *b = s->b;
    if (s->slope[from] == NONE) return 0;
    b->asked += 1 + (s->slope[to] != NONE);
    int32_t share = emit(b, TAPE_mul, s->slope[from], partial, 0);
    if (share != NONE && s->slope[to] != NONE) share = emit(b, TAPE_add, s->slope[to], share, 0);
    if (share == NONE) return -1;
    s->slope[to] = share;
    return 0;
}

/* Goes through the edges that Python gives: pairs of a parent and the partial by it. */
static int sweep_edges(Slopes *s, int32_t at, PyObject *edges, PyObject *strict) {
    PyObject *node = (PyObject *)s->b->known[at].node;
    PyObject *found = PyObject_CallFunctionObjArgs(edges, node, strict, NULL);
    PyObject *pairs = found ? PySequence_Tuple(found) : NULL, *partial;
    int done = pairs ? 0 : -1;
    Value *parent;
    for (Py_ssize_t i = 0; !done && i < PyTuple_GET_SIZE(pairs); i++) {
        done = -1;
        PyObject *pair = PyTuple_GET_ITEM(pairs, i);
        if (!PyTuple_Check(pair)) PyErr_SetString(PyExc_TypeError, "sweep: an edge is a pair");
        else if (PyArg_ParseTuple(pair, "O!O", &Value_Type, &parent, &partial)) {
            const int32_t to = known_node(s->b, (PyObject *)parent);
            const int32_t by = to < 0 ? NONE : read_reference(s->b, partial);
            if (by != NONE && to < s->count) done = add_slope(s, at, to, by);
            else if (by != NONE) done = no_parent();
        }
    }
    Py_XDECREF(pairs);
    Py_XDECREF(found);
    return done;
}

static int sweep_node(Slopes *s, int32_t at, PyObject *edges, PyObject *strict) {
    Builder *b = s->b;
    const Value *v = b->known[at].node;
    const char *kind = codes[v->op].kind;
    int32_t given[3], to[2], found[2];
    int by = 0, moved = 0;
    for (const Num *end, *p = parents(v, &end); p < end; p++) {
        const int32_t from = p->v ? find_known(b, p->v) : -1;
        if (p->v && (from < 0 || from >= s->count)) return no_parent();
        if (from < 0) continue;
        moved |= s->slope[s->is_reverse ? at : from] != NONE;
        if (v->a) to[p - v->two] = from;
    }
    if (!moved) return 0;
    const Template *value = strict == Py_True ? NULL : template_of(v->op, 0);
    if (!value) return PyErr_Occurred() ? -1 : sweep_edges(s, at, edges, strict);
    for (int i = 0, k = 0; kind[i]; i++)
        if (kind[i] == 'v' && b->known[to[k++]].level < NOWHERE) by |= 1 << i;
    const Template *t = by ? template_of(v->op, by) : NULL;
    if (by && !t) return PyErr_Occurred() ? -1 : sweep_edges(s, at, edges, strict);
    given[0] = b->known[at].reference;
    if (by &&
        (references_of(b, v, given + 1) < 0 || write_template(b, &t->listing, given, found) < 0))
        return -1;
    for (int i = 0, k = 0, j = 0; kind[i]; i++) {
        if (by & 1 << i && add_slope(s, at, to[k], found[j++]) < 0) return -1;
        k += kind[i] == 'v';
    }
    return 0;
}

/* The slopes of nodes, in a list; None of those that have none. */
static PyObject *slopes_of(const Slopes *s, PyObject *ends) {
    PyObject *found = PyList_New(PyTuple_GET_SIZE(ends));
    for (Py_ssize_t i = 0; found && i < PyTuple_GET_SIZE(ends); i++) {
        PyObject *end = PyTuple_GET_ITEM(ends, i);
        const int32_t at = IS_VALUE(end) ? find_known(s->b, (Value *)end) : -1;
        const int32_t slope = at >= 0 && at < s->count ? s->slope[at] : NONE;
        PyObject *x = slope == NONE ? Py_NewRef(Py_None) : PyLong_FromLong(slope);
        if (x) PyList_SET_ITEM(found, i, x);
        else Py_CLEAR(found);
    }
    return found;
}

/* sweep(is_reverse, nodes, starts, ends, edges, strict): nodes are in the order of the sweep */
static PyObject *Builder_sweep(PyObject *self, PyObject *args) {
    Builder *b = (Builder *)self;
    PyObject *order, *starts, *ends, *edges, *strict, *node, *start;
    Slopes s = {b};
    if (!PyArg_ParseTuple(args, "pO!O!O!OO!", &s.is_reverse, &PyTuple_Type, &order, &PyDict_Type,
                          &starts, &PyTuple_Type, &ends, &edges, &PyBool_Type, &strict))
        return NULL;
    s.count = (int32_t)b->known_table.count;
    s.slope = room((size_t)s.count, sizeof *s.slope);
    if (!s.slope) return NULL;
    for (int32_t i = 0; i < s.count; i++) s.slope[i] = NONE;
    int done = 0;
    for (Py_ssize_t i = 0; !done && PyDict_Next(starts, &i, &node, &start);) {
        const int32_t at = known_node(b, node), slope = at < 0 ? NONE : read_reference(b, start);
        if (slope == NONE) done = -1;
        else s.slope[at] = slope;
    }
    for (Py_ssize_t i = 0; !done && i < PyTuple_GET_SIZE(order); i++) {
        const int32_t at = known_node(b, PyTuple_GET_ITEM(order, i));
        done = at < 0 ? -1 : at < s.count ? sweep_node(&s, at, edges, strict) : 0;
    }
    PyObject *found = done ? NULL : slopes_of(&s, ends);
    PyMem_RawFree(s.slope);
    return found;
}
