/* A readers-writer gate.  Going in and out is one exchange of a number where nobody waits. */
#define _POSIX_C_SOURCE 200809L /* clock_gettime, pthread_condattr_setclock */
#include "base/gate.h"

#include <errno.h>
#include <sched.h>
#include <time.h>

#include "base/clock.h"
#include "base/fork.h"

enum { REVIVING = -1 }; /* as a generation: a thread of the child is at it */

/* What threads wait on.  Setting the computer's clock changes no wait. */
static void init_waiting(struct gate *gate)
{
    pthread_condattr_t steady;
    pthread_condattr_init(&steady);
    pthread_condattr_setclock(&steady, CLOCK_MONOTONIC);
    pthread_mutex_init(&gate->mutex, NULL);
    pthread_cond_init(&gate->change, &steady);
    pthread_condattr_destroy(&steady);
}

void gate_init(struct gate *gate)
{
    *gate = (struct gate){.torn = false};
    atomic_init(&gate->generation, fork_generation());
    init_waiting(gate);
}

/* What threads of another process wait on is not taken down: that could wait for them. */
void gate_done(struct gate *gate)
{
    if (atomic_load(&gate->generation) != fork_generation())
        return;
    pthread_cond_destroy(&gate->change);
    pthread_mutex_destroy(&gate->mutex);
}

/* ---- in a child that was forked off */

static void forget_threads(struct gate *gate)
{
    gate->torn = atomic_load(&gate->inside) < 0;
    atomic_store(&gate->inside, gate->torn ? -1 : 0);
    atomic_store(&gate->closed, 0);
    atomic_store(&gate->asleep, 0);
    atomic_store(&gate->owed, 0);
    gate->readers = 0;
    gate->turns = gate->turn = 0;
    atomic_store(&gate->claim, 0);
    init_waiting(gate);
}

static void revive(struct gate *gate, unsigned now)
{
    unsigned then = atomic_load(&gate->generation);
    while (then != now) {
        if (then == (unsigned)REVIVING) {
            sched_yield();
            then = atomic_load(&gate->generation);
        } else if (atomic_compare_exchange_strong(&gate->generation, &then, (unsigned)REVIVING)) {
            forget_threads(gate);
            atomic_store(&gate->generation, now);
            return;
        }
    }
}

/* ---- going in */

static bool claimed(struct gate *gate)
{
    double end = atomic_load_explicit(&gate->claim, memory_order_relaxed);
    return end != 0 && clock_seconds() < end;
}

static bool one_more(struct gate *gate)
{
    int inside = atomic_load(&gate->inside);
    while (inside >= 0)
        if (atomic_compare_exchange_weak(&gate->inside, &inside, inside + 1))
            return true;
    return false;
}

static bool enter_reading(struct gate *gate)
{
    return atomic_load(&gate->closed) == 0 && !claimed(gate) && one_more(gate);
}

static bool enter_writing(struct gate *gate)
{
    int nobody = 0;
    if (atomic_load(&gate->owed) > 0 || !atomic_compare_exchange_strong(&gate->inside, &nobody, -1))
        return false;
    if (atomic_load_explicit(&gate->claim, memory_order_relaxed) != 0)
        atomic_store(&gate->claim, 0);
    return true;
}

/* One that has not waited: not before writers that wait. */
static bool enter(struct gate *gate, bool write)
{
    return write ? atomic_load(&gate->closed) == 0 && enter_writing(gate) : enter_reading(gate);
}

/* One that waited: where readers are owed, writers that wait come later, and among those the one
 * that came first is the next. */
static bool enter_awake(struct gate *gate, bool write, unsigned turn)
{
    if (write)
        return turn == gate->turn && enter_writing(gate);
    if (atomic_load(&gate->owed) == 0)
        return enter_reading(gate);
    if (!one_more(gate))
        return false;
    atomic_fetch_sub(&gate->owed, 1);
    return true;
}

/* Nobody says when a claim ends, so a reader looks again after a while. */
static void sleep_for_change(struct gate *gate, bool write)
{
    struct timespec end;
    if (write || atomic_load(&gate->claim) == 0 || clock_gettime(CLOCK_MONOTONIC, &end)) {
        pthread_cond_wait(&gate->change, &gate->mutex);
        return;
    }
    end.tv_nsec += (long)(GATE_CLAIM * 1e9);
    if (end.tv_nsec >= 1000000000)
        end.tv_sec++, end.tv_nsec -= 1000000000;
    pthread_cond_timedwait(&gate->change, &gate->mutex, &end);
}

/* asleep is raised before the gate is tried again, and who leaves does so before it looks at
 * asleep: one sees the other. */
static void enter_later(struct gate *gate, bool write)
{
    pthread_mutex_lock(&gate->mutex);
    atomic_fetch_add(&gate->asleep, 1);
    atomic_fetch_add(&gate->closed, write);
    gate->readers += !write;
    unsigned turn = gate->turns;
    gate->turns += write;
    while (!enter_awake(gate, write, turn))
        sleep_for_change(gate, write);
    gate->turn += write;
    gate->readers -= !write;
    if (write && atomic_fetch_sub(&gate->closed, 1) == 1)
        pthread_cond_broadcast(&gate->change);
    atomic_fetch_sub(&gate->asleep, 1);
    pthread_mutex_unlock(&gate->mutex);
}

bool gate_enter(struct gate *gate, bool write, bool wait)
{
    unsigned now = fork_generation();
    if (atomic_load_explicit(&gate->generation, memory_order_acquire) != now)
        revive(gate, now);
    if (enter(gate, write))
        return true;
    if (wait && !gate->torn) {
        enter_later(gate, write);
        return true;
    }
    if (write)
        atomic_store(&gate->claim, clock_seconds() + GATE_CLAIM);
    return false;
}

/* ---- going out */

static void go_out(struct gate *gate, bool write)
{
    if (write)
        atomic_store(&gate->inside, 0);
    else
        atomic_fetch_sub(&gate->inside, 1);
}

void gate_leave(struct gate *gate, bool write)
{
    if (atomic_load(&gate->asleep) == 0) {
        go_out(gate, write);
        if (atomic_load(&gate->asleep) == 0)
            return;
        pthread_mutex_lock(&gate->mutex);
    } else {
        pthread_mutex_lock(&gate->mutex);
        if (write)
            atomic_store(&gate->owed, gate->readers);
        go_out(gate, write);
    }
    pthread_cond_broadcast(&gate->change);
    pthread_mutex_unlock(&gate->mutex);
}

int gate_held(const struct gate *gate)
{
    int inside = atomic_load(&gate->inside);
    return gate->torn ? -2 : inside > 0 ? 1 : inside;
}
