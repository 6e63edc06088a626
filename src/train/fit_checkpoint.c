/* Checkpoints of a training: the state in a safetensors file, and where the training stands in its
 * note, with what it belongs to (data, batches), a hash of all values and one of the note itself,
 * so that a file in which a bit has turned is found out.
 *
 * Files are FOLDER/step-00000123.safetensors, and best-00000100.safetensors, the state at the step
 * that was the best.  A checkpoint that speaks of that step is written behind it, and it stays as
 * long as one of the checkpoints that are kept speaks of it.  They are written whole or not at all
 * (io/file.h). */
#define _POSIX_C_SOURCE 200809L

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "io/file.h"
#include "train/fit.h"
#include "train/hash.h"

enum { PATH_SIZE = 4096, NOTE_SIZE = 2048 };

/* ---- the note: "key=value" words; numbers of base 16, which read back as the same bits */

enum note_kind { NOTE_WHOLE, NOTE_REAL, NOTE_BITS };

struct note {
    ad_fit_position at;
    int64_t size, turns, order, drop_last;
    uint64_t fingerprint, seed, hash, check; /* check: of all the others */
};

#define PLAYER_LOSS(i)                                                    \
    {                                                                     \
        "loss" #i, NOTE_REAL, offsetof(struct note, at.player_loss[i]), 0 \
    }
_Static_assert(AD_PLAYERS_MAX == 8, "a row for each player");

#define LIMIT (INT64_C(1) << 53)
static const struct note_field {
    const char *key;
    enum note_kind kind;
    size_t offset;
    int64_t least; /* NOTE_WHOLE: range, to 2^53 */
} note_fields[] = {
    {"step", NOTE_WHOLE, offsetof(struct note, at.step), 0},
    {"epoch", NOTE_WHOLE, offsetof(struct note, at.epoch), 0},
    {"batch", NOTE_WHOLE, offsetof(struct note, at.batch), 0},
    {"loss", NOTE_REAL, offsetof(struct note, at.loss), 0},
    {"examples", NOTE_WHOLE, offsetof(struct note, at.examples), 0},
    {"best", NOTE_REAL, offsetof(struct note, at.best), 0},
    {"best_step", NOTE_WHOLE, offsetof(struct note, at.best_step), -1},
    {"waited", NOTE_WHOLE, offsetof(struct note, at.waited), 0},
#ifdef ADZE_EXTRAS
#define PLATEAU(field, kind)                                                \
    {                                                                       \
        "plateau_" #field, kind, offsetof(struct note, at.plateau.field), 0 \
    }
    PLATEAU(best, NOTE_REAL),
    PLATEAU(seen, NOTE_WHOLE),
    PLATEAU(waited, NOTE_WHOLE),
    PLATEAU(cooling, NOTE_WHOLE),
    PLATEAU(drops, NOTE_WHOLE),
#endif
    PLAYER_LOSS(0),
    PLAYER_LOSS(1),
    PLAYER_LOSS(2),
    PLAYER_LOSS(3),
    PLAYER_LOSS(4),
    PLAYER_LOSS(5),
    PLAYER_LOSS(6),
    PLAYER_LOSS(7),
    {"size", NOTE_WHOLE, offsetof(struct note, size), 1},
    {"turns", NOTE_WHOLE, offsetof(struct note, turns), 1},
    {"order", NOTE_WHOLE, offsetof(struct note, order), 0},
    {"drop_last", NOTE_WHOLE, offsetof(struct note, drop_last), 0},
    {"data", NOTE_BITS, offsetof(struct note, fingerprint), 0},
    {"seed", NOTE_BITS, offsetof(struct note, seed), 0},
    {"hash", NOTE_BITS, offsetof(struct note, hash), 0},
    {"check", NOTE_BITS, offsetof(struct note, check), 0},
};
enum { NOTE_FIELDS = sizeof note_fields / sizeof *note_fields };

/* Left out until a plateau has seen anything. */
static bool of_plateau(const struct note_field *f)
{
#ifdef ADZE_EXTRAS
    return !strncmp(f->key, "plateau", strlen("plateau"));
#else
    return (void)f, false;
#endif
}

/* The first fields of the table. */
static void print_fields(const struct note *note, int fields, char *text, size_t size)
{
    size_t n = 0;
    for (int i = 0; i < fields; i++) {
        const struct note_field *f = &note_fields[i];
        const void *at = (const char *)note + f->offset;
        if (of_plateau(f) && !note->at.plateau.seen)
            continue;
        if (f->kind == NOTE_REAL)
            n += (size_t)snprintf(text + n, size - n, "%s=%a ", f->key, *(const double *)at);
        else if (f->kind == NOTE_WHOLE)
            n += (size_t)snprintf(text + n, size - n, "%s=%" PRId64 " ", f->key,
                                  *(const int64_t *)at);
        else
            n += (size_t)snprintf(text + n, size - n, "%s=%" PRIx64 " ", f->key,
                                  *(const uint64_t *)at);
    }
}

static uint64_t check_of(const struct note *note)
{
    char text[NOTE_SIZE];
    print_fields(note, NOTE_FIELDS - 1, text, sizeof text);
    return hash_bytes(0, text, strlen(text));
}

static void print_note(struct note *note, char *text, size_t size)
{
    note->check = check_of(note);
    print_fields(note, NOTE_FIELDS, text, size);
}

static const char *find_value(const char *text, const char *key)
{
    size_t length = strlen(key);
    for (const char *p = text; p && *p; p = strchr(p, ' ') ? strchr(p, ' ') + 1 : NULL)
        if (!strncmp(p, key, length) && p[length] == '=')
            return p + length + 1;
    return NULL;
}

static ad_status read_field(const char *path, const char *text, const struct note_field *f,
                            struct note *note)
{
    const char *value = find_value(text, f->key);
    char *end = NULL;
    void *to = (char *)note + f->offset;
    if (!value && of_plateau(f))
        return AD_OK;
    if (!value)
        return fail(AD_ERROR_FORMAT, "%s: its note has no %s", path, f->key);
    errno = 0;
    if (f->kind == NOTE_REAL)
        *(double *)to = strtod(value, &end);
    else if (f->kind == NOTE_WHOLE)
        *(int64_t *)to = strtoll(value, &end, 10);
    else
        *(uint64_t *)to = strtoull(value, &end, 16);
    bool whole =
        f->kind != NOTE_WHOLE || (*(int64_t *)to >= f->least && *(int64_t *)to <= LIMIT && !errno);
    if (end == value || (*end && *end != ' ') || !whole)
        return fail(AD_ERROR_FORMAT, "%s: %s=%.20s in its note is no number there can be", path,
                    f->key, value);
    return AD_OK;
}

static ad_status read_note(const char *path, struct note *note)
{
    char text[NOTE_SIZE];
    TRY(ad_file_note(path, text, sizeof text));
    for (int i = 0; i < NOTE_FIELDS; i++)
        TRY(read_field(path, text, &note_fields[i], note));
    return note->check == check_of(note)
               ? AD_OK
               : fail(AD_ERROR_FORMAT, "%s: its note is not the one that was written", path);
}

/* ---- values */

static ad_status hash_state(const ad_state *state, ad_graph *graph, uint64_t *hash)
{
    *hash = hash_word(ad_state_seed(state), (uint64_t)ad_state_step(state));
    for (int i = 0; i < ad_variable_count(graph); i++) {
        ad_array value;
        TRY(ad_get(state, ad_variable_at(graph, i), &value));
        *hash = hash_bytes(*hash, value.data, ad_array_bytes(&value));
    }
    return AD_OK;
}

static ad_graph *graph_of(const struct fit *f)
{
    return ad_tensor_graph(f->o->player[0].step);
}

/* ---- writing */

static ad_status path_of(const struct fit *f, const char *name, char *path)
{
    int n = snprintf(path, PATH_SIZE, "%s/%s", f->o->folder, name);
    return n > 0 && n < PATH_SIZE
               ? AD_OK
               : fail(AD_ERROR_FILE, "the name of the folder is too long: %.60s...", f->o->folder);
}

/* The step in the name of a file, which begins with kind; -1: it is none. */
static int64_t step_of(const char *name, const char *kind)
{
    char *end;
    size_t size = strlen(kind);
    if (strncmp(name, kind, size) || name[size] < '0' || name[size] > '9')
        return -1;
    long long step = strtoll(name + size, &end, 10);
    return step >= 0 && !strcmp(end, ".safetensors") ? step : -1;
}

static const char checkpoint[] = "step-", best[] = "best-";

/* The newest file of that kind before that step, -1. */
static int64_t newest_before(const struct fit *f, const char *kind, int64_t step)
{
    int64_t newest = -1;
    DIR *folder = opendir(f->o->folder);
    for (struct dirent *d = folder ? readdir(folder) : NULL; d; d = readdir(folder)) {
        int64_t found = step_of(d->d_name, kind);
        if (found < step && found > newest)
            newest = found;
    }
    if (folder)
        closedir(folder);
    return newest;
}

static ad_status file_path(const struct fit *f, const char *kind, int64_t step, char *path)
{
    char name[64];
    snprintf(name, sizeof name, "%s%08lld.safetensors", kind, (long long)step);
    return path_of(f, name, path);
}

/* All but the newest .keep go, and what is later than this one: that belongs to a training that was
 * given up, or is not whole. */
static void drop_old(const struct fit *f)
{
    int64_t step = INT64_MAX;
    char path[PATH_SIZE];
    for (int n = 0; (step = newest_before(f, checkpoint, step)) >= 0;)
        if ((step > f->at.step || n++ >= f->o->keep) &&
            file_path(f, checkpoint, step, path) == AD_OK)
            unlink(path);
}

/* Whether a checkpoint that is kept goes on with those weights. */
static bool is_spoken_of(const struct fit *f, int64_t best_step)
{
    int64_t step = INT64_MAX;
    char path[PATH_SIZE];
    bool found = best_step == f->at.best_step;
    while (!found && (step = newest_before(f, checkpoint, step)) >= 0) {
        struct note note = {0};
        found = file_path(f, checkpoint, step, path) == AD_OK && read_note(path, &note) == AD_OK &&
                note.at.best_step == best_step;
    }
    return found;
}

static void drop_old_best(const struct fit *f)
{
    int64_t step = INT64_MAX;
    char path[PATH_SIZE];
    while ((step = newest_before(f, best, step)) >= 0)
        if (!is_spoken_of(f, step) && file_path(f, best, step, path) == AD_OK)
            unlink(path);
}

static ad_status write_state(const struct fit *f, const char *path)
{
    char text[NOTE_SIZE];
    struct note note = {.at = f->at,
                        .size = f->batches->o.size,
                        .turns = f->turns,
                        .order = f->batches->o.order,
                        .drop_last = f->batches->o.drop_last,
                        .fingerprint = f->fingerprint,
                        .seed = f->batches->o.seed};
    TRY(file_make_directories(f->o->folder));
    TRY(hash_state(f->state, graph_of(f), &note.hash));
    print_note(&note, text, sizeof text);
    ad_file_options o = AD_OPTIONS(ad_file_options, .note = text);
    return ad_save(f->state, path, &o);
}

static bool is_stored(const struct fit *f)
{
    const ad_fit_position *a = &f->at, *b = &f->stored;
    return a->step == b->step && a->epoch == b->epoch && a->best_step == b->best_step &&
           a->waited == b->waited;
}

ad_status fit_save(struct fit *f)
{
    char path[PATH_SIZE];
    if (!f->o->folder || is_stored(f))
        return AD_OK;
    TRY(file_path(f, checkpoint, f->at.step, path));
    TRY(write_state(f, path));
    f->saved = clock_seconds();
    f->stored = f->at;
    drop_old(f);
    drop_old_best(f);
    fit_event(f, &(ad_event){.kind = AD_EVENT_CHECKPOINT, .path = path});
    return AD_OK;
}

ad_status fit_save_best(struct fit *f)
{
    char path[PATH_SIZE];
    if (!f->o->folder)
        return AD_OK;
    TRY(file_path(f, best, f->at.step, path));
    TRY(write_state(f, path));
    return fit_save(f); /* so that a checkpoint speaks of these weights */
}

/* ---- going on */

/* Other data or other batches would not be the training that was stopped. */
static ad_status check_same(const struct fit *f, const char *path, const struct note *note)
{
    if (note->fingerprint != f->fingerprint)
        return fail(AD_ERROR_ARGUMENT,
                    "%s belongs to a training with other data; give the data it was made with, or "
                    "begin another training in another folder",
                    path);
    if (note->size != f->batches->o.size || note->seed != f->batches->o.seed ||
        note->turns != f->turns)
        return fail(
            AD_ERROR_ARGUMENT,
            "%s belongs to a training with batches of %lld by seed %llu and %lld turns, not "
            "%lld, %llu and %d",
            path, (long long)note->size, (unsigned long long)note->seed, (long long)note->turns,
            (long long)f->batches->o.size, (unsigned long long)f->batches->o.seed, f->turns);
    if (note->order != (int64_t)f->batches->o.order || note->drop_last != f->batches->o.drop_last)
        return fail(AD_ERROR_ARGUMENT,
                    "%s belongs to a training with another .order or .drop_last of its batches",
                    path);
    return AD_OK;
}

/* Loads into a clone first: the state stays as it is where the file is not whole. */
static ad_status load(const struct fit *f, const char *path, const struct note *note, ad_state *to)
{
    uint64_t hash = 0;
    ad_state *copy = ad_state_clone(f->state);
    if (!copy)
        return ad_error_status();
    ad_file_options o = AD_OPTIONS(ad_file_options);
    ad_status status = ad_load(copy, path, &o);
    if (status == AD_OK)
        status = hash_state(copy, graph_of(f), &hash);
    if (status == AD_OK && hash != note->hash)
        status = fail(AD_ERROR_FORMAT, "%s: its values are not those that were written", path);
    if (status == AD_OK)
        status = ad_state_copy(to, copy);
    ad_state_free(copy);
    return status;
}

static ad_status load_best(struct fit *f, int64_t step)
{
    char path[PATH_SIZE];
    struct note note = {0};
    if (!f->o->keep_best || step < 0)
        return AD_OK;
    TRY(file_path(f, best, step, path));
    TRY(read_note(path, &note));
    if (!f->best && !(f->best = ad_state_clone(f->state)))
        return ad_error_status();
    return load(f, path, &note, f->best);
}

/* A checkpoint, and the best weights that it speaks of. */
static ad_status load_all(struct fit *f, const char *path, const struct note *note)
{
    TRY(load_best(f, note->at.best_step));
    return load(f, path, note, f->state);
}

/* A bit that turned in its header may make it a file of other variables too; where all are of
 * another graph, the last failure says so. */
static bool is_broken(ad_status status)
{
    return status == AD_ERROR_FORMAT || status == AD_ERROR_FILE || status == AD_ERROR_SHAPE ||
           status == AD_ERROR_TYPE || status == AD_ERROR_ARGUMENT;
}

/* One that is not there has no checkpoint; one that cannot be read may have. */
static ad_status check_folder(const char *path)
{
    DIR *folder = opendir(path);
    int why = errno;
    if (folder)
        closedir(folder);
    return folder || why == ENOENT ? AD_OK
                                   : fail_system(AD_ERROR_FILE, why, "%s cannot be read", path);
}

/* A folder without a checkpoint begins a training; one in which none is whole does not. */
ad_status fit_resume(struct fit *f, bool *found)
{
    char path[PATH_SIZE], words[ERROR_TEXT_MAX];
    ad_status last = AD_OK;
    *found = false;
    TRY(check_folder(f->o->folder));
    for (int64_t step = newest_before(f, checkpoint, INT64_MAX); step >= 0;
         step = newest_before(f, checkpoint, step)) {
        struct note note = {0};
        TRY(file_path(f, checkpoint, step, path));
        ad_status status = read_note(path, &note);
        if (status == AD_OK)
            TRY(check_same(f, path, &note));
        status = status == AD_OK ? load_all(f, path, &note) : status;
        if (status == AD_OK) {
            f->at = note.at;
            *found = true;
            return AD_OK;
        }
        if (!is_broken(status))
            return status;
        last = status;
        error_copy(words, sizeof words);
        fit_event(f, &(ad_event){.kind = AD_EVENT_PASSED, .path = path});
    }
    return last == AD_OK ? AD_OK : fail(last, "%s", words);
}
