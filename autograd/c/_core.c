/* The C core: what is done for every node of a graph, of Values and of Tensors, and their sweeps.

   value.py and tensors/ say in Python what is done here; they do it where this was not built, and
   whenever something unusual is met. Rows of operations are written by formulas/c_source.py. */

#include "core.h"
#include "native_rows.h"
#include "native_type.h"
#include "recording.h"
#include "rows.h"
#include "tape_builder_type.h"
#include "tape_order.h"
#include "tape_rows.h"
#include "tape_type.h"
#include "tensor_calls.h"
#include "value_calls.h"

/* What Python gives the core to ask for, under these names. */
static const struct {
    const char *name;
    PyObject **kept;
    PyTypeObject *type;
} given[] = {
    {"blocks", &context_blocks, &PyContextVar_Type},
    {"ask", &ask},
    {"unusual", &unusual_blocks, &PyList_Type},
    {"levels", &levels_blocks, &PyList_Type},
    {"floating", &floating_blocks, &PyList_Type},
    {"note_place", &note_place},
    {"check_pass", &check_pass},
    {"watchers", &all_watchers, &PyList_Type},
    {"ask_watcher", &ask_watcher},
    {"rows", &rows, &PyTuple_Type},
    {"to_float", &to_float},
    {"as_number", &as_number},
    {"unknown", &unknown},
    {"shares", &python_shares},
    {"make_operator", &make_operator},
    {"sum_to_shape", &sum_to_shape},
    {"in_type_of", &in_type_of},
    {"shares_of_values", &shares_of_values},
    {"released", &released},
    {"row_of_values", &row_of_values},
    {"writable", &general_writable},
    {"comparisons", &general_comparisons, &PyTuple_Type},
    {"counted", &counted},
    {"is_writing", &is_writing},
    {"traits", &traits, &PyDict_Type},
    {"strict_shares", &strict_shares},
    {"whole_left_out", &whole_left_out},
    {"careful", &careful},
    {"instruction", &instruction_type, &PyType_Type},
    {"make_program", &make_program},
    {"give_template", &give_template},
    {"stand_in", &stand_in},
    {NULL},
};

/* give(name=object, ...) */
static PyObject *give_core(PyObject *self, PyObject *const *a, Py_ssize_t n, PyObject *names) {
    for (Py_ssize_t i = 0; i < (names ? PyTuple_GET_SIZE(names) : 0); i++) {
        PyObject *name = PyTuple_GET_ITEM(names, i);
        int k = 0;
        while (given[k].name && PyUnicode_CompareWithASCIIString(name, given[k].name)) k++;
        if (!given[k].name || (given[k].type && !PyObject_TypeCheck(a[n + i], given[k].type)))
            return PyErr_Format(PyExc_TypeError, "give: %U is unknown, or of another type", name);
        Py_XSETREF(*given[k].kept, Py_NewRef(a[n + i]));
    }
    Py_RETURN_NONE;
}

static PyMethodDef core_functions[] = {
    {"give", FAST(give_core) | METH_KEYWORDS},
    /* of Values */
    {"ready_values", ready_values, METH_VARARGS},
    {"function", make_function, METH_VARARGS},
    {"node", make_node, METH_VARARGS},
    {"graph_gradients", make_graph_gradients, METH_VARARGS},
    {"reverse", reverse_sweeps, METH_VARARGS},
    {"forward", forward_sweeps, METH_VARARGS},
    {"made_inside", made_inside, METH_VARARGS},
    /* of Tensors */
    {"ready_tensors", ready_tensors, METH_O},
    {"note", FAST(note)},
    {"operation", make_operation, METH_VARARGS},
    {"quick", make_quick, METH_VARARGS},
    {"kernel", make_kernel, METH_VARARGS},
    {"kernels", make_kernels, METH_VARARGS},
    {"room", new_room, METH_VARARGS},
    {"unshared", FAST(unshared)},
    {"keep_memory", keep_all_memory, METH_NOARGS},
    {"sweep", tensor_sweep, METH_VARARGS},
    {"backward", FAST(tensor_backward)},
    /* of compiled programs */
    {"all_floats", all_floats, METH_O},
    {"builder", make_builder, METH_VARARGS},
    {"depth_first", depth_first, METH_VARARGS},
    {"tape", make_tape, METH_VARARGS},
    {"native", make_native, METH_VARARGS},
    {"native_rows", make_native_rows, METH_VARARGS},
    {"library", library_functions, METH_NOARGS},
    {"tape_rows", make_rows, METH_VARARGS},
    {NULL},
};

/* Its types, free nodes and tables are those of the process: it runs in one interpreter. */
static int fill(PyObject *module) {
    if (PyInterpreterState_Get() != PyInterpreterState_Main()) {
        PyErr_SetString(PyExc_ImportError, "autograd._core runs in the main interpreter alone; "
                                           "in a subinterpreter the Python twin runs");
        return -1;
    }
    if (ready_for_recording() < 0 || values_ready() < 0 || tensors_ready() < 0) return -1;
    if (PyModule_AddObjectRef(module, "Links", (PyObject *)&links_type) < 0 ||
        PyModule_AddStringConstant(module, "sources", SOURCES) < 0 ||
        PyModule_AddIntConstant(module, "node_bytes", sizeof(Value)) < 0)
        return -1;
    return 0;
}

static PyModuleDef_Slot core_slots[] = {
    {Py_mod_exec, fill},
#ifdef Py_MOD_MULTIPLE_INTERPRETERS_NOT_SUPPORTED
    {Py_mod_multiple_interpreters, Py_MOD_MULTIPLE_INTERPRETERS_NOT_SUPPORTED},
#endif
    {0, NULL},
};
static struct PyModuleDef core_module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "autograd._core",
    .m_methods = core_functions,
    .m_slots = core_slots,
};

PyMODINIT_FUNC PyInit__core(void) { return PyModuleDef_Init(&core_module); }
