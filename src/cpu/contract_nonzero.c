/* Products that leave out what meets a 0 of a.  The difference to a plain product shows only where
 * that is not finite, and then the plain result is not finite either.  So the plain one is made
 * first, at full speed, and what is finite in it stands; the rest is summed again, term by term. */
#include "cpu/contract_private.h"

static void sum_again(const struct contract_run *r, int64_t batch, int64_t row, int64_t column,
                      void *out)
{
    const struct contract *c = r->contract;
    int64_t size = c->kernels->size;
    const void *a = element(r->a, batch * c->a.batch + row * c->a.row, size);
    const void *b = element(r->b, batch * c->b.batch + column * c->b.column, size);
    c->kernels->nonzero_sum(a, c->a.column, b, c->b.row, c->k, out);
}

static char *row_of(const struct contract_run *r, int64_t batch, int64_t row)
{
    const struct contract *c = r->contract;
    return element(r->c, batch * c->c.batch + row * c->c.row, c->kernels->size);
}

static bool row_finite(const struct contract_run *r, int64_t batch, int64_t row)
{
    const struct contract *c = r->contract;
    return c->kernels->all_finite(row_of(r, batch, row), c->c.column, c->n);
}

bool contract_finite(const struct contract_run *r, int64_t batch)
{
    const struct contract *c = r->contract;
    if (c->c.column == 1 && c->c.row == c->n)
        return c->kernels->all_finite(row_of(r, batch, 0), 1, c->m * c->n);
    bool finite = true;
    for (int64_t row = 0; row < c->m && finite; row++)
        finite = row_finite(r, batch, row);
    return finite;
}

static void row_again(const struct contract_run *r, int64_t batch, int64_t row)
{
    const struct contract *c = r->contract;
    for (int64_t j = 0; j < c->n; j++) {
        void *at = element(row_of(r, batch, row), j * c->c.column, c->kernels->size);
        if (!c->kernels->all_finite(at, 1, 1))
            sum_again(r, batch, row, j, at);
    }
}

void contract_nonzero(const struct contract_run *r, int64_t batch)
{
    if (contract_finite(r, batch))
        return;
    for (int64_t row = 0; row < r->contract->m; row++)
        if (!row_finite(r, batch, row))
            row_again(r, batch, row);
}
