/* Included by network_loss.h once an instruction set: one block of networks, a network a lane. */

typedef double NAME(lanes) __attribute__((vector_size(WIDTH), aligned(8), may_alias));
typedef int64_t NAME(bits) __attribute__((vector_size(WIDTH), aligned(8), may_alias));
#define LANES ((int)(WIDTH / sizeof(double)))

INLINE NAME(lanes) NAME(all)(double number)
{
    return number - (NAME(lanes)){0};
}

/* a where the bits of truth are set, else b. */
INLINE NAME(lanes) NAME(choose)(NAME(bits) truth, NAME(lanes) a, NAME(lanes) b)
{
    return (NAME(lanes))(((NAME(bits))a & truth) | ((NAME(bits))b & ~truth));
}

INLINE NAME(lanes) NAME(absolute)(NAME(lanes) x)
{
    return (NAME(lanes))((NAME(bits))x & INT64_MAX);
}

INLINE NAME(lanes) NAME(relu)(NAME(lanes) x)
{
#if SET == 512
    return (NAME(lanes))_mm512_max_pd((__m512d)x, _mm512_setzero_pd());
#elif SET == 256
    return (NAME(lanes))_mm256_max_pd((__m256d)x, _mm256_setzero_pd());
#else
    return (NAME(lanes))((NAME(bits))x & (NAME(bits))(x > 0.0));
#endif
}

/* min(x, limit). */
INLINE NAME(lanes) NAME(cut)(NAME(lanes) x, double limit)
{
    const NAME(lanes) most = NAME(all)(limit);
#if SET == 512
    return (NAME(lanes))_mm512_min_pd((__m512d)x, (__m512d)most);
#elif SET == 256
    return (NAME(lanes))_mm256_min_pd((__m256d)x, (__m256d)most);
#else
    return NAME(choose)((NAME(bits))(x < most), x, most);
#endif
}

/* a b + c, rounded once. */
INLINE NAME(lanes) NAME(fused)(NAME(lanes) a, NAME(lanes) b, NAME(lanes) c)
{
#if SET == 512
    return (NAME(lanes))_mm512_fmadd_pd((__m512d)a, (__m512d)b, (__m512d)c);
#elif SET == 256
    return (NAME(lanes))_mm256_fmadd_pd((__m256d)a, (__m256d)b, (__m256d)c);
#else
    NAME(lanes) result = c;
    for (int lane = 0; lane < LANES; lane++) result[lane] = fma(a[lane], b[lane], c[lane]);
    return result;
#endif
}

/* exp(2|x|) - 1 where |x| <= 20, beyond which tanh rounds to 1.
 *
 * 2|x| = k ln 2 + r with |r| <= ln 2 / 2; exp(r) - 1 by its series to r^13 / 13!, the next term is below 2e-17 of it;
 * 2^k (exp(r) - 1) + (2^k - 1), which loses nothing where k = 0. */
INLINE NAME(lanes) NAME(growth)(NAME(lanes) x)
{
    const double shift = 0x1.8p52;                  /* added to it, a number is rounded to an integer in its low bits */
    const double log_high = 0x1.62e42fefa4000p-1;   /* ln 2 to 40 bits, so that k times it is exact, */
    const double log_low = -0x1.8432a1b0e2634p-43;  /* and the rest */
    static const double series[] = {1.0 / 479001600, 1.0 / 39916800, 1.0 / 3628800, 1.0 / 362880, 1.0 / 40320, 1.0 / 5040,
                                    1.0 / 720, 1.0 / 120, 1.0 / 24, 1.0 / 6, 0.5};
    const NAME(lanes) size = NAME(cut)(NAME(absolute)(x), 20.0);
    const NAME(lanes) shifted = NAME(fused)(size, NAME(all)(0x1.71547652b82fep+1), NAME(all)(shift));
    const NAME(lanes) k = shifted - shift;
    const NAME(lanes) r = NAME(fused)(k, NAME(all)(-log_low), NAME(fused)(k, NAME(all)(-log_high), size + size));
    NAME(lanes) p = NAME(all)(1.0 / 6227020800);
    for (int i = 0; i < (int)(sizeof(series) / sizeof(double)); i++) p = NAME(fused)(p, r, NAME(all)(series[i]));
    p = NAME(fused)(p * r, r, r);
    const NAME(lanes) power = (NAME(lanes))(((NAME(bits))shifted << 52) + 0x3ff0000000000000);
    return NAME(fused)(p, power, power - 1.0);
}

/* exp(2x) to 2e-10 of it, where |x| <= 20: 2^k P(r) with 2x / ln 2 = k + r, |r| <= 1/2.
 *
 * P = 1 + r Q(r) with Q through (2^r - 1) / r at the seven Chebyshev nodes, so that exp(0) = 1. */
INLINE NAME(lanes) NAME(rough_exponential)(NAME(lanes) x)
{
    const double shift = 0x1.8p52;
    static const double series[] = {0x1.443fffc90db59p-13, 0x1.5d879ead06a82p-10, 0x1.3b2a1b7152befp-7,
                                    0x1.c6b08d883dca1p-5, 0x1.ebfbe045f4d3cp-3, 0x1.62e42fefa39efp-1, 1.0};
    const NAME(lanes) y = -NAME(cut)(-NAME(cut)(x, 20.0), 20.0) * 0x1.71547652b82fep+1;
    const NAME(lanes) shifted = y + shift, r = y - (shifted - shift);
    NAME(lanes) p = NAME(all)(0x1.00a581594758ep-16);
    for (int i = 0; i < (int)(sizeof(series) / sizeof(double)); i++) p = NAME(fused)(p, r, NAME(all)(series[i]));
    return (NAME(lanes))((NAME(bits))p + ((NAME(bits))shifted << 52));   /* k is added to the exponent */
}

/* out = out / over of a tile, by one division: 1 / (abcd). */
INLINE void NAME(divide)(NAME(lanes) *out, const NAME(lanes) *over)
{
    const NAME(lanes) first = over[0] * over[1], second = over[2] * over[3];
    const NAME(lanes) inverse = 1.0 / (first * second);
    const NAME(lanes) first_inverse = inverse * second, second_inverse = inverse * first;
    out[0] *= first_inverse * over[1];
    out[1] *= first_inverse * over[0];
    out[2] *= second_inverse * over[3];
    out[3] *= second_inverse * over[2];
}

/* tanh x = t / (t + 2) with t = exp(2|x|) - 1, and the sign of x, of a tile. */
INLINE void NAME(tanh_tile)(const NAME(lanes) *x, NAME(lanes) *out)
{
    NAME(lanes) value[TILE], over[TILE];
    for (int i = 0; i < TILE; i++) {
        value[i] = NAME(growth)(x[i]);
        over[i] = value[i] + 2.0;
    }
    NAME(divide)(value, over);
    for (int i = 0; i < TILE; i++) {
        const NAME(bits) sign = (NAME(bits))x[i] & INT64_MIN;
        out[i] = (NAME(lanes))((NAME(bits))NAME(cut)(value[i], 1.0) | sign);   /* rounding may go beyond */
    }
}

/* tanh to 1e-10: all that a loss in single precision can show. */
INLINE void NAME(rough_tanh_tile)(const NAME(lanes) *x, NAME(lanes) *out)
{
    NAME(lanes) value[TILE], over[TILE];
    for (int i = 0; i < TILE; i++) {
        over[i] = NAME(rough_exponential)(x[i]);
        value[i] = over[i] - 1.0;
        over[i] += 1.0;
    }
    NAME(divide)(value, over);
    for (int i = 0; i < TILE; i++) out[i] = value[i];
}

/* Each lane has TILE values that lie together, as a network has: which four share a division is the same in all sets. */
static void NAME(tanh_values)(const double *x, double *result, int64_t n, int rough)
{
    for (int64_t i = 0; i < n; i += TILE * LANES) {
        double values[TILE * LANES];
        NAME(lanes) *tile = (NAME(lanes) *)values;
        for (int j = 0; j < TILE * LANES; j++) values[j % TILE * LANES + j / TILE] = x[i + j];
        if (rough) NAME(rough_tanh_tile)(tile, tile);
        else NAME(tanh_tile)(tile, tile);
        for (int j = 0; j < TILE * LANES; j++) result[i + j] = values[j % TILE * LANES + j / TILE];
    }
}

/* Sum of a_i b_i over n places, in four partial sums: one would wait for each addition. */
INLINE NAME(lanes) NAME(dot)(const NAME(lanes) *a, const NAME(lanes) *b, int64_t n)
{
    NAME(lanes) part[TILE] = {{0}};
    int64_t i = 0;
    for (; i + TILE <= n; i += TILE)
        for (int t = 0; t < TILE; t++) part[t] = NAME(fused)(a[i + t], b[i + t], part[t]);
    for (; i < n; i++) part[0] = NAME(fused)(a[i], b[i], part[0]);
    return (part[0] + part[1]) + (part[2] + part[3]);
}

/* Sum of a_i y_i with numbers y, or of a_i where y is NULL. */
INLINE NAME(lanes) NAME(weighted)(const NAME(lanes) *a, const double *y, int64_t n)
{
    NAME(lanes) part[TILE] = {{0}};
    int64_t i = 0;
    for (; i + TILE <= n; i += TILE)
        for (int t = 0; t < TILE; t++) part[t] = NAME(fused)(a[i + t], NAME(all)(y ? y[i + t] : 1.0), part[t]);
    for (; i < n; i++) part[0] = NAME(fused)(a[i], NAME(all)(y ? y[i] : 1.0), part[0]);
    return (part[0] + part[1]) + (part[2] + part[3]);
}

/* The full parameters; returns the penalty of the free ones. */
INLINE NAME(lanes) NAME(place)(const network_t *network, workspace_t *space)
{
    NAME(lanes) *full = (NAME(lanes) *)space->full, sum = {0}, squares = {0};
    const NAME(lanes) *thetas = (const NAME(lanes) *)space->thetas;
    for (int p = 0; p < network->n_full; p++) full[p] = NAME(all)(network->template_[p]);
    for (int p = 0; p < network->n_free; p++) {
        full[network->positions[p]] = thetas[p];
        sum += NAME(absolute)(thetas[p]);
        squares += thetas[p] * thetas[p];
    }
    return network->l1 * sum + network->l2 * squares;
}

/* One layer on a tile of inputs: out[j] = phi(W_j . into + b_j). A row of into or out is `stride` long. */
INLINE void NAME(layer)(const NAME(lanes) *weights, int into_units, int out_units, const NAME(lanes) *into, NAME(lanes) *out,
                        int64_t stride, int activation)
{
    const NAME(lanes) *biases = weights + into_units * out_units;
    for (int j = 0; j < out_units; j++) {
        NAME(lanes) z[TILE];
        for (int t = 0; t < TILE; t++) z[t] = biases[j];
        for (int k = 0; k < into_units; k++)
            for (int t = 0; t < TILE; t++) z[t] = NAME(fused)(weights[j * into_units + k], into[k * stride + t], z[t]);
        if (activation == TANH)
            NAME(tanh_tile)(z, out + j * stride);
        else if (activation == ROUGH_TANH)
            NAME(rough_tanh_tile)(z, out + j * stride);
        else
            for (int t = 0; t < TILE; t++) out[j * stride + t] = NAME(relu)(z[t]);
    }
}

/* Activations of all hidden units and residuals of all inputs. */
INLINE void NAME(forward)(const network_t *network, workspace_t *space, int activation)
{
    const NAME(lanes) *full = (const NAME(lanes) *)space->full;
    NAME(lanes) *hidden = (NAME(lanes) *)space->hidden, *residual = (NAME(lanes) *)space->residual;
    const int64_t stride = space->keep ? network->m_padded : TILE;
    for (int64_t i = 0; i < network->m_padded; i += TILE) {
        NAME(lanes) x[TILE], *out = hidden + (space->keep ? i : 0);
        for (int t = 0; t < TILE; t++) x[t] = NAME(all)(network->x[i + t]);
        NAME(layer)(full, 1, network->widths[1], x, out, stride, activation);
        const NAME(lanes) *weights = full + 2 * network->widths[1], *into = out;
        for (int l = 2; l <= network->n_layers; l++) {
            const int into_units = network->widths[l - 1], out_units = network->widths[l];
            out += into_units * stride;
            NAME(layer)(weights, into_units, out_units, into, out, stride, activation);
            weights += (into_units + 1) * out_units;
            into = out;
        }
        const int last = network->widths[network->n_layers];
        for (int t = 0; t < TILE; t++) {
            NAME(lanes) z = weights[last] - network->y[i + t];
            for (int k = 0; k < last; k++) z = NAME(fused)(weights[k], into[k * stride + t], z);
            residual[i + t] = z;
        }
    }
}

/* Solve a symmetric positive definite system by its LDL^T decomposition; the solution replaces the right-hand side. */
INLINE void NAME(solve)(NAME(lanes) (*a)[MOST_UNITS + 1], NAME(lanes) *b, int q)
{
    for (int j = 0; j < q; j++)
        for (int i = j + 1; i < q; i++) {
            const NAME(lanes) factor = a[i][j] / a[j][j];
            for (int k = j + 1; k <= i; k++) a[i][k] -= factor * a[k][j];
            b[i] -= factor * b[j];
        }
    for (int j = q - 1; j >= 0; j--) {
        for (int i = j + 1; i < q; i++) b[j] -= a[i][j] * b[i];
        b[j] /= a[j][j];
    }
}

/* The best output layer, by ridge regression on the last activations and the constant 1; and its residuals. */
INLINE void NAME(fit_layer)(const network_t *network, workspace_t *space)
{
    const int width = network->widths[network->n_layers];
    const int64_t m = network->m, stride = network->m_padded;
    const NAME(lanes) *hidden = (const NAME(lanes) *)space->hidden + (network->n_units - width) * stride;
    NAME(lanes) *best = (NAME(lanes) *)space->full + network->n_full - width - 1, *residual = (NAME(lanes) *)space->residual;
    NAME(lanes) gram[MOST_UNITS + 1][MOST_UNITS + 1] = {{{0}}};
    double mean = 0;
    for (int64_t i = 0; i < m; i++) mean += network->y[i];
    for (int a = 0; a < width; a++) {
        for (int c = 0; c <= a; c++) gram[a][c] = NAME(dot)(hidden + a * stride, hidden + c * stride, m) / (double)m;
        gram[a][a] += network->l2;
        gram[width][a] = NAME(weighted)(hidden + a * stride, NULL, m) / (double)m;
        best[a] = NAME(weighted)(hidden + a * stride, network->y, m) / (double)m;
    }
    gram[width][width] = NAME(all)(1.0 + network->l2);
    best[width] = NAME(all)(mean / (double)m);
    NAME(solve)(gram, best, width + 1);
    for (int64_t i = 0; i < m; i++) {
        NAME(lanes) z = best[width] - network->y[i];
        for (int k = 0; k < width; k++) z = NAME(fused)(best[k], hidden[k * stride + i], z);
        residual[i] = z;
    }
}

/* The best output bias, and its residuals. */
INLINE void NAME(fit_bias)(const network_t *network, workspace_t *space)
{
    NAME(lanes) *residual = (NAME(lanes) *)space->residual;
    const NAME(lanes) mean = NAME(weighted)(residual, NULL, network->m) / (double)network->m;
    const NAME(lanes) best = -mean / (1.0 + network->l2);
    for (int64_t i = 0; i < network->m; i++) residual[i] += best;
    ((NAME(lanes) *)space->full)[network->n_full - 1] = best;
}

/* Slopes of the mean squared error in all parameters: errors travel back through the layers, tile by tile. */
INLINE void NAME(backward)(const network_t *network, workspace_t *space, int activation)
{
    const NAME(lanes) *full = (const NAME(lanes) *)space->full, *hidden = (const NAME(lanes) *)space->hidden;
    const NAME(lanes) *residual = (const NAME(lanes) *)space->residual;
    NAME(lanes) *slopes = (NAME(lanes) *)space->all;
    const int64_t stride = network->m_padded;
    const double scale = 2.0 / (double)network->m;
    for (int p = 0; p < network->n_full; p++) slopes[p] = (NAME(lanes)){0};
    for (int64_t i = 0; i < network->m_padded; i += TILE) {
        NAME(lanes) error[MOST_UNITS][TILE], x[TILE];
        int begin = network->n_full, unit = network->n_units;
        for (int t = 0; t < TILE; t++) {
            error[0][t] = scale * residual[i + t];
            x[t] = NAME(all)(network->x[i + t]);
        }
        for (int l = network->n_layers + 1; l > 0; l--) {
            const int into_units = network->widths[l - 1], out_units = network->widths[l];
            NAME(lanes) before[MOST_UNITS][TILE];
            begin -= (into_units + 1) * out_units;
            if (l > 1) unit -= into_units;
            for (int k = 0; k < into_units; k++) {
                const NAME(lanes) *into = l > 1 ? hidden + unit * stride + k * stride + i : x;
                for (int t = 0; t < TILE; t++) before[k][t] = (NAME(lanes)){0};
                for (int j = 0; j < out_units; j++) {
                    const NAME(lanes) weight = full[begin + j * into_units + k];
                    NAME(lanes) sum = {0};
                    for (int t = 0; t < TILE; t++) {
                        sum = NAME(fused)(error[j][t], into[t], sum);
                        before[k][t] = NAME(fused)(weight, error[j][t], before[k][t]);
                    }
                    slopes[begin + j * into_units + k] += sum;
                }
                for (int t = 0; t < TILE; t++) {
                    const NAME(lanes) h = into[t];
                    if (activation == TANH) before[k][t] *= 1.0 - h * h;
                    else before[k][t] = (NAME(lanes))((NAME(bits))before[k][t] & (NAME(bits))(h > 0.0));
                }
            }
            for (int j = 0; j < out_units; j++) {
                NAME(lanes) sum = {0};
                for (int t = 0; t < TILE; t++) sum += error[j][t];
                slopes[begin + into_units * out_units + j] += sum;
            }
            for (int k = 0; k < into_units; k++)
                for (int t = 0; t < TILE; t++) error[k][t] = before[k][t];
        }
    }
}

static void NAME(evaluate)(const network_t *network, workspace_t *space, double *losses, int with_gradient, int rough)
{
    NAME(lanes) *full = (NAME(lanes) *)space->full, *residual = (NAME(lanes) *)space->residual;
    NAME(lanes) loss = NAME(place)(network, space);
    if (network->activation == RELU) NAME(forward)(network, space, RELU);
    else if (rough && !with_gradient) NAME(forward)(network, space, ROUGH_TANH);
    else NAME(forward)(network, space, TANH);
    if (network->eliminate == BIAS) NAME(fit_bias)(network, space);
    if (network->eliminate == LAYER) NAME(fit_layer)(network, space);
    const int last = network->eliminate == BIAS ? 1 : network->eliminate == LAYER ? network->widths[network->n_layers] + 1 : 0;
    for (int p = network->n_full - last; p < network->n_full; p++) loss += network->l2 * (full[p] * full[p]);
    *(NAME(lanes) *)losses = NAME(dot)(residual, residual, network->m) / (double)network->m + loss;
    if (!with_gradient) return;
    for (int64_t i = network->m; i < network->m_padded; i++) residual[i] = (NAME(lanes)){0};
    if (network->activation == RELU) NAME(backward)(network, space, RELU);
    else NAME(backward)(network, space, TANH);
    for (int p = 0; p < network->n_free; p++) {
        const NAME(lanes) theta = ((NAME(lanes) *)space->thetas)[p];
        const NAME(lanes) one = NAME(all)(1.0), none = {0};
        const NAME(lanes) sign = NAME(choose)((NAME(bits))(theta > 0.0), one, NAME(choose)((NAME(bits))(theta < 0.0), -one, none));
        ((NAME(lanes) *)space->slopes)[p] = ((NAME(lanes) *)space->all)[network->positions[p]]
                                        + network->l1 * sign + (2.0 * network->l2) * theta;
    }
}
#undef LANES
