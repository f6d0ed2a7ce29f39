/* The operations of many operands, each one node: sum, mean and dot, whose derivatives are written
   here and in rules/nary.py, and the rows of more than two operands, which are generated. */
#pragma once

#include "core.h"
#include "value_nodes.h"
#include "value_rows.h"

static inline Num operand(const Value *v, Py_ssize_t i) { return v->terms->t[i]; }
static inline double number_in(Num x) { return x.v ? x.v->data : x.c; }

/* pow of the C library, quicker where the answer is sure. */
static inline double power(double x, double y) { return y == 1.0 ? x : pow(x, y); }

#include "row_nodes.h"

static RARE int is_left_out_at_0(Value *v, Py_ssize_t k) {
    if (v->op != OP_python) return is_flat(v, k);
    if (v->terms->row == PyTuple_GET_ITEM(rows, MAX_ROW)) return operand(v, k).v->data < v->data;
    if (v->terms->row == PyTuple_GET_ITEM(rows, MIN_ROW)) return operand(v, k).v->data > v->data;
    return 0;
}

static inline Py_ssize_t index_of(const Value *v, const Num *p) {
    return p - (v->a ? v->two : v->terms->t);
}

/* True where a choice left out an operand. A partial that is not 0 is of what a leaf was before it
   got other data. */
static ONCE int is_left_out(Value *v, const Num *p) {
    return UNLIKELY(p->c == 0.0) && is_left_out_at_0(v, index_of(v, p));
}

/* The value of an operation; writes the partials into those terms that are Values. */
static double compute(int op, Num *t, Py_ssize_t n) {
    double z = 0.0;
    if (op == OP_dot) {
        const Py_ssize_t half = n / 2;
        for (Py_ssize_t i = 0; i < half; i++) {
            const double x = number_in(t[i]), y = number_in(t[half + i]);
            z += x * y;
            if (t[i].v) t[i].c = y;
            if (t[half + i].v) t[half + i].c = x;
        }
        return z;
    }
    if (op == OP_sum || op == OP_mean) {
        const double d = op == OP_sum ? 1.0 : 1.0 / (double)n;
        for (Py_ssize_t i = 0; i < n; i++) {
            z += number_in(t[i]);
            if (t[i].v) t[i].c = d;
        }
        return op == OP_sum ? z : z / (double)n;
    }
    return compute_row(op, t);
}

/* The partial by an operand, as a graph. */
static Num nary_partial(Value *v, Py_ssize_t i) {
    const Terms *terms = v->terms;
    if (v->op != OP_dot) return (Num){NULL, terms->t[i].c};
    const Py_ssize_t half = terms->n / 2;
    const Num other = terms->t[i < half ? i + half : i - half];
    return other.v ? (Num){other.v, 0.0} : other;
}

/* An operation of operands, whose terms it takes over. */
static Value *nary(int op, Terms *terms) {
    const double z = compute(op, terms->t, terms->n);
    return nary_node(op, z, terms);
}
