/* Losses and gradients of small fully connected networks, several parameter vectors at once.
 *
 * A block is as many vectors as a register has doubles; each lane is one network and runs over all inputs. So
 * the operations of a network, and their order, are the same in every instruction set, and all sets give the
 * same bits: what is fused is written so, the compiler fuses nothing (-ffp-contract=off). A machine without a fused
 * multiply-add computes it in software, slowly. What a thread keeps is one block's activations, in the cache.
 */
#ifndef LOSSBAR_NETWORK_LOSS_H
#define LOSSBAR_NETWORK_LOSS_H

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include "instruction_sets.h"

#define MOST_LAYERS 4    /* hidden ones */
#define MOST_UNITS 8     /* a layer */
#define MOST_LANES 8     /* doubles of the widest register */
#define TILE 4           /* inputs at a time: their chains of operations hide each other's latency */

/* What is eliminated. */
enum { NOTHING, BIAS, LAYER };

/* Rough: where the losses are rounded to single precision. */
enum { RELU, TANH, ROUGH_TANH };

typedef struct {
    int n_layers, activation, eliminate, n_full, n_free, n_units;
    int widths[MOST_LAYERS + 2];         /* of the input (1), the hidden layers and the output (1) */
    int64_t m, m_padded;                 /* inputs, and as a multiple of TILE */
    const double *x, *y;                 /* m_padded, the last one repeated */
    const double *template_;             /* n_full */
    const int64_t *positions;            /* n_free places in the full vector */
    double l1, l2;
} network_t;

/* What one thread needs: parameters, slopes, residuals and activations of a block. */
typedef struct {
    double *memory;
    double *thetas;          /* n_free x lanes */
    double *full, *all;      /* n_full x lanes: parameters, slopes in all of them */
    double *slopes;          /* n_free x lanes: the gradient */
    double *residual;        /* m_padded x lanes, zero beyond m */
    double *hidden;          /* n_units x m_padded x lanes, or x TILE where they are not kept */
    int keep;
} workspace_t;

static inline workspace_t *new_workspace(const network_t *network, int with_gradient)
{
    workspace_t *space = malloc(sizeof(workspace_t));
    if (!space) return NULL;
    space->keep = with_gradient || network->eliminate == LAYER;
    const size_t stride = space->keep ? (size_t)network->m_padded : TILE;
    const size_t rows = 2 * (size_t)network->n_free + 2 * (size_t)network->n_full + (size_t)network->m_padded;
    space->memory = malloc((rows + network->n_units * stride + 1) * MOST_LANES * sizeof(double));
    if (!space->memory) { free(space); return NULL; }
    /* A register that straddles two lines of the cache is loaded in two steps. */
    space->thetas = (double *)(((uintptr_t)space->memory + 63) & ~(uintptr_t)63);
    space->full = space->thetas + (size_t)network->n_free * MOST_LANES;
    space->all = space->full + (size_t)network->n_full * MOST_LANES;
    space->slopes = space->all + (size_t)network->n_full * MOST_LANES;
    space->residual = space->slopes + (size_t)network->n_free * MOST_LANES;
    space->hidden = space->residual + (size_t)network->m_padded * MOST_LANES;
    return space;
}

static inline void free_workspace(workspace_t *space)
{
    if (space) free(space->memory);
    free(space);
}

#define JOINED(name, set) name##_##set
#define NAMED(name, set) JOINED(name, set)
#define NAME(x) NAMED(x, SET)

#ifdef CHOICE_OF_SETS
FOR_SET_512
#define SET 512
#define WIDTH 64
#include "network_loss_impl.h"
#undef SET
#undef WIDTH
END_OF_SET

FOR_SET_256
#define SET 256
#define WIDTH 32
#include "network_loss_impl.h"
#undef SET
#undef WIDTH
END_OF_SET
#endif

#define SET 0
#define WIDTH 16
#include "network_loss_impl.h"
#undef SET
#undef WIDTH

static inline int lanes_of(int set)
{
    return set == 512 ? 8 : set == 256 ? 4 : 2;
}

/* Losses of the block of parameters in space->thetas, lane by lane; where wanted their gradients in space->slopes. */
static inline void evaluate_block(int set, const network_t *network, workspace_t *space, double *losses, int with_gradient,
                                  int rough)
{
#ifdef CHOICE_OF_SETS
    if (set == 512) evaluate_512(network, space, losses, with_gradient, rough);
    if (set == 256) evaluate_256(network, space, losses, with_gradient, rough);
#endif
    if (set == 0) evaluate_0(network, space, losses, with_gradient, rough);
}

/* tanh of n values, n a multiple of TILE * MOST_LANES; for tests of its accuracy. */
static inline void tanh_of(int set, const double *x, double *result, int64_t n, int rough)
{
#ifdef CHOICE_OF_SETS
    if (set == 512) tanh_values_512(x, result, n, rough);
    if (set == 256) tanh_values_256(x, result, n, rough);
#endif
    if (set == 0) tanh_values_0(x, result, n, rough);
}

#endif
