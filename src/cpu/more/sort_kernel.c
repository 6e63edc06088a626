/* Sorting as a kernel.  Every type has keys: whole numbers without sign in the order that is asked
 * for, so that one sort by bytes serves all.  A position that is asked for few of its elements
 * keeps candidates: what is not better than the last of the best so far is passed over. */
#include <string.h>

#include "base/whole.h"
#include "cpu/kernels.h"
#include "cpu/strided.h"
#include "op/more/along.h"

enum { TASK_ELEMENTS = 1 << 14, TASKS = 16, FEW = 64, SPARE = 24 };

struct sort_kernel {
    struct view x, y, place;
    struct axis_split s;
    int64_t count, positions, each;
    int64_t room; /* entries of a task: two tables of them */
    int bytes;    /* of a key */
    bool top, descending;
};

/* ---- sorting entries: those of one key stay in order */

static void sort_few(struct entry *e, int64_t n)
{
    for (int64_t i = 1, j; i < n; i++) {
        struct entry x = e[i];
        for (j = i; j > 0 && e[j - 1].key > x.key; j--)
            e[j] = e[j - 1];
        e[j] = x;
    }
}

/* Byte by byte from the lowest; a byte that is the same everywhere is passed over. */
static void sort_entries(struct entry *e, struct entry *other, int64_t n, int bytes)
{
    uint32_t count[8][256];
    if (n <= FEW) {
        sort_few(e, n);
        return;
    }
    memset(count, 0, (size_t)bytes * sizeof count[0]);
    for (int64_t i = 0; i < n; i++)
        for (int b = 0; b < bytes; b++)
            count[b][e[i].key >> 8 * b & 255]++;
    struct entry *from = e, *to = other;
    for (int b = 0; b < bytes; b++) {
        if (count[b][e[0].key >> 8 * b & 255] == n)
            continue;
        uint32_t total = 0;
        for (int d = 0; d < 256; d++) {
            uint32_t here = count[b][d];
            count[b][d] = total;
            total += here;
        }
        for (int64_t i = 0; i < n; i++)
            to[count[b][from[i].key >> 8 * b & 255]++] = from[i];
        struct entry *swap = from;
        from = to, to = swap;
    }
    if (from != e)
        memcpy(e, from, (size_t)n * sizeof *e);
}

/* ---- one position */

/* Candidates come in the order of their places, behind the best ones, so a stable sort keeps equal
 * ones in order. */
static inline __attribute__((always_inline)) int64_t
read_entries(const struct sort_kernel *k, ad_type type, const void *x, struct entry *e)
{
    uint64_t turn = k->descending ? UINT64_MAX >> (64 - 8 * k->bytes) : 0, limit = UINT64_MAX;
    int64_t n = 0;
    bool full = false;
    for (int64_t i = 0; i < k->s.size; i++) {
        uint64_t key = sort_key(type, x, i * k->s.inner) ^ turn;
        if (full && key >= limit)
            continue;
        if (n == k->room) {
            sort_entries(e, e + k->room, n, k->bytes);
            n = k->count, limit = e[n - 1].key, full = true;
            if (key >= limit)
                continue;
        }
        e[n++] = (struct entry){key, i};
    }
    return n;
}

static void write_values(const struct sort_kernel *k, const char *x, const struct entry *e, char *y)
{
    int64_t step = k->s.inner * k->bytes;
    for (int64_t i = 0; i < k->count; i++, y += step)
        if (k->bytes == 4)
            memcpy(y, x + e[i].place * step, 4);
        else
            memcpy(y, x + e[i].place * step, 8);
}

static void sort_position(const struct sort_kernel *k, const struct run *run, int64_t p,
                          struct entry *e)
{
    int64_t inner = k->s.inner, from = p / inner * k->s.size * inner + p % inner;
    int64_t to = p / inner * k->count * inner + p % inner;
    const char *x = strided_address(run, &k->x) + from * k->bytes;
    int64_t n =
        k->x.type == AD_F32 ? read_entries(k, AD_F32, x, e) : read_entries(k, k->x.type, x, e);
    sort_entries(e, e + k->room, n, k->bytes);
    if (k->y.value >= 0)
        write_values(k, x, e, strided_address(run, &k->y) + to * k->bytes);
    if (k->place.value >= 0) {
        int32_t *place = (int32_t *)(void *)strided_address(run, &k->place) + to;
        for (int64_t i = 0; i < k->count; i++)
            place[i * inner] = (int32_t)e[i].place;
    }
}

static ad_status run_sort(const struct kernel *kernel, const struct run *run, int phase, int task,
                          void *scratch)
{
    (void)phase, (void)scratch;
    const struct sort_kernel *k = kernel->self;
    struct entry *e = (struct entry *)run->base[kernel->shared] + 2 * k->room * task;
    int64_t p = task * k->each, end = p + k->each < k->positions ? p + k->each : k->positions;
    for (; p < end; p++)
        sort_position(k, run, p, e);
    return AD_OK;
}

static bool lies_well(const struct step *step)
{
    for (int i = 0; i < 2; i++)
        if (step->out[i].value >= 0 && !strided_is_array(&step->out[i]))
            return false;
    return strided_is_array(&step->in[0]);
}

ad_status cpu_lower_sort(ad_context *context, const struct step *step, struct kernel *kernel)
{
    if (!step->node || step->loop || step->node->op != &op_sort || !lies_well(step))
        return AD_ERROR_UNSUPPORTED;
    const struct sort_attributes *a = step->node->attributes;
    struct sort_kernel k = {.x = step->in[0],
                            .y = step->out[0],
                            .place = step->out[1],
                            .s = shape_split(&step->in[0].shape, a->axis),
                            .count = a->count,
                            .bytes = (int)ad_type_size(step->in[0].type),
                            .descending = a->descending};
    k.positions = k.count ? k.s.outer * k.s.inner : 0;
    k.room = k.count < k.s.size / 4 ? 2 * k.count + SPARE : k.s.size;
    k.room = k.room < k.s.size ? k.room : k.s.size;
    int64_t most = (k.positions + TASKS - 1) / TASKS;
    k.each = k.s.size < TASK_ELEMENTS ? TASK_ELEMENTS / (k.s.size + 1) + 1 : 1;
    k.each = k.each > most ? k.each : most;
    int64_t tasks = (k.positions + k.each - 1) / k.each;
    struct sort_kernel *self = cpu_kernel_self(context, sizeof k);
    if (!self)
        return AD_ERROR_MEMORY;
    *self = k;
    *kernel = (struct kernel){.name = "sort",
                              .phases = tasks > 0,
                              .tasks = {whole_int(tasks)},
                              .shared = -1,
                              .shared_bytes = (size_t)(tasks * 2 * k.room) * sizeof(struct entry),
                              .bytes = 2 * k.positions * k.s.size * k.bytes,
                              .self = self,
                              .run = run_sort,
                              .free = cpu_kernel_free};
    return AD_OK;
}
