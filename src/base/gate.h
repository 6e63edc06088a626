/* Who may go in: any number of readers, or one writer.
 *
 * Whoever may not is refused at once, or waits.  Nobody who waits is starved: while a writer waits
 * no new reader goes in, after a writer all readers that wait go in before the next one, and
 * writers go in as they came.  A writer that was refused keeps new readers out for GATE_CLAIM
 * seconds, so that one that asks again gets its turn.
 *
 * In a forked child the threads that were inside do not exist: readers are forgotten; where a
 * writer was inside, what the gate guards is half written and the gate stays shut. */
#ifndef BASE_GATE_H
#define BASE_GATE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#define GATE_CLAIM 5e-3

struct gate {
    atomic_int inside;    /* readers; -1: a writer */
    atomic_int closed;    /* writers that wait */
    atomic_int asleep;    /* all that wait */
    atomic_int owed;      /* readers that waited for a writer which has left, and are not in yet */
    int readers;          /* that wait; under the mutex */
    unsigned turns, turn; /* of writers that wait: how many were given, whose it is; likewise */
    _Atomic double claim; /* when the claim of a writer that was refused ends; 0: none */
    atomic_uint generation;
    bool torn; /* a writer was inside when the process was forked off */
    pthread_mutex_t mutex;
    pthread_cond_t change;
};

void gate_init(struct gate *gate);
void gate_done(struct gate *gate);
bool gate_enter(struct gate *gate, bool write, bool wait);
void gate_leave(struct gate *gate, bool write);
/* Who is inside, for messages: 0 nobody, 1 readers, -1 a writer, -2 a writer of the process that
 * this one was forked from. */
int gate_held(const struct gate *gate);

#endif
