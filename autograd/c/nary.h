/* The operations of many operands, each one node: sum, mean and dot, whose derivatives are written
   here and in rules/nary.py, and the rows of more than two operands, which are generated. */

static inline double number_in(Num x) { return x.v ? x.v->data : x.c; }

/* pow of the C library, quicker where the answer is sure. */
static inline double power(double x, double y) { return y == 1.0 ? x : pow(x, y); }

#define NODES
#include "rows.h"
#undef NODES

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
