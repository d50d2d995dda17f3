/* The hot loop of the neighbour search: every point of one leaf against the leaves near it.
 *
 * Coordinates lie leaf by leaf, a row of LEAF values a dimension, so that one instruction works on
 * many points. The functions are compiled for several instruction sets; search_leaf chooses. All of them
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

#define MOST_LEAF 64     /* points a leaf: 32 or 64, tuned here (leaf_size in neighbours.pyx) */
#define BATCH 64         /* leaves gathered before the queries look at them */
#define STACK 128        /* more than twice the depth of any tree that fits in memory */

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
    int64_t origin;          /* position or id of the first row of the table */
    void *memory;
} scratch_t;

typedef struct { int64_t node, first, last; double bound; } pending_t;

static inline scratch_t *new_scratch(const tree_t *tree, int k, double limit, int64_t origin)
{
    const size_t real = tree->single ? sizeof(float) : sizeof(double);
    const size_t reals = (size_t)MOST_LEAF * k + MOST_LEAF + 2 * (size_t)BATCH * tree->dim;
    scratch_t *scratch = malloc(sizeof(scratch_t));
    if (!scratch) return NULL;
    scratch->k = k;
    scratch->limit = limit;
    scratch->origin = origin;
    scratch->memory = malloc(reals * real + ((size_t)MOST_LEAF * k + MOST_LEAF) * sizeof(int32_t) + MOST_LEAF * sizeof(int));
    if (!scratch->memory) { free(scratch); return NULL; }
    return scratch;
}

static inline void free_scratch(scratch_t *scratch)
{
    if (scratch) free(scratch->memory);
    free(scratch);
}

/* NAMED(search, float, 64, 512) is search_float_64_512: arguments are expanded before they are joined. */
#define JOINED(name, real, leaf, set) name##_##real##_##leaf##_##set
#define NAMED(name, real, leaf, set) JOINED(name, real, leaf, set)

#if defined(__x86_64__) && defined(__GNUC__)
#define CHOICE_OF_SETS
#include <immintrin.h>
#ifdef __clang__
#define FOR_SET_512 _Pragma("clang attribute push(__attribute__((target(\"avx512f\"))), apply_to = function)")
#define FOR_SET_256 _Pragma("clang attribute push(__attribute__((target(\"avx2\"))), apply_to = function)")
#define END_OF_SET _Pragma("clang attribute pop")
#else
#define FOR_SET_512 _Pragma("GCC push_options") _Pragma("GCC target(\"avx512f\")")
#define FOR_SET_256 _Pragma("GCC push_options") _Pragma("GCC target(\"avx2\")")
#define END_OF_SET _Pragma("GCC pop_options")
#endif

FOR_SET_512
#define SET 512
#define WIDTH 64          /* bytes of a vector */
#include "leaf_search_set.h"
#undef SET
#undef WIDTH
END_OF_SET

FOR_SET_256
#define SET 256
#define WIDTH 32
#include "leaf_search_set.h"
#undef SET
#undef WIDTH
END_OF_SET
#endif

#define SET 0            /* what every machine has */
#define WIDTH 16
#include "leaf_search_set.h"
#undef SET
#undef WIDTH

/* Bits of the widest vectors that this machine has and the search is compiled for. */
static inline int widest_set(void)
{
#ifdef CHOICE_OF_SETS
    if (__builtin_cpu_supports("avx512f")) return 512;
    if (__builtin_cpu_supports("avx2")) return 256;
#endif
    return 0;
}

/* Neighbours of the points of leaf `home`, into a table of k columns and, where wanted, distances.
 *
 * Rows (counted from the scratch's origin) and entries are positions in the order of the leaves, or vertex ids. */
static inline void search_leaf(int set, const tree_t *tree, int64_t home, int64_t home_node, scratch_t *scratch,
                               int by_id, int32_t *table, void *distances)
{
#ifdef CHOICE_OF_SETS
    if (set == 512) search_leaf_any_any_512(tree, home, home_node, scratch, by_id, table, distances);
    if (set == 256) search_leaf_any_any_256(tree, home, home_node, scratch, by_id, table, distances);
#endif
    if (set == 0) search_leaf_any_any_0(tree, home, home_node, scratch, by_id, table, distances);
}

#endif
