/* The network run over examples of the test part, for what measures do not keep. */
#include <string.h>

#include "message.h"
#include "page.h"

enum { FEEDS_MAX = AD_RUN_FEEDS_MAX + 1, AT_ONCE = 16 };

typedef struct pass {
    ad_tensor *feed[FEEDS_MAX];
    int field[FEEDS_MAX], feeds;
    ad_program *program;
    ad_batches *batches;
} pass;

static bool add_feed(pass *w, ad_tensor *x)
{
    w->feed[w->feeds] = x;
    w->field[w->feeds] = run_batch_field(w->batches, ad_tensor_name(x), "");
    return w->field[w->feeds++] >= 0;
}

static bool begin(const page *p, pass *w, ad_source *source, ad_tensor *const *fetch, int count)
{
    w->batches = ad_batches_new(source, .size = AT_ONCE, .order = AD_ORDER_AS_IS, .threads = 0);
    bool good = w->batches;
    for (int i = 0; i < p->network->inputs && good; i++)
        good = add_feed(w, p->network->input[i]);
    if (good && p->data->target.name)
        good = add_feed(w, p->network->target);
    w->program =
        good ? ad_compile(p->network->state, .fetch_list = (ad_tensor **)fetch,
                          .fetch_count = count, .feed_list = w->feed, .feed_count = w->feeds)
             : NULL;
    return w->program;
}

bool page_pass(const page *p, ad_source *source, ad_tensor *const *fetch, int count,
               bool (*take)(void *user, const ad_batch *batch, const ad_array *out), void *user)
{
    pass w = {.feeds = 0};
    ad_batch b = {.count = 0};
    bool good = begin(p, &w, source, fetch, count);
    while (good && ad_batches_next(w.batches, &b) == AD_OK && b.count > 0) {
        ad_array in[FEEDS_MAX], out[PAGE_FETCH_MAX] = {{0}};
        for (int i = 0; i < w.feeds; i++)
            in[i] = b.array[w.field[i]];
        good = ad_run(w.program, in, out) == AD_OK && take(user, &b, out);
    }
    ad_program_free(w.program);
    ad_batches_free(w.batches);
    return good;
}
