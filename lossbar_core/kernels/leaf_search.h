/* The hot loop of the neighbour search: every point of one leaf against the leaves near it.
 *
 * Coordinates lie leaf by leaf, a row of LEAF values a dimension, so that one instruction works on
 * many points. The functions are compiled for several instruction sets; the loader chooses. All of them
 * add the squares in the same order without contraction (-ffp-contract=off), hence give the same bits.
 *
 * A box bound is computed with the operations of a distance on componentwise smaller numbers, and rounding is
 * monotone: the bound never exceeds the distance to a point of the box, so pruning is exact.
 */
#ifndef LOSSBAR_LEAF_SEARCH_H
#define LOSSBAR_LEAF_SEARCH_H

#include <assert.h>
#include <float.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define MOST_LEAF 64     /* points a leaf: 32 or 64, tuned here (leaf_size in neighbours.pyx) */
#define BATCH 64         /* leaves gathered before the queries look at them */
#define STACK 128        /* more than twice the depth of any tree that fits in memory */

#if defined(__x86_64__) && defined(__linux__) && defined(__GNUC__)
#define CLONES __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define CLONES
#endif
#define INLINE static inline __attribute__((always_inline))

/* A tree of either dtype: n_leaves x dim x LEAF coordinates and n_nodes x dim boxes. */
typedef struct {
    int64_t n, n_leaves;
    int dim, single, leaf;
    const void *coords, *low, *high;
    const int32_t *ids, *least;
} tree_t;

/* What one thread needs: lists of k neighbours for the points of a leaf, boxes of a batch of leaves. */
typedef struct {
    int k;
    double limit;            /* squared radius, infinite for none */
    void *memory;
} scratch_t;

typedef struct { int64_t node, first, last; double bound; } pending_t;

static inline scratch_t *new_scratch(const tree_t *tree, int k, double limit)
{
    const size_t real = tree->single ? sizeof(float) : sizeof(double);
    const size_t reals = (size_t)MOST_LEAF * k + MOST_LEAF + 2 * (size_t)BATCH * tree->dim;
    scratch_t *scratch = malloc(sizeof(scratch_t));
    if (!scratch) return NULL;
    scratch->k = k;
    scratch->limit = limit;
    scratch->memory = malloc(reals * real + ((size_t)MOST_LEAF * k + MOST_LEAF) * sizeof(int32_t) + MOST_LEAF * sizeof(int));
    if (!scratch->memory) { free(scratch); return NULL; }
    return scratch;
}

static inline void free_scratch(scratch_t *scratch)
{
    if (scratch) free(scratch->memory);
    free(scratch);
}

#define REAL float
#define LANE_INT int32_t
#define LEAF 32
#define NAME(x) x##_f32_32
#include "leaf_search_impl.h"
#undef REAL
#undef LANE_INT
#undef LEAF
#undef NAME

#define REAL float
#define LANE_INT int32_t
#define LEAF 64
#define NAME(x) x##_f32_64
#include "leaf_search_impl.h"
#undef REAL
#undef LANE_INT
#undef LEAF
#undef NAME

#define REAL double
#define LANE_INT int64_t
#define LEAF 32
#define NAME(x) x##_f64_32
#include "leaf_search_impl.h"
#undef REAL
#undef LANE_INT
#undef LEAF
#undef NAME

#define REAL double
#define LANE_INT int64_t
#define LEAF 64
#define NAME(x) x##_f64_64
#include "leaf_search_impl.h"
#undef REAL
#undef LANE_INT
#undef LEAF
#undef NAME

/* Neighbours of the points of leaf `home`, into an (n, k) table and, where wanted, distances.
 *
 * Rows and entries are positions in the order of the leaves, or vertex ids. */
static inline void search_leaf(const tree_t *tree, int64_t home, int64_t home_node, scratch_t *scratch, int by_id,
                               int32_t *table, void *distances)
{
    void (*search)(const tree_t *, int64_t, int64_t, scratch_t *, int, int32_t *, void *) =
        tree->single ? (tree->leaf == 32 ? search_leaf_f32_32 : search_leaf_f32_64)
                     : (tree->leaf == 32 ? search_leaf_f64_32 : search_leaf_f64_64);
    search(tree, home, home_node, scratch, by_id, table, distances);
}

#endif
