/* Progress of a long piece of work.
 *
 *     epoch 3/10  ━━━━━━━━━━━━━━━━────────────  58 %  3 s left  loss 0.412
 *
 * The bar goes only to a terminal that can take it; letters are ASCII unless the locale is UTF-8 by
 * its variables. */
#define _DEFAULT_SOURCE

#include <adze/kit.h>

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "text.h"

enum { BAR = 28, SHORTEST = 8 };

struct ad_progress {
    int fd;
    bool bar, colour, wide_letters;
    bool drawn; /* a bar stands in the last line */
    char *label;
    int64_t total, done;
    double began, last;
    double left; /* seconds, as was said; NaN: by the pace of this piece */
};

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static bool environment_is(const char *name, const char *value)
{
    const char *set = getenv(name);
    return set && strcmp(set, value) == 0;
}

static bool utf8_locale(void)
{
    static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    for (int i = 0; i < 3; i++) {
        const char *set = getenv(names[i]);
        if (set && *set) {
            return strstr(set, "UTF-8") || strstr(set, "utf8") || strstr(set, "UTF8") ||
                   strstr(set, "utf-8");
        }
    }
    return false;
}

ad_progress *ad_progress_new(int fd)
{
    ad_progress *p = calloc(1, sizeof *p);
    if (!p)
        return NULL;
    const char *plain = getenv("NO_COLOR");
    p->fd = fd;
    p->left = NAN;
    p->bar = isatty(fd) && getenv("TERM") && !environment_is("TERM", "dumb");
    p->colour = p->bar && !(plain && *plain);
    p->wide_letters = p->bar && utf8_locale();
    return p;
}

/* Nothing is done about a terminal that went away: progress is not the work. */
static void put(int fd, text_buffer *t)
{
    for (size_t done = 0; !t->failed && done < t->size;) {
        ssize_t wrote = write(fd, t->data + done, t->size - done);
        if (wrote == 0 || (wrote < 0 && errno != EINTR))
            break;
        done += wrote > 0 ? (size_t)wrote : 0;
    }
    text_done(t);
}

static void wipe(ad_progress *p, text_buffer *t)
{
    if (p->drawn)
        text_add(t, "\r\033[K");
    p->drawn = false;
}

static int columns(int fd)
{
    struct winsize size;
    return ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

/* Parts, which two blanks part, in lines of a terminal: what does not fit goes on below. */
static void add_folded(text_buffer *t, const char *words, int width)
{
    int used = 0;
    while (*words) {
        const char *end = strstr(words, "  ");
        size_t size = end ? (size_t)(end - words) : strlen(words);
        int wide = 0;
        for (size_t i = 0; i < size; i++)
            wide += ((unsigned char)words[i] & 0xC0) != 0x80;
        if (used > 0 && used + 2 + wide > width) {
            text_add(t, "\n  ");
            used = 2;
        } else if (used > 0) {
            text_add(t, "  ");
            used += 2;
        }
        text_add_bytes(t, words, size);
        used += wide;
        words += size;
        words += strspn(words, " ");
    }
    text_add(t, "\n");
}

void ad_progress_line(ad_progress *progress, const char *words)
{
    if (!progress)
        return;
    text_buffer t = {0};
    wipe(progress, &t);
    if (progress->bar)
        add_folded(&t, words, columns(progress->fd));
    else
        text_add_format(&t, "%s\n", words);
    put(progress->fd, &t);
}

void ad_progress_free(ad_progress *progress)
{
    if (!progress)
        return;
    text_buffer t = {0};
    wipe(progress, &t);
    put(progress->fd, &t);
    free(progress->label);
    free(progress);
}

void ad_progress_begin(ad_progress *progress, const char *label, int64_t total)
{
    if (!progress)
        return;
    free(progress->label);
    progress->label = text_copy(label);
    progress->total = total;
    progress->done = 0;
    progress->began = seconds();
    progress->last = 0;
    ad_progress_update(progress, 0, NULL);
}

static void add_bar(const ad_progress *p, text_buffer *t, double share, int width)
{
    int full = (int)(share * width);
    text_add(t, p->colour ? "\033[36m" : "");
    text_repeat(t, p->wide_letters ? "\xE2\x94\x81" : "=", full);
    text_add(t, p->colour ? "\033[90m" : "");
    text_repeat(t, p->wide_letters ? "\xE2\x94\x80" : p->colour ? "-" : " ", width - full);
    text_add(t, p->colour ? "\033[0m" : "");
}

static void add_time(text_buffer *t, double left)
{
    if (left < 90)
        text_add_format(t, "  %.0f s left", left);
    else if (left < 5400)
        text_add_format(t, "  %.0f min left", left / 60);
    else
        text_add_format(t, "  %.1f h left", left / 3600);
}

static void add_tail(const ad_progress *p, double share, const char *note, text_buffer *t)
{
    double spent = p->last - p->began, own = spent > 2 ? spent * (1 - share) / share : NAN,
           left = isnan(p->left) ? own : p->left;
    text_add_format(t, " %3.0f %%", 100 * share);
    if (share > 0 && (share < 1 || p->left > 0) && isfinite(left))
        add_time(t, left);
    if (note)
        text_add_format(t, "  %s", note);
}

/* Cut so that the line never wraps: a wrapped bar cannot be wiped.  The bar gives way to words. */
static void draw(ad_progress *p, const char *note)
{
    double share = p->total > 0 ? (double)p->done / (double)p->total : 0;
    text_buffer tail = {0}, line = {0};
    share = share < 1 ? share : 1;
    add_tail(p, share, note, &tail);
    int room = columns(p->fd) - 1 - (int)strlen(p->label) - 2,
        width = room > (int)tail.size ? room - (int)tail.size : 0;
    width = width > BAR ? BAR : width;
    text_add_format(&line, "\r%.*s  ", room > 0 ? 200 : 0, p->label);
    if (room > 0 && width >= SHORTEST) {
        add_bar(p, &line, share, width);
        room -= width;
    }
    text_add_format(&line, "%.*s\033[K", room > 0 ? room : 0, text_words(&tail));
    text_done(&tail);
    p->drawn = true;
    put(p->fd, &line);
}

void ad_progress_left(ad_progress *progress, double seconds)
{
    if (progress)
        progress->left = seconds;
}

bool ad_progress_is_bar(const ad_progress *progress)
{
    return progress && progress->bar;
}

void ad_progress_update(ad_progress *progress, int64_t done, const char *note)
{
    const double pause = 0.1;
    if (!progress || !progress->bar || !progress->label)
        return;
    double now = seconds();
    progress->done = done;
    if (now - progress->last >= pause || done == progress->total) {
        progress->last = now;
        draw(progress, note);
    }
}

void ad_progress_end(ad_progress *progress, const char *note)
{
    if (!progress)
        return;
    text_buffer t = {0};
    wipe(progress, &t);
    text_add_format(&t, "%s%s%s\n", progress->label ? progress->label : "", note ? "  " : "",
                    note ? note : "");
    put(progress->fd, &t);
    free(progress->label);
    progress->label = NULL;
}
