/* The type of a builder, and the program that it comes to. */
#pragma once

#include "core.h"
#include "tape_builder.h"
#include "tape_graphs.h"

static PyObject *make_program; /* (inputs, constants, code, outputs, guards) */

static void Builder_dealloc(PyObject *self) {
    Builder *b = (Builder *)self;
    forget_nodes(b);
    void *const kept[] = {b->step,
                          b->constant,
                          b->value,
                          b->guard,
                          b->step_table.cell,
                          b->constant_table.cell,
                          b->guard_table.cell};
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++) PyMem_RawFree(kept[i]);
    PyObject_Free(self);
}

/* Which references are needed, those of constants after those of slots: with an error NULL. */
static char *needed_of(const Builder *b, const int32_t *outputs, Py_ssize_t n) {
    const int32_t slots = b->inputs + b->steps;
    char *needed = room((size_t)slots + (size_t)b->constants, 1);
    if (!needed) return NULL;
#define NEEDED(x) needed[(x) >= 0 ? (x) : slots + ~(x)]
    for (Py_ssize_t i = 0; i < n; i++) NEEDED(outputs[i]) = 1;
    for (int32_t i = 0; i < b->guards; i++) NEEDED(b->guard[i].slot) = 1;
    for (int32_t i = b->steps - 1; i >= 0; i--) {
        const Instruction *s = &b->step[i];
        if (!needed[b->inputs + i]) continue;
        for (int k = 0; k < tape_primitives[s->op].operands; k++) NEEDED(s->x[k]) = 1;
    }
    return needed;
}

/* The parts of a program of what is needed; NULL: an error. */
static PyObject *parts_of(const Builder *b, const char *needed, const int32_t *outputs,
                          Py_ssize_t n) {
    const int32_t slots = b->inputs + b->steps;
    int32_t made = b->inputs, steps = 0;
    PyObject *constants = PyList_New(0), *guards = PyList_New(0), *listed = NULL, *places = NULL;
    int32_t *place = room((size_t)slots + (size_t)b->constants, sizeof *place);
    int32_t *results = room((size_t)n, sizeof *results);
    for (int32_t i = 0; i < b->steps; i++) steps += needed[b->inputs + i];
    Code *code = place && results && constants && guards ? new_code(steps) : NULL;
    int done = code ? 0 : -1;
    for (int32_t i = 0; !done && i < b->inputs; i++) place[i] = i;
    for (int32_t i = 0; !done && i < b->constants; i++) { /* as they were met */
        if (!needed[slots + i]) continue;
        PyObject *x = PyFloat_FromDouble(b->constant[i]);
        done = x ? PyList_Append(constants, x) : -1;
        Py_XDECREF(x);
        place[slots + i] = made++;
    }
    steps = 0;
    for (int32_t i = 0; !done && i < b->steps; i++) {
        const Instruction *s = &b->step[i];
        if (!needed[b->inputs + i]) continue;
        Instruction *to = &code->step[steps++];
        to->op = s->op;
        for (int k = 0; k < tape_primitives[s->op].operands; k++)
            to->x[k] = place[s->x[k] >= 0 ? s->x[k] : slots + ~s->x[k]];
        place[b->inputs + i] = made++;
    }
    for (Py_ssize_t i = 0; !done && i < n; i++)
        results[i] = place[outputs[i] >= 0 ? outputs[i] : slots + ~outputs[i]];
    for (int32_t i = 0; !done && i < b->guards; i++) {
        PyObject *guard = Py_BuildValue("lO", (long)place[b->guard[i].slot],
                                        b->guard[i].expected ? Py_True : Py_False);
        done = guard ? PyList_Append(guards, guard) : -1;
        Py_XDECREF(guard);
    }
    listed = done ? NULL : PyList_AsTuple(constants);
    places = listed ? tuple_of_slots(results, n) : NULL;
    PyObject *found =
        places ? Py_BuildValue("lOOOO", (long)b->inputs, listed, code, places, guards) : NULL;
    PyObject *const kept[] = {constants, guards, listed, places, (PyObject *)code};
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++) Py_XDECREF(kept[i]);
    PyMem_RawFree(place);
    PyMem_RawFree(results);
    return found;
}

/* program(outputs) */
static PyObject *Builder_program(PyObject *self, PyObject *o) {
    const Builder *b = (Builder *)self;
    PyObject *given = PySequence_Tuple(o), *parts = NULL;
    const Py_ssize_t n = given ? PyTuple_GET_SIZE(given) : 0;
    int32_t *outputs = given ? room((size_t)n, sizeof *outputs) : NULL;
    int failed = !outputs;
    for (Py_ssize_t i = 0; !failed && i < n; i++)
        failed = (outputs[i] = read_reference(b, PyTuple_GET_ITEM(given, i))) == NONE;
    char *needed = failed ? NULL : needed_of(b, outputs, n);
    if (needed) parts = parts_of(b, needed, outputs, n);
    PyMem_RawFree(needed);
    PyMem_RawFree(outputs);
    Py_XDECREF(given);
    PyObject *found = parts && make_program ? PyObject_CallObject(make_program, parts) : NULL;
    if (parts && !make_program)
        PyErr_SetString(PyExc_TypeError, "builder: what makes a program was not given");
    Py_XDECREF(parts);
    return found;
}

/* Attributes, for messages and tests: [(op, reference, ...), ...], and so on. */
static PyObject *get_code(PyObject *self, void *unused) {
    const Builder *b = (Builder *)self;
    PyObject *found = PyList_New(b->steps);
    for (int32_t i = 0; found && i < b->steps; i++) {
        const int n = tape_primitives[b->step[i].op].operands;
        PyObject *step = PyTuple_New(1 + n);
        if (step) PyTuple_SET_ITEM(step, 0, Py_NewRef(tape_names[b->step[i].op]));
        for (int k = 0; step && k < n; k++) {
            PyObject *x = PyLong_FromLong(b->step[i].x[k]);
            if (x) PyTuple_SET_ITEM(step, 1 + k, x);
            else Py_CLEAR(step);
        }
        if (step) PyList_SET_ITEM(found, i, step);
        else Py_CLEAR(found);
    }
    return found;
}
static PyObject *get_constants(PyObject *self, void *unused) {
    const Builder *b = (Builder *)self;
    PyObject *found = PyList_New(b->constants);
    for (int32_t i = 0; found && i < b->constants; i++) {
        PyObject *x = PyFloat_FromDouble(b->constant[i]);
        if (x) PyList_SET_ITEM(found, i, x);
        else Py_CLEAR(found);
    }
    return found;
}
static PyObject *get_guards(PyObject *self, void *unused) {
    const Builder *b = (Builder *)self;
    PyObject *found = PyList_New(b->guards);
    for (int32_t i = 0; found && i < b->guards; i++) {
        PyObject *guard =
            Py_BuildValue("lO", (long)b->guard[i].slot, b->guard[i].expected ? Py_True : Py_False);
        if (guard) PyList_SET_ITEM(found, i, guard);
        else Py_CLEAR(found);
    }
    return found;
}

static PyMethodDef builder_methods[] = {
    {"emit", FAST(Builder_emit), "Return the reference of a primitive of references."},
    {"constant", Builder_constant, METH_O, "Return the reference of a constant."},
    {"value", Builder_value, METH_O, "Return the value of a reference at the point given."},
    {"guard", FAST(Builder_guard), "Demand that a condition holds, or fails."},
    {"begins_as", Builder_begins_as, METH_VARARGS,
     "Return whether the first primitives are equal."},
    {"program", Builder_program, METH_O, "Return the program of some outputs."},
    {"reference", FAST(Builder_reference), "Return the reference of a node, written down."},
    {"level", Builder_level, METH_O, "Return the level of a node that is known."},
    {"know", FAST(Builder_know), "Take a node as known."},
    {"forget", Builder_forget, METH_NOARGS, "Let all nodes go."},
    {"chooses", Builder_chooses, METH_O, "Return whether a node may leave an operand out."},
    {"order", Builder_order, METH_O, "Return the nodes below some, each before its parents."},
    {"sweep", Builder_sweep, METH_VARARGS, "Write down a sweep."},
    {NULL},
};
static PyGetSetDef builder_properties[] = {
    {"code", get_code, NULL, "Instructions, as (op, reference, ...)."},
    {"constants", get_constants, NULL, "Constants."},
    {"guards", get_guards, NULL, "Guards, as (reference, expected)."},
    {NULL},
};
static PyMemberDef builder_members[] = {
    {"inputs", T_INT, offsetof(Builder, inputs), READONLY, "Number of inputs."},
    {"size", T_INT, offsetof(Builder, steps), READONLY, "Number of instructions."},
    {"asked", T_PYSSIZET, offsetof(Builder, asked), READONLY, "Number of primitives asked for."},
    {"sees_signs", T_INT, offsetof(Builder, sees_signs), READONLY, "Whether it sees signs of nan."},
    {NULL},
};

static PyTypeObject builder_type = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "autograd._core.Builder",
    .tp_basicsize = sizeof(Builder),
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_dealloc = Builder_dealloc,
    .tp_methods = builder_methods,
    .tp_members = builder_members,
    .tp_getset = builder_properties,
    .tp_doc = "Program while it is built.",
};

/* builder(inputs, at, most) */
static PyObject *make_builder(PyObject *self, PyObject *args) {
    Py_ssize_t inputs, most;
    PyObject *at;
    if (!PyArg_ParseTuple(args, "nO!n", &inputs, &PyTuple_Type, &at, &most)) return NULL;
    if (inputs < 0 || inputs > MOST_SLOTS || PyTuple_GET_SIZE(at) > inputs || most > MOST_SLOTS)
        return PyErr_Format(PyExc_ValueError,
                            "builder: got %zd inputs, %zd of which are given, and %zd primitives",
                            inputs, PyTuple_GET_SIZE(at), most);
    if (ready_codes() < 0 || PyType_Ready(&builder_type) < 0) return NULL;
    Builder *b = PyObject_New(Builder, &builder_type);
    if (!b) return NULL;
    memset((char *)b + sizeof(PyObject), 0, sizeof *b - sizeof(PyObject));
    b->inputs = (int32_t)inputs;
    b->most = most;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(at); i++) {
        const double x = PyFloat_AsDouble(PyTuple_GET_ITEM(at, i));
        if ((x == -1.0 && PyErr_Occurred()) ||
            room_for_more(&b->value, &b->values_room, (size_t)b->values, sizeof x) < 0) {
            Py_DECREF(b);
            return NULL;
        }
        b->value[b->values++] = x;
        b->given++;
    }
    if (constant_of(b, 1.0) == NONE || constant_of(b, -1.0) == NONE || constant_of(b, 0.0) == NONE)
        Py_CLEAR(b);
    return (PyObject *)b;
}
