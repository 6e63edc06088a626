/* concat, pad and spread as kernels: the result is rows along one axis, each copied from an input
 * or filled.  Seen as (outer, size, inner), it is cut into runs of rows. */
#include <string.h>

#include "base/copy_bytes.h"
#include "base/error.h"
#include "base/whole.h"
#include "core/number.h"
#include "cpu/kernels.h"
#include "cpu/strided.h"
#include "cpu/strided_way.h"
#include "op/shape.h"

enum { TASK_BYTES = 1 << 16 };

/* An input: element i of its axis goes to begin + i step of the result's. */
struct piece {
    struct view view;
    struct strided outer, inner; /* axes before and after that one */
    int64_t count, stride;       /* of that one */
    int64_t begin, step;
    struct strided_way way[1 + AD_RANK_MAX]; /* from the inner axes to a row, behind a free place */
    bool block; /* its axis and the inner ones are neighbours, and so are their places */
};

struct move_kernel {
    struct view y;
    struct axis_split s;       /* of y */
    struct strided outer;      /* axes of y before the one; from that on y lies packed */
    size_t size, row;          /* bytes of an element, of the inner axes */
    int64_t units;             /* rows of a task */
    bool filled;               /* some rows have no input */
    _Alignas(8) char value[8]; /* that they are filled with */
    int pieces;
    struct piece piece[];
};

static void fill(const struct move_kernel *k, char *to, int64_t rows)
{
    static const char zeros[8] = {0};
    size_t bytes = rows > 0 ? (size_t)rows * k->row : 0, done = bytes ? k->size : 0;
    if (!memcmp(k->value, zeros, k->size)) {
        memset(to, 0, bytes);
        return;
    }
    copy_bytes(to, k->value, done);
    for (size_t more; done < bytes; done += more) {
        more = done < bytes - done ? done : bytes - done;
        copy_bytes(to + done, to, more);
    }
}

/* Rows first to end - 1, which lie at to, as far as the one piece leaves them. */
static void fill_around(const struct move_kernel *k, char *to, int64_t first, int64_t end)
{
    const struct piece *p = &k->piece[0];
    int64_t begin = p->begin, after = p->begin + p->count;
    if (p->step != 1)
        begin = after = end;
    begin = begin < end ? begin : end;
    after = after > first ? after : first;
    fill(k, to, begin - first);
    if (after < end)
        fill(k, to + (size_t)(after - first) * k->row, end - after);
}

/* The elements of a piece that go to rows first to end - 1 of the axis, which lie at to. */
static void copy_block(const struct move_kernel *k, const struct piece *p, const char *from,
                       char *to, int64_t first, int64_t end)
{
    int64_t begin = p->begin > first ? p->begin : first;
    int64_t last = p->begin + p->count < end ? p->begin + p->count : end;
    if (begin < last)
        copy_bytes(to + (size_t)(begin - first) * k->row,
                   from + (begin - p->begin) * p->stride * (int64_t)k->size,
                   (size_t)(last - begin) * k->row);
}

static int64_t round_up(int64_t n, int64_t by)
{
    return n <= 0 ? 0 : (n + by - 1) / by;
}

static void copy_rows(const struct move_kernel *k, const struct piece *p, const char *from,
                      char *to, int64_t first, int64_t end)
{
    bool back = p->step < 0;
    int64_t by = back ? -p->step : p->step;
    int64_t i = round_up(back ? p->begin - end + 1 : first - p->begin, by);
    int64_t stop = round_up(back ? p->begin - first + 1 : end - p->begin, by);
    stop = stop < p->count ? stop : p->count;
    if (i >= stop)
        return;
    const struct strided_way rows = {stop - i, p->step * k->s.inner, p->stride};
    to += (p->begin + i * p->step - first) * (int64_t)k->row;
    from += i * p->stride * (int64_t)k->size;
    if (p->inner.count <= 1)
        strided_lines(&rows, &p->way[1], to, from, k->size);
    else {
        struct strided_way way[1 + AD_RANK_MAX];
        memcpy(way, p->way, sizeof way);
        way[0] = rows;
        strided_move(way, 1 + p->inner.count, 0, rows.n * k->s.inner, to, from, k->size);
    }
}

/* Rows first to end - 1 of one outer position. */
static void make_rows(const struct move_kernel *k, const struct run *run, int64_t outer,
                      int64_t first, int64_t end)
{
    char *to = strided_address(run, &k->y) + strided_offset(&k->outer, outer) * (int64_t)k->size +
               (size_t)first * k->row;
    if (k->filled)
        fill_around(k, to, first, end);
    for (int i = 0; i < k->pieces; i++) {
        const struct piece *p = &k->piece[i];
        const char *from =
            strided_address(run, &p->view) + strided_offset(&p->outer, outer) * (int64_t)k->size;
        if (p->block)
            copy_block(k, p, from, to, first, end);
        else
            copy_rows(k, p, from, to, first, end);
    }
}

static ad_status run_move(const struct kernel *kernel, const struct run *run, int phase, int task,
                          void *scratch)
{
    (void)phase, (void)scratch;
    const struct move_kernel *k = kernel->self;
    int64_t unit = task * k->units, end = unit + k->units, all = k->s.outer * k->s.size;
    end = end < all ? end : all;
    while (unit < end) {
        int64_t outer = unit / k->s.size, first = unit % k->s.size, more = end - unit;
        int64_t last = more < k->s.size - first ? first + more : k->s.size;
        make_rows(k, run, outer, first, last);
        unit += last - first;
    }
    return AD_OK;
}

/* ---- lowering */

static void add_piece(struct move_kernel *k, const struct view *view, int axis, int64_t begin,
                      int64_t step)
{
    struct piece *p = &k->piece[k->pieces++];
    *p = (struct piece){.view = *view,
                        .outer = strided_axes(view, 0, axis),
                        .inner = strided_axes(view, axis + 1, view->shape.rank),
                        .count = view->shape.size[axis],
                        .stride = view->stride[axis],
                        .begin = begin,
                        .step = step};
    p->way[1] = (struct strided_way){1, 1, 1};
    strided_ways(&p->inner, p->way + 1);
    bool neighbours = p->stride == k->s.inner || p->count == 1;
    p->block = step == 1 && neighbours && strided_packed(&p->inner);
}

static void concat_pieces(struct move_kernel *k, const struct step *step)
{
    int axis = (int)((const struct concat_attributes *)step->node->attributes)->axis;
    int64_t begin = 0;
    for (int i = 0; i < step->node->in_count; i++) {
        add_piece(k, &step->in[i], axis, begin, 1);
        begin += step->in[i].shape.size[axis];
    }
}

static void one_piece(struct move_kernel *k, const struct step *step)
{
    if (step->node->op == &op_pad) {
        const struct pad_attributes *a = step->node->attributes;
        add_piece(k, &step->in[0], (int)a->axis, a->before, 1);
        number_store(k->y.type, k->value, a->value);
    } else {
        const struct spread_attributes *a = step->node->attributes;
        add_piece(k, &step->in[0], (int)a->axis, a->begin, a->step);
    }
    k->filled = k->piece[0].count < k->s.size;
}

static int axis_of(const struct node *node)
{
    if (node->op == &op_concat)
        return (int)((const struct concat_attributes *)node->attributes)->axis;
    if (node->op == &op_pad)
        return (int)((const struct pad_attributes *)node->attributes)->axis;
    return (int)((const struct spread_attributes *)node->attributes)->axis;
}

static bool packed_from(const struct view *v, int axis)
{
    struct strided rest = strided_axes(v, axis, v->shape.rank);
    return strided_packed(&rest);
}

static int64_t cut(struct move_kernel *k)
{
    k->units = k->row < TASK_BYTES ? (int64_t)(TASK_BYTES / (k->row ? k->row : 1)) : 1;
    int64_t rows = k->row ? k->s.outer * k->s.size : 0;
    return (rows + k->units - 1) / k->units;
}

ad_status cpu_lower_move(ad_context *context, const struct step *step, struct kernel *kernel)
{
    const struct op *op = step->node && !step->loop ? step->node->op : NULL;
    if ((op != &op_concat && op != &op_pad && op != &op_spread) || step->out[0].value < 0 ||
        !packed_from(&step->out[0], axis_of(step->node)))
        return AD_ERROR_UNSUPPORTED;
    size_t pieces = (size_t)step->node->in_count;
    struct move_kernel *k = cpu_kernel_self(context, sizeof *k + pieces * sizeof k->piece[0]);
    if (!k)
        return AD_ERROR_MEMORY;
    k->y = step->out[0];
    k->s = shape_split(&k->y.shape, axis_of(step->node));
    k->outer = strided_axes(&k->y, 0, axis_of(step->node));
    k->size = ad_type_size(k->y.type);
    k->row = (size_t)k->s.inner * k->size;
    if (op == &op_concat)
        concat_pieces(k, step);
    else
        one_piece(k, step);
    int64_t tasks = cut(k);
    *kernel = (struct kernel){.name = "move rows",
                              .phases = tasks > 0,
                              .tasks = {whole_int(tasks)},
                              .shared = -1,
                              .bytes = 2 * shape_count(&k->y.shape) * (int64_t)k->size,
                              .self = k,
                              .run = run_move,
                              .free = cpu_kernel_free};
    return AD_OK;
}
