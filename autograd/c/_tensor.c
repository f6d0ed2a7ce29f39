/* What is done for every node of a graph of Tensors: making it, operators, the backward pass.

   autograd/tensors/ says in Python what is done here, and does it where this was not built and
   whenever something unusual is met: masks of branches, lines to note, shapes that do not fit. */

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <math.h>
#include <stdint.h>
#include <structmember.h>
#define NPY_NO_DEPRECATED_API NPY_2_0_API_VERSION
#include <numpy/arrayobject.h>
#ifdef Py_GIL_DISABLED
#error "this relies on the interpreter's lock; without it the Python twin runs"
#endif
#include "tensor_sources.h" /* written by formulas/c_source.py */

#include "recording.h"
#include "tensor_memory.h"
#include "tensor_nodes.h"
#include "tensor_layers.h"
#include "tensor_choices.h"
#include "tensor_sweeps.h"

/* ready(Tensor, make_operator, attend, sum_to_shape, shares_of_values, released, values, writable,
   counted, traits, strict_shares, whole_left_out, careful) */
static PyObject *get_ready(PyObject *self, PyObject *args) {
    PyObject *type, *given[12];
    if (!PyArg_ParseTuple(args, "O!OOOOOOOOOOOO", &PyType_Type, &type, &given[0], &given[1],
                          &given[2], &given[3], &given[4], &given[5], &given[6], &given[7],
                          &given[8], &given[9], &given[10], &given[11]))
        return NULL;
    if (!PyType_IsSubtype((PyTypeObject *)type, &links_type))
        return PyErr_Format(PyExc_TypeError, "ready: got a type that does not come from Links");
    tensor_type = (PyTypeObject *)Py_NewRef(type);
    PyObject **kept[] = {&make_operator, &attend,        &sum_to_shape,     &shares_of_values,
                         &released,      &row_of_values, &general_writable, &counted,
                         &traits,        &strict_shares, &whole_left_out,   &careful};
    for (int i = 0; i < 12; i++) Py_XSETREF(*kept[i], Py_NewRef(given[i]));
    Py_RETURN_NONE;
}

static PyMethodDef functions[] = {
    {"ready", get_ready, METH_VARARGS},
    {"note", (PyCFunction)(void (*)(void))note, METH_FASTCALL},
    {"operation", make_operation, METH_VARARGS},
    {"quick", make_quick, METH_VARARGS},
    {"sweep", sweep, METH_VARARGS},
    {"backward", (PyCFunction)(void (*)(void))backward, METH_FASTCALL},
    {"set_recording", set_recording, METH_VARARGS},
    {NULL},
};
static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "autograd._tensor",
    .m_size = -1,
    .m_methods = functions,
};

PyMODINIT_FUNC PyInit__tensor(void) {
    import_array();
    if (ready_for_recording() < 0) return NULL;
    if (PyType_Ready(&links_type) < 0 || PyType_Ready(&operation_type) < 0 ||
        PyType_Ready(&quick_type) < 0 || !(nothing = PyTuple_New(0)))
        return NULL;
    if (!memory && !(memory = PyCapsule_New(&memory_handler, "mem_handler", NULL))) return NULL;
    PyObject *m = PyModule_Create(&module);
    if (!m) return NULL;
    if (PyModule_AddObjectRef(m, "Links", (PyObject *)&links_type) < 0 ||
        PyModule_AddStringConstant(m, "sources", SOURCES) < 0)
        Py_CLEAR(m);
    return m;
}
