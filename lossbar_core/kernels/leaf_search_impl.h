/* Included by leaf_search_set.h once a dtype and leaf size; it defines REAL, LANE_INT, LEAF (points a
 * leaf), and leaf_search.h the instruction SET. */

typedef REAL NAME(lanes) __attribute__((vector_size(WIDTH), aligned(4), may_alias));   /* at any address of a REAL */
typedef LANE_INT NAME(mask) __attribute__((vector_size(WIDTH), aligned(4)));
#define LANES ((int)(WIDTH / sizeof(REAL)))

typedef struct {
    int64_t n, n_leaves;
    int dim;
    const REAL *coords;      /* n_leaves x dim x LEAF, padded with huge values */
    const REAL *low, *high;  /* n_nodes x dim: bounding boxes, children of i at 2i+1 and 2i+2 */
    const int32_t *ids;      /* vertex id of a position; equal distances are ordered by it */
    const int32_t *least;    /* smallest vertex id under a node */
} NAME(tree);

typedef struct {
    REAL *distance;          /* LEAF x k: squared, ascending in (distance, id) */
    int32_t *position;       /* LEAF x k */
    int *count;              /* LEAF */
    REAL *worst;             /* LEAF: no farther candidate is of interest, */
    int32_t *worst_id;       /* and at this distance none with a larger id */
    REAL *box_low, *box_high;/* dim x BATCH */
    int k;
    REAL limit;              /* squared radius */
} NAME(lists);

/* Bit j of the result: lane j of x is not larger than worst. */
INLINE uint32_t NAME(not_larger)(NAME(lanes) x, REAL worst)
{
#if SET == 512
    if (sizeof(REAL) == 4) return _mm512_cmp_ps_mask((__m512)x, _mm512_set1_ps((float)worst), _CMP_LE_OQ);
    return _mm512_cmp_pd_mask((__m512d)x, _mm512_set1_pd((double)worst), _CMP_LE_OQ);
#elif SET == 256
    const NAME(mask) truth = (NAME(mask))(x <= worst);
    return (uint32_t)(sizeof(REAL) == 4 ? _mm256_movemask_ps((__m256)truth) : _mm256_movemask_pd((__m256d)truth));
#else
    uint32_t result = 0;
    const NAME(mask) truth = (NAME(mask))(x <= worst);
    for (int lane = 0; lane < LANES; lane++) result |= (uint32_t)(truth[lane] & 1) << lane;
    return result;
#endif
}

/* Bit i of the result: value i of `count` is not larger than worst. */
INLINE uint64_t NAME(near_values)(const REAL *values, int count, REAL worst)
{
    uint64_t result = 0;
    for (int block = 0; block < count / LANES; block++) {
        const NAME(lanes) x = *(const NAME(lanes) *)(values + block * LANES);
        result |= (uint64_t)NAME(not_larger)(x, worst) << (block * LANES);
    }
    return result;
}

/* Bit j of the result: candidate j of the leaf is not farther than worst. */
INLINE uint64_t NAME(near_mask)(const REAL *leaf, const REAL *query, int dim, REAL worst, REAL *squared)
{
    uint64_t result = 0;
    for (int block = 0; block < LEAF / LANES; block++) {
        NAME(lanes) sum = {0};
        for (int d = 0; d < dim; d++) {
            const NAME(lanes) x = *(const NAME(lanes) *)(leaf + d * LEAF + block * LANES) - query[d];
            sum += x * x;
        }
        *(NAME(lanes) *)(squared + block * LANES) = sum;
        result |= (uint64_t)NAME(not_larger)(sum, worst) << (block * LANES);
    }
    return result;
}

INLINE void NAME(insert)(NAME(lists) *own, int query, REAL distance, int32_t position, const int32_t *ids)
{
    const int k = own->k;
    REAL *dist = own->distance + (size_t)query * k;
    int32_t *pos = own->position + (size_t)query * k;
    int slot = own->count[query];
    if (slot == k) {
        if (distance == dist[k - 1] && ids[position] > ids[pos[k - 1]]) return;
        slot = k - 1;
    } else {
        own->count[query]++;
    }
    while (slot > 0 && (dist[slot - 1] > distance || (dist[slot - 1] == distance && ids[pos[slot - 1]] > ids[position]))) {
        dist[slot] = dist[slot - 1];
        pos[slot] = pos[slot - 1];
        slot--;
    }
    dist[slot] = distance;
    pos[slot] = position;
    if (own->count[query] == k) {
        own->worst[query] = dist[k - 1];
        own->worst_id[query] = ids[pos[k - 1]];
    }
}

INLINE void NAME(scan)(const NAME(tree) *tree, int64_t leaf, int query, const REAL *point, int dim, NAME(lists) *own)
{
    REAL squared[LEAF];
    uint64_t mask = NAME(near_mask)(tree->coords + leaf * dim * LEAF, point, dim, own->worst[query], squared);
    const int32_t base = (int32_t)(leaf * LEAF);
    while (mask) {
        const int j = __builtin_ctzll(mask);
        mask &= mask - 1;
        if (squared[j] <= own->worst[query])
            NAME(insert)(own, query, squared[j], base + j, tree->ids);
    }
}

/* The leaf of the query, whose list is still empty: by bisection a distance within which there are just enough.
 *
 * To insert every candidate that comes before nearer ones would be most of all insertions. */
INLINE void NAME(scan_home)(const NAME(tree) *tree, int64_t home, int query, const REAL *point, int dim, NAME(lists) *own)
{
    REAL squared[LEAF], low = 0, high = 0;
    const int enough = own->k + 1;      /* the query is among them */
    uint64_t mask = NAME(near_mask)(tree->coords + home * dim * LEAF, point, dim, own->limit, squared);
    for (int j = 0; j < LEAF; j++) high = squared[j] > high && squared[j] <= own->limit ? squared[j] : high;
    for (int step = 0; step < 8 && __builtin_popcountll(mask) > enough + 2; step++) {
        const REAL middle = low + (high - low) / 2;
        const uint64_t within = NAME(near_values)(squared, LEAF, middle);
        if (__builtin_popcountll(within) < enough) {
            low = middle;
        } else {
            high = middle;
            mask = within;
        }
    }
    mask &= ~((uint64_t)1 << query);
    while (mask) {
        const int j = __builtin_ctzll(mask);
        mask &= mask - 1;
        if (squared[j] <= own->worst[query])
            NAME(insert)(own, query, squared[j], (int32_t)(home * LEAF) + j, tree->ids);
    }
}

INLINE REAL NAME(box_gap)(const REAL *low_a, const REAL *high_a, const REAL *low_b, const REAL *high_b, int dim)
{
    REAL sum = 0;
    for (int d = 0; d < dim; d++) {
        REAL left = low_b[d] - high_a[d], right = low_a[d] - high_b[d];
        REAL gap = left > right ? left : right;
        gap = gap > 0 ? gap : 0;
        sum += gap * gap;
    }
    return sum;
}

/* Whether a box may hold a neighbour: without the ids, equal points would all look at each other. */
INLINE int NAME(wanted)(REAL bound, int32_t least, REAL worst, int32_t worst_id)
{
    return bound < worst || (bound == worst && least < worst_id);
}

/* The largest search radius of the queries, and the largest id that is of interest at it. */
INLINE REAL NAME(reach)(const NAME(lists) *own, int size, int32_t *id)
{
    REAL farthest = own->worst[0];
    *id = own->worst_id[0];
    for (int query = 1; query < size; query++) {
        if (own->worst[query] < farthest) continue;
        if (own->worst[query] > farthest || own->worst_id[query] > *id) *id = own->worst_id[query];
        farthest = own->worst[query];
    }
    return farthest;
}

/* The gathered leaves against all queries of the leaf. */
INLINE void NAME(scan_batch)(const NAME(tree) *tree, int64_t home, int size, const int64_t *batch,
                             const int32_t *least, int n_batch, int dim, NAME(lists) *own)
{
    const REAL *here = tree->coords + home * dim * LEAF;
    for (int query = 0; query < size; query++) {
        REAL point[dim], bound[BATCH] = {0};
        for (int d = 0; d < dim; d++) point[d] = here[d * LEAF + query];
        for (int d = 0; d < dim; d++) {
            const REAL x = point[d], *low = own->box_low + d * BATCH, *high = own->box_high + d * BATCH;
            for (int b = 0; b < BATCH; b++) {
                REAL left = low[b] - x, right = x - high[b];
                REAL gap = left > right ? left : right;
                gap = gap > 0 ? gap : 0;
                bound[b] += gap * gap;
            }
        }
        uint64_t near = NAME(near_values)(bound, BATCH, own->worst[query]);
        if (n_batch < BATCH) near &= ((uint64_t)1 << n_batch) - 1;
        while (near) {
            const int b = __builtin_ctzll(near);
            near &= near - 1;
            if (NAME(wanted)(bound[b], least[b], own->worst[query], own->worst_id[query]))
                NAME(scan)(tree, batch[b], query, point, dim, own);
        }
    }
}

INLINE void NAME(search)(const NAME(tree) *tree, int64_t home, int64_t home_node, int dim, NAME(lists) *own)
{
    const int64_t left_over = tree->n - home * LEAF;
    const int size = left_over < LEAF ? (int)left_over : LEAF;
    const REAL *low = tree->low + home_node * dim, *high = tree->high + home_node * dim;
    pending_t stack[STACK];
    int64_t batch[BATCH];
    int32_t batch_least[BATCH], farthest_id;
    int depth = 1, n_batch = 0, full = 4;
    REAL farthest;

    for (int query = 0; query < size; query++) {
        own->count[query] = 0;
        own->worst[query] = own->limit;
        own->worst_id[query] = INT32_MAX;
        REAL point[dim];
        for (int d = 0; d < dim; d++) point[d] = tree->coords[(home * dim + d) * LEAF + query];
        NAME(scan_home)(tree, home, query, point, dim, own);
    }
    farthest = NAME(reach)(own, size, &farthest_id);

    stack[0].node = 0; stack[0].first = 0; stack[0].last = tree->n_leaves; stack[0].bound = 0;
    while (depth > 0) {
        pending_t top = stack[--depth];
        if (!NAME(wanted)((REAL)top.bound, tree->least[top.node], farthest, farthest_id)) continue;
        while (top.last - top.first > 1) {      /* to the nearest leaf, the other children wait */
            const int64_t middle = (top.first + top.last) / 2, a = 2 * top.node + 1, b = a + 1;
            const REAL gap_a = NAME(box_gap)(low, high, tree->low + a * dim, tree->high + a * dim, dim);
            const REAL gap_b = NAME(box_gap)(low, high, tree->low + b * dim, tree->high + b * dim, dim);
            const int ids_first = gap_a == farthest ? tree->least[a] < tree->least[b] : home < middle;
            const int go_left = gap_a < gap_b || (gap_a == gap_b && ids_first);
            const REAL wait = go_left ? gap_b : gap_a;
            if (NAME(wanted)(wait, tree->least[go_left ? b : a], farthest, farthest_id)) {
                assert(depth < STACK);
                pending_t *other = &stack[depth++];
                other->node = go_left ? b : a;
                other->first = go_left ? middle : top.first;
                other->last = go_left ? top.last : middle;
                other->bound = wait;
            }
            top.node = go_left ? a : b;
            if (go_left) top.last = middle; else top.first = middle;
            top.bound = go_left ? gap_a : gap_b;
            if (!NAME(wanted)((REAL)top.bound, tree->least[top.node], farthest, farthest_id)) break;
        }
        if (top.last - top.first > 1 || top.first == home) continue;
        if (!NAME(wanted)((REAL)top.bound, tree->least[top.node], farthest, farthest_id)) continue;
        for (int d = 0; d < dim; d++) {
            own->box_low[d * BATCH + n_batch] = tree->low[top.node * dim + d];
            own->box_high[d * BATCH + n_batch] = tree->high[top.node * dim + d];
        }
        batch_least[n_batch] = tree->least[top.node];
        batch[n_batch++] = top.first;
        if (n_batch == full) {                  /* small batches first: they shrink the radius */
            NAME(scan_batch)(tree, home, size, batch, batch_least, n_batch, dim, own);
            farthest = NAME(reach)(own, size, &farthest_id);
            n_batch = 0;
            full = 2 * full < BATCH ? 2 * full : BATCH;
        }
    }
    if (n_batch) NAME(scan_batch)(tree, home, size, batch, batch_least, n_batch, dim, own);
}

/* The lists to their rows of the result: -1 and infinity where there are fewer neighbours. */
INLINE void NAME(store)(const NAME(tree) *tree, const NAME(lists) *own, int64_t home, int64_t origin, int by_id,
                        int32_t *table, REAL *distances)
{
    const int64_t left_over = tree->n - home * LEAF, k = own->k;
    const int size = left_over < LEAF ? (int)left_over : LEAF;
    for (int query = 0; query < size; query++) {
        const int64_t position = home * LEAF + query;
        const int64_t row = ((by_id ? tree->ids[position] : position) - origin) * k;
        for (int64_t i = 0; i < k; i++) {
            const int64_t entry = query * k + i;
            const int found = i < own->count[query];
            table[row + i] = !found ? -1 : by_id ? tree->ids[own->position[entry]] : own->position[entry];
            if (distances) distances[row + i] = found ? (REAL)sqrt((double)own->distance[entry]) : (REAL)INFINITY;
        }
    }
}

/* All neighbours of the points of one leaf; the dimension is a constant inside for D <= 8. */
static void NAME(search_leaf)(const tree_t *any, int64_t home, int64_t home_node, scratch_t *scratch, int by_id,
                              int32_t *table, void *distances)
{
    NAME(tree) tree = {any->n, any->n_leaves, any->dim, any->coords, any->low, any->high, any->ids, any->least};
    NAME(lists) own;
    const int k = scratch->k;
    char *memory = scratch->memory;
    own.distance = (REAL *)memory;  memory += (size_t)LEAF * k * sizeof(REAL);
    own.worst = (REAL *)memory;     memory += LEAF * sizeof(REAL);
    own.box_low = (REAL *)memory;   memory += (size_t)BATCH * any->dim * sizeof(REAL);
    own.box_high = (REAL *)memory;  memory += (size_t)BATCH * any->dim * sizeof(REAL);
    own.position = (int32_t *)memory; memory += (size_t)LEAF * k * sizeof(int32_t);
    own.worst_id = (int32_t *)memory; memory += LEAF * sizeof(int32_t);
    own.count = (int *)memory;
    own.k = k;
    const REAL largest = sizeof(REAL) == 4 ? (REAL)FLT_MAX : (REAL)DBL_MAX;   /* padding lies at infinity */
    own.limit = scratch->limit < (double)largest ? (REAL)scratch->limit : largest;
    if (by_id) {   /* rows of the result lie far apart: they are on their way while the search goes on */
        const int64_t end = (home + 1) * LEAF < tree.n ? (home + 1) * LEAF : tree.n;
        for (int64_t position = home * LEAF; position < end; position++) {
            __builtin_prefetch(table + (int64_t)tree.ids[position] * k, 1);
            if (distances) __builtin_prefetch((REAL *)distances + (int64_t)tree.ids[position] * k, 1);
        }
    }
    switch (tree.dim) {
    case 1: NAME(search)(&tree, home, home_node, 1, &own); break;
    case 2: NAME(search)(&tree, home, home_node, 2, &own); break;
    case 3: NAME(search)(&tree, home, home_node, 3, &own); break;
    case 4: NAME(search)(&tree, home, home_node, 4, &own); break;
    case 5: NAME(search)(&tree, home, home_node, 5, &own); break;
    case 6: NAME(search)(&tree, home, home_node, 6, &own); break;
    case 7: NAME(search)(&tree, home, home_node, 7, &own); break;
    case 8: NAME(search)(&tree, home, home_node, 8, &own); break;
    default: NAME(search)(&tree, home, home_node, tree.dim, &own);
    }
    NAME(store)(&tree, &own, home, scratch->origin, by_id, table, (REAL *)distances);
}
#undef LANES
