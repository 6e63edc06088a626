/* Two batches go round: one is filled by the thread, the other is in use. */
#include "loader.h"

#include <pthread.h>
#include <stdlib.h>

enum { SLOTS = 2 };

struct loader {
    const ad_dataset *data;
    const int64_t *order;
    int64_t begin, size;
    batch slots[SLOTS];
    int64_t filled, taken; /* batches so far */
    bool in_use, ended, quit;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    pthread_t thread;
};

/* Waits for a free slot; NULL when the loader is given up. */
static batch *free_slot(loader *l)
{
    pthread_mutex_lock(&l->mutex);
    while (!l->quit && l->filled - l->taken + l->in_use >= SLOTS)
        pthread_cond_wait(&l->changed, &l->mutex);
    batch *b = l->quit ? NULL : &l->slots[l->filled % SLOTS];
    pthread_mutex_unlock(&l->mutex);
    return b;
}

static void report(loader *l, bool ended)
{
    pthread_mutex_lock(&l->mutex);
    l->filled += !ended;
    l->ended = ended;
    pthread_cond_broadcast(&l->changed);
    pthread_mutex_unlock(&l->mutex);
}

static void *fill(void *argument)
{
    loader *l = argument;
    int64_t total = ad_dataset_about(l->data)->count;
    for (int64_t at = l->begin; at < total; at += l->size) {
        batch *b = free_slot(l);
        if (!b)
            return NULL;
        b->count = total - at < l->size ? total - at : l->size;
        ad_dataset_batch(l->data, l->order + at, b->count, b->images, b->labels);
        report(l, false);
    }
    report(l, true);
    return NULL;
}

static bool make_slots(loader *l)
{
    const ad_dataset_info *info = ad_dataset_about(l->data);
    size_t pixels = (size_t)(info->height * info->width * info->channels);
    bool good = true;
    for (int i = 0; i < SLOTS; i++) {
        l->slots[i].images = malloc((size_t)l->size * pixels + 1);
        l->slots[i].labels = malloc((size_t)l->size * sizeof *l->slots[i].labels);
        good = good && l->slots[i].images && l->slots[i].labels;
    }
    return good;
}

static void free_parts(loader *l)
{
    for (int i = 0; i < SLOTS; i++) {
        free(l->slots[i].images);
        free(l->slots[i].labels);
    }
    pthread_mutex_destroy(&l->mutex);
    pthread_cond_destroy(&l->changed);
    free(l);
}

static int64_t smaller(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

loader *loader_new(const ad_dataset *data, const int64_t *order, int64_t begin, int64_t size)
{
    loader *l = calloc(1, sizeof *l);
    if (!l)
        return NULL;
    l->data = data;
    l->order = order;
    l->begin = begin;
    l->size = smaller(size, ad_dataset_about(data)->count);
    pthread_mutex_init(&l->mutex, NULL);
    pthread_cond_init(&l->changed, NULL);
    if (make_slots(l) && pthread_create(&l->thread, NULL, fill, l) == 0)
        return l;
    free_parts(l);
    return NULL;
}

const batch *loader_next(loader *l)
{
    pthread_mutex_lock(&l->mutex);
    l->in_use = false;
    pthread_cond_broadcast(&l->changed);
    while (l->filled == l->taken && !l->ended)
        pthread_cond_wait(&l->changed, &l->mutex);
    const batch *b = NULL;
    if (l->filled > l->taken) {
        b = &l->slots[l->taken++ % SLOTS];
        l->in_use = true;
    }
    pthread_mutex_unlock(&l->mutex);
    return b;
}

void loader_free(loader *l)
{
    if (!l)
        return;
    pthread_mutex_lock(&l->mutex);
    l->quit = true;
    pthread_cond_broadcast(&l->changed);
    pthread_mutex_unlock(&l->mutex);
    pthread_join(l->thread, NULL);
    free_parts(l);
}
