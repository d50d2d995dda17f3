/* Included by leaf_search.h once an instruction set (SET: 512, 256 or 0): the search for both dtypes and leaf sizes. */

#define NAME(x) NAMED(x, REAL, LEAF, SET)

#define REAL float
#define LANE_INT int32_t
#define LEAF 32
#include "leaf_search_impl.h"
#undef LEAF
#define LEAF 64
#include "leaf_search_impl.h"
#undef LEAF
#undef LANE_INT
#undef REAL

#define REAL double
#define LANE_INT int64_t
#define LEAF 32
#include "leaf_search_impl.h"
#undef LEAF
#define LEAF 64
#include "leaf_search_impl.h"
#undef LEAF
#undef LANE_INT
#undef REAL

/* The search for the tree's dtype and leaf size. */
static void NAMED(search_leaf, any, any, SET)(const tree_t *tree, int64_t home, int64_t home_node, scratch_t *scratch,
                                              int by_id, int32_t *table, void *distances)
{
    if (tree->single && tree->leaf == 32)
        NAMED(search_leaf, float, 32, SET)(tree, home, home_node, scratch, by_id, table, distances);
    else if (tree->single)
        NAMED(search_leaf, float, 64, SET)(tree, home, home_node, scratch, by_id, table, distances);
    else if (tree->leaf == 32)
        NAMED(search_leaf, double, 32, SET)(tree, home, home_node, scratch, by_id, table, distances);
    else
        NAMED(search_leaf, double, 64, SET)(tree, home, home_node, scratch, by_id, table, distances);
}
#undef NAME
