/* A CSV file block by block.  A block is whole rows; whoever of the threads is free takes the next,
 * and what was made of blocks is joined in their order, so nothing depends on who did what. */
#define _POSIX_C_SOURCE 200809L
#include "csv.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "message.h"
#include "utf8.h"

enum {
    BLOCK = 1 << 20,
    SAMPLE = 1 << 18,
    SAMPLE_MOST = 1 << 24,
    ROW_MOST = 1 << 26,
    THREADS_MOST = 32
};

/* A text with CSV_PADDING behind it. */
typedef struct buffer {
    char *text;
    size_t size, room;
} buffer;

struct csv_file {
    char *name;
    stream *in;
    csv_dialect dialect;
    buffer rest;   /* read, and not yet given out */
    bool ended;    /* the stream */
    int64_t lines; /* before rest, until blocks are given out */
    bool by_quote;
};

static bool reserve(buffer *b, size_t size)
{
    if (size + CSV_PADDING <= b->room)
        return true;
    char *text = realloc(b->text, size + CSV_PADDING);
    if (!text)
        return false;
    b->text = text, b->room = size + CSV_PADDING;
    return true;
}

/* Reads size bytes more, fewer at the end. */
static ad_status read_more(csv_file *f, buffer *b, size_t size)
{
    if (!reserve(b, b->size + size))
        return message_no_memory();
    size_t got = stream_read(f->in, b->text + b->size, size);
    b->size += got;
    f->ended = got < size;
    memset(b->text + b->size, 0, CSV_PADDING);
    if (stream_damage(f->in))
        return message_fail(AD_ERROR_FORMAT, "%s: %s\n  fetch or make the file again\n", f->name,
                            stream_damage(f->in));
    return AD_OK;
}

/* ---------------------------------------------------------------- opening */

static ad_status check_encoding(csv_file *f)
{
    unsigned char *p = (unsigned char *)f->rest.text;
    size_t size = f->rest.size;
    if (size >= 2 && ((p[0] == 0xFF && p[1] == 0xFE) || (p[0] == 0xFE && p[1] == 0xFF)))
        return message_fail(
            AD_ERROR_FORMAT,
            "%s: this is UTF-16, not UTF-8\n  convert it: iconv -f UTF-16 -t UTF-8\n", f->name);
    if (size >= 3 && p[0] == 0xEF && p[1] == 0xBB && p[2] == 0xBF) {
        f->rest.size -= 3;
        memmove(p, p + 3, f->rest.size + CSV_PADDING);
    }
    return f->rest.size
               ? AD_OK
               : message_fail(AD_ERROR_FORMAT, "%s: is empty\n  name a file with rows\n", f->name);
}

/* Enough lines to tell names from rows. */
static bool has_lines(const buffer *b)
{
    enum { LINES = 8 };
    const char *p = b->text, *end = p + b->size;
    int lines = 0;
    while (lines < LINES && (p = memchr(p, '\n', (size_t)(end - p)))) {
        p++;
        lines++;
    }
    return lines == LINES || memchr(b->text, '\r', b->size);
}

ad_status csv_open(const char *path, csv_file **file)
{
    ad_status status = AD_OK;
    csv_file *f = calloc(1, sizeof *f);
    *file = NULL;
    if (!f || !(f->name = text_copy(strcmp(path, "-") ? path : "standard input"))) {
        free(f);
        return message_no_memory();
    }
    f->in = stream_open(path, &status);
    do
        if (status == AD_OK)
            status = read_more(f, &f->rest, SAMPLE);
    while (status == AD_OK && !f->ended && f->rest.size < SAMPLE_MOST && !has_lines(&f->rest));
    if (status == AD_OK)
        status = check_encoding(f);
    if (status == AD_OK)
        *file = f;
    else
        csv_close(f);
    return status;
}

void csv_close(csv_file *f)
{
    if (!f)
        return;
    stream_close(f->in);
    free(f->rest.text);
    free(f->name);
    free(f);
}

const char *csv_name(const csv_file *f)
{
    return f->name;
}

void csv_sample(const csv_file *f, const char **text, size_t *size, bool *ended)
{
    *text = f->rest.text;
    *size = f->rest.size;
    *ended = f->ended;
}

bool csv_failed_by_quote(const csv_file *f)
{
    return f->by_quote;
}

/* ---------------------------------------------------------------- what is wrong, with its place */

static ad_status fail_at(csv_file *f, int64_t lines, const char *text, const char *at,
                         ad_status status, const char *words)
{
    int64_t line, column;
    csv_place(text, at, f->dialect.newline, &line, &column);
    return message_fail(status, "%s:%lld:%lld: %s", f->name, (long long)(lines + line + 1),
                        (long long)column, words);
}

bool csv_is_text(const char *bytes, size_t size)
{
    return !utf8_bad_byte(bytes, size);
}

static char *bad_byte_words(const char *at)
{
    if (!*at)
        return text_copy("a zero byte stands in the text\n  is this a table? save it as UTF-8\n");
    return text_format("byte 0x%02X is not UTF-8\n  save the file as UTF-8: iconv -f LATIN1 -t "
                       "UTF-8, where it is Latin 1\n",
                       (unsigned)(unsigned char)*at);
}

static char *scan_words(const csv_scan *s)
{
    if (!s->wrong)
        return NULL;
    return text_format("%s\n  double quotes within quotes, or say quote: none\n", s->wrong);
}

/* ---------------------------------------------------------------- names */

static bool add_name(ad_names *names, char *name)
{
    if (name)
        names->text[names->count++] = name;
    return name != NULL;
}

static bool taken(const ad_names *names, const char *name)
{
    for (int i = 0; i < names->count; i++)
        if (strcmp(names->text[i], name) == 0)
            return true;
    return false;
}

/* The name of a column: its cell without blanks round it; its number where that is empty; with a
 * number behind it where it was there before. */
static char *name_of(const ad_names *names, const table_cell *c, text_buffer *room,
                     ad_schema *notes)
{
    const char *text;
    size_t size;
    int number = names->count + 1;
    if (!cell_text(c, room, &text, &size))
        return NULL;
    for (; size && (*text == ' ' || *text == '\t'); text++)
        size--;
    while (size && (text[size - 1] == ' ' || text[size - 1] == '\t'))
        size--;
    char *name = size ? text_copy_bytes(text, size) : text_format("%d", number);
    if (!size && notes)
        ad_schema_note(notes, "column %d has no name: it is called '%d'", number, number);
    for (int again = 2; name && names->count < 4096 && taken(names, name); again++) {
        char *other = size ? text_format("%.*s.%d", (int)size, text, again)
                           : text_format("%d.%d", number, again);
        free(name);
        name = other;
        if (name && notes && !taken(names, name))
            ad_schema_note(notes, "column %d has the name of another: it is called '%s'", number,
                           name);
    }
    return name;
}

enum { COLUMNS_MOST = 1 << 16 };

static ad_status take_names(csv_file *f, const csv_scan *s, ad_names *names, ad_schema *notes)
{
    text_buffer room = {0};
    bool memory = true;
    if (s->cells > COLUMNS_MOST)
        return message_fail(AD_ERROR_FORMAT,
                            "%s: %d columns; at most %d are read\n  give the delimiter, if these "
                            "are none\n",
                            f->name, s->cells, COLUMNS_MOST);
    names->text = calloc((size_t)s->cells + 2, sizeof *names->text);
    memory = names->text != NULL;
    if (memory && f->dialect.row_names)
        memory = add_name(names, text_copy("row"));
    for (int i = 0; memory && i < s->cells; i++)
        memory = add_name(names, f->dialect.header ? name_of(names, &s->cell[i], &room, notes)
                                                   : text_format("%d", i + 1));
    text_done(&room);
    return memory ? AD_OK : message_no_memory();
}

/* Leaves the first bytes of rest. */
static void pass(csv_file *f, const char *to, int64_t lines)
{
    size_t gone = (size_t)(to - f->rest.text);
    f->rest.size -= gone;
    memmove(f->rest.text, to, f->rest.size + CSV_PADDING);
    f->lines += lines;
}

/* Reads on until the rest holds a whole row, or all. */
static ad_status whole_row(csv_file *f)
{
    ad_status status = AD_OK;
    while (status == AD_OK && !f->ended && f->rest.size < ROW_MOST &&
           !csv_last_row(&f->dialect, f->rest.text, f->rest.size))
        status = read_more(f, &f->rest, f->rest.size + SAMPLE);
    return status;
}

static const char *behind_preamble(const csv_file *f)
{
    const char *p = f->rest.text, *end = p + f->rest.size;
    for (int64_t i = 0; i < f->dialect.preamble; i++) {
        const char *stop = memchr(p, f->dialect.newline, (size_t)(end - p));
        p = stop ? stop + 1 : end;
    }
    return p;
}

static ad_status first_row(csv_file *f, csv_scan *s, ad_names *names, ad_schema *notes)
{
    const char *bad;
    int got = csv_scan_row(s);
    ad_status status = AD_OK;
    if (got < 0 || (bad = utf8_bad_byte(f->rest.text, (size_t)(s->at - f->rest.text)))) {
        char *words = got < 0 ? scan_words(s) : bad_byte_words(bad);
        f->by_quote = got < 0;
        status = words ? fail_at(f, f->lines, f->rest.text, got < 0 ? s->wrong_at : bad,
                                 AD_ERROR_FORMAT, words)
                       : message_no_memory();
        free(words);
        return status;
    }
    if (got == 0)
        return message_fail(AD_ERROR_FORMAT, "%s: has no row\n  name a file with rows\n", f->name);
    return take_names(f, s, names, notes);
}

ad_status csv_begin(csv_file *f, const csv_dialect *d, ad_names *names, ad_schema *notes)
{
    csv_scan s = {0};
    f->dialect = *d;
    *names = (ad_names){0};
    pass(f, behind_preamble(f), d->preamble);
    ad_status status = whole_row(f);
    if (status != AD_OK)
        return status;
    csv_scan_begin(&s, &f->dialect, f->rest.text, f->rest.size, f->ended);
    status = first_row(f, &s, names, notes);
    if (status == AD_OK && d->header)
        pass(f, s.at, s.lines);
    csv_scan_done(&s);
    return status;
}

/* ---------------------------------------------------------------- blocks */

/* What was made of a block. */
typedef struct block {
    int64_t number, lines;
    void *made;
    csv_fault fault;
    int64_t fault_line, fault_column; /* in the block */
    bool failed, by_quote;
    struct block *next;
} block;

typedef struct walk {
    csv_file *file;
    const csv_work *work;
    pthread_mutex_t reading, joining;
    int64_t given, joined; /* blocks */
    bool ended, stop;      /* nothing more is given out */
    ad_status status;      /* of reading, */
    char *words;           /* and its message, which belongs to another thread */
    int64_t lines;         /* of the blocks that were joined */
    block *waiting;        /* made, and not yet joined */
    ad_status failed;      /* of the first block that failed, */
    char *failed_words;    /* and its message */
    bool done;
} walk;

/* Fills b with the next block, rows that are whole; b->size is 0 at the end. */
static ad_status next_block(csv_file *f, buffer *b)
{
    b->size = 0;
    if (!reserve(b, f->rest.size + BLOCK))
        return message_no_memory();
    if (f->rest.size)
        memcpy(b->text, f->rest.text, f->rest.size);
    b->size = f->rest.size;
    f->rest.size = 0;
    memset(b->text + b->size, 0, CSV_PADDING);
    for (;;) {
        ad_status status = b->size < BLOCK && !f->ended ? read_more(f, b, BLOCK - b->size) : AD_OK;
        const char *last = f->ended ? NULL : csv_last_row(&f->dialect, b->text, b->size);
        if (status != AD_OK || f->ended)
            return status;
        if (last) {
            size_t kept = (size_t)(b->text + b->size - last);
            if (!reserve(&f->rest, kept))
                return message_no_memory();
            memcpy(f->rest.text, last, kept);
            f->rest.size = kept;
            b->size -= kept;
            return AD_OK;
        }
        if (b->size >= ROW_MOST)
            return AD_OK; /* make_block refuses it */
        status = read_more(f, b, b->size);
        if (status != AD_OK)
            return status;
    }
}

static void block_failed(walk *w, block *made, const char *text, const char *at, char *words)
{
    made->failed = true;
    made->fault.words = words;
    if (at)
        csv_place(text, at, w->file->dialect.newline, &made->fault_line, &made->fault_column);
}

static void scan_block(walk *w, const buffer *b, csv_scan *s, block *made, int thread)
{
    const csv_work *work = w->work;
    csv_fault fault = {.status = AD_ERROR_FORMAT};
    int got;
    s->most = work->most;
    csv_scan_begin(s, &w->file->dialect, b->text, b->size, true);
    while ((got = csv_scan_row(s)) > 0)
        if (!work->row(work->user, made->made, thread, s, &fault)) {
            made->fault.status = fault.words ? fault.status : AD_ERROR_MEMORY;
            block_failed(w, made, b->text, fault.at, fault.words);
            return;
        }
    made->lines = s->lines;
    if (got < 0) {
        made->fault.status = s->wrong ? AD_ERROR_FORMAT : AD_ERROR_MEMORY;
        made->by_quote = s->wrong != NULL;
        block_failed(w, made, b->text, s->wrong_at, scan_words(s));
    }
}

static block *make_block(walk *w, const buffer *b, int64_t number, csv_scan *s, int thread)
{
    block *made = calloc(1, sizeof *made);
    if (!made)
        return NULL;
    made->number = number;
    made->made = w->work->begin(w->work->user, thread);
    const char *bad = utf8_bad_byte(b->text, b->size);
    bool long_row = b->size >= ROW_MOST && !csv_last_row(&w->file->dialect, b->text, b->size);
    made->fault.status = bad || long_row ? AD_ERROR_FORMAT : AD_ERROR_MEMORY;
    made->by_quote = long_row;
    if (!made->made)
        block_failed(w, made, NULL, NULL, NULL);
    else if (long_row)
        block_failed(w, made, b->text, b->text,
                     text_copy("a row of more than 64 MiB begins here\n  is a quote never closed? "
                               "say quote: none\n"));
    else if (bad)
        block_failed(w, made, b->text, bad, bad_byte_words(bad));
    else
        scan_block(w, b, s, made, thread);
    return made;
}

/* ---------------------------------------------------------------- joining, in order */

static void fail_walk(walk *w, const block *made)
{
    w->done = true;
    w->failed = made->fault.status;
    w->file->by_quote = made->by_quote;
    if (made->fault.words && made->fault_column)
        w->failed_words = text_format("%s:%lld:%lld: %s", w->file->name,
                                      (long long)(w->file->lines + w->lines + made->fault_line + 1),
                                      (long long)made->fault_column, made->fault.words);
    else if (made->fault.words)
        w->failed_words = text_format("%s: %s", w->file->name, made->fault.words);
}

static void join_block(walk *w, block *made)
{
    if (!w->done && made->failed)
        fail_walk(w, made);
    if (!w->done) {
        void *what = made->made;
        made->made = NULL;
        if (!w->work->join(w->work->user, what, w->file->lines + w->lines))
            w->done = true, w->failed = AD_ERROR_MEMORY;
        w->lines += made->lines;
    }
    if (made->made)
        w->work->drop(w->work->user, made->made);
    free(made->fault.words);
    free(made);
}

/* Joins the block, and others that waited for it, or lets it wait. */
static void hand_in(walk *w, block *made)
{
    pthread_mutex_lock(&w->joining);
    made->next = w->waiting;
    w->waiting = made;
    for (block **at = &w->waiting; *at;) {
        block *b = *at;
        if (b->number != w->joined) {
            at = &b->next;
            continue;
        }
        *at = b->next;
        join_block(w, b);
        w->joined++;
        at = &w->waiting;
    }
    bool done = w->done;
    pthread_mutex_unlock(&w->joining);
    if (done) {
        pthread_mutex_lock(&w->reading);
        w->stop = true;
        pthread_mutex_unlock(&w->reading);
    }
}

/* The next block and its number; false where there is none. */
static bool take_block(walk *w, buffer *b, int64_t *number)
{
    pthread_mutex_lock(&w->reading);
    bool more = !w->ended && !w->stop;
    if (more) {
        w->status = next_block(w->file, b);
        if (w->status != AD_OK) {
            w->words = w->status == AD_ERROR_MEMORY ? NULL : text_copy(ad_kit_error());
            more = false;
        }
        w->ended = w->status != AD_OK || w->file->ended;
        *number = more ? w->given++ : 0;
    }
    pthread_mutex_unlock(&w->reading);
    return more;
}

static void no_block(walk *w)
{
    pthread_mutex_lock(&w->reading);
    w->stop = true;
    w->status = AD_ERROR_MEMORY;
    pthread_mutex_unlock(&w->reading);
}

typedef struct worker {
    walk *walk;
    int thread;
} worker;

static void *run(void *of)
{
    worker *me = of;
    buffer b = {0};
    csv_scan s = {0};
    int64_t number;
    while (take_block(me->walk, &b, &number)) {
        block *made = make_block(me->walk, &b, number, &s, me->thread);
        if (!made) {
            no_block(me->walk);
            break;
        }
        hand_in(me->walk, made);
    }
    csv_scan_done(&s);
    free(b.text);
    return NULL;
}

int csv_threads(int asked)
{
    long found = asked > 0 ? asked : sysconf(_SC_NPROCESSORS_ONLN);
    return found < 1 ? 1 : found > THREADS_MOST ? THREADS_MOST : (int)found;
}

/* The caller is thread 0; others come where the file is more than a block. */
static void run_all(walk *w)
{
    pthread_t thread[THREADS_MOST];
    worker workers[THREADS_MOST];
    int started = 1, threads = w->file->ended ? 1 : csv_threads(w->work->threads);
    for (; started < threads; started++) {
        workers[started] = (worker){w, started};
        if (pthread_create(&thread[started], NULL, run, &workers[started]) != 0)
            break;
    }
    workers[0] = (worker){w, 0};
    run(&workers[0]);
    for (int i = 1; i < started; i++)
        pthread_join(thread[i], NULL);
}

ad_status csv_walk(csv_file *f, const csv_work *work)
{
    walk w = {.file = f, .work = work, .status = AD_OK, .failed = AD_OK};
    pthread_mutex_init(&w.reading, NULL);
    pthread_mutex_init(&w.joining, NULL);
    run_all(&w);
    while (w.waiting) { /* behind one that failed */
        block *b = w.waiting;
        w.waiting = b->next;
        w.done = true;
        join_block(&w, b);
    }
    pthread_mutex_destroy(&w.reading);
    pthread_mutex_destroy(&w.joining);
    f->lines += w.lines;
    if (w.failed == AD_OK)
        return w.status == AD_OK ? AD_OK : message_give(w.status, w.words);
    free(w.words);
    return message_give(w.failed, w.failed_words);
}
