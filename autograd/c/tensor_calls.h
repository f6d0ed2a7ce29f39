/* What Python calls of Tensors. */
#pragma once

#include "tensor_kernels.h"
#include "tensor_layers.h"
#include "tensor_memory.h"
#include "tensor_nodes.h"
#include "tensor_rooms.h"
#include "tensor_sweeps.h"

/* ready_tensors(Tensor) */
static PyObject *ready_tensors(PyObject *self, PyObject *type) {
    if (!PyType_Check(type) || !PyType_IsSubtype((PyTypeObject *)type, &links_type))
        return PyErr_Format(PyExc_TypeError,
                            "ready_tensors: it needs a type that comes from Links");
    Py_XSETREF(tensor_type, (PyTypeObject *)Py_NewRef(type));
    Py_RETURN_NONE;
}

static int tensors_ready(void) {
    import_array1(-1);
    import_umath1(-1);
    if (PyType_Ready(&links_type) < 0 || PyType_Ready(&operation_type) < 0 ||
        PyType_Ready(&quick_type) < 0 || PyType_Ready(&kernel_type) < 0 ||
        PyType_Ready(&kernels_type) < 0 || PyType_Ready(&room_type) < 0 ||
        (!nothing && !(nothing = PyTuple_New(0))))
        return -1;
    fastest_set = machines_here() - 1;
    return memory_ready();
}
