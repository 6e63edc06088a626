/* The number of forks that lie between the first process and this one. */
#include "base/fork.h"

#include <pthread.h>
#include <stdatomic.h>

static atomic_uint generation;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void in_child(void)
{
    atomic_fetch_add(&generation, 1);
}

static void ask_to_be_told(void)
{
    (void)pthread_atfork(NULL, NULL, in_child); /* without memory a child does not learn of it */
}

unsigned fork_generation(void)
{
    pthread_once(&once, ask_to_be_told);
    return atomic_load_explicit(&generation, memory_order_relaxed);
}
