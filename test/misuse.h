/* A catalogue of mistakes: every case is run, what the library says is written down, and the whole
 * is compared with a golden file that a person can read.
 *
 *     HEADING("Shapes that do not fit");
 *     BUILD("a product whose inner sizes differ", ad_matmul(x, x));
 *     REFUSED("a thread count below 0", ad_context_new(.threads = -1));
 *     FAILS("a run without a program", ad_run(NULL, NULL, NULL));
 *
 * BUILD begins a fresh graph, computes the expression, and takes the words that ad_state_new or
 * ad_compile then have for it, as a user would meet them.  REFUSED wants NULL, FAILS a status. */
#ifndef MISUSE_H
#define MISUSE_H

#include "test.h"

#include <ctype.h>
#include <stdlib.h>

#include "base/error.h"
#include "one_graph.h"

enum { CASES_MIN = 80, DIFFERENCES_SHOWN = 5, TEXT_MAX = 1 << 17 };

static char catalogue[TEXT_MAX];
static size_t catalogue_length;
static int cases;
static char folder[] = "/tmp/adze-misuse-XXXXXX"; /* where the cases keep their files */

/* ---- the graph of a case */

static ad_dim batch;
static ad_tensor *x, *label, *image;

static void begin_case(void)
{
    begin();
    batch = ad_open(graph, "batch");
    x = ad_feed(graph, "x", AD_F32, AD_SHAPE(batch, 4));
    label = ad_feed(graph, "label", AD_I32, AD_SHAPE(batch));
    image = ad_feed(graph, "image", AD_F32, AD_SHAPE(batch, 8, 8, 3));
    error_clear();
}

/* ---- things that the cases are about */

static ad_tensor *full(ad_type type, ad_shape shape)
{
    return ad_full(graph, type, shape, 1);
}

static ad_tensor *floats(ad_shape shape)
{
    return full(AD_F32, shape);
}

static ad_tensor *integers(ad_shape shape)
{
    return full(AD_I32, shape);
}

/* A tensor of a graph that is gone at the end of the program only. */
static ad_tensor *of_another_graph(void)
{
    static ad_graph *other;
    if (!other)
        other = ad_graph_new(ad_context_new(.threads = 1));
    return ad_full(other, AD_F32, AD_SHAPE(4), 1);
}

static ad_tensor *weight(void)
{
    return ad_variable(graph, "w", floats(AD_SHAPE(4)));
}

static ad_tensor *loss(void)
{
    return ad_mean(ad_square(ad_mul(x, weight())), AD_ALL);
}

/* ---- writing down */

static void write_text(const char *text, size_t length)
{
    if (catalogue_length + length >= TEXT_MAX)
        return;
    memcpy(catalogue + catalogue_length, text, length);
    catalogue_length += length;
    catalogue[catalogue_length] = 0;
}

static void write_line(const char *before, const char *text)
{
    write_text(before, strlen(before));
    write_text(text, strlen(text));
    write_text("\n", 1);
}

/* Past path, where text begins with it: paths differ from machine to machine. */
static const char *skip_path(const char *text, const char *path, const char *stands_for)
{
    size_t length = strlen(path);
    if (strncmp(text, path, length) != 0)
        return text;
    write_text(stands_for, strlen(stands_for));
    return text + length;
}

/* Past the place of a call in a test's source: its folder and the number of its line.  Cases move
 * between the files of this test, misuse_*.h, so these are written down as one. */
static const char *skip_place(const char *text)
{
    static const char moves[] = "misuse_";
    const char *name = skip_path(text, ADZE_TEST_DIR "/", ""), *end = name;
    while (name > text && *end && !isspace((unsigned char)*end) && *end != ':')
        end++;
    if (end > name && strncmp(name, moves, strlen(moves)) == 0)
        write_text("test_misuse.c", strlen("test_misuse.c"));
    else
        write_text(name, (size_t)(end - name));
    if (end > name && *end == ':' && isdigit((unsigned char)end[1])) {
        write_text(":N", 2);
        for (end++; isdigit((unsigned char)*end);)
            end++;
    }
    return end;
}

/* The message with what changes from machine to machine and edit to edit replaced. */
static void write_message(const char *message)
{
    while (*message) {
        const char *rest = skip_place(message);
        if (rest == message)
            rest = skip_path(message, folder, "FOLDER");
        if (rest == message)
            write_text(rest++, 1);
        message = rest;
    }
    write_text("\n", 1);
}

static void heading(const char *text)
{
    write_line(cases ? "\n# " : "# ", text);
}

static void record(const char *name, ad_status status)
{
    cases++;
    if (status == AD_OK)
        TEST_FAILED("case '%s' succeeded", name);
    else if (!*ad_error())
        TEST_FAILED("case '%s' has no message", name);
    write_line("\ncase ", name);
    write_line("  ", ad_status_name(status));
    write_text("  ", 2);
    write_message(status == AD_OK ? "(accepted)" : ad_error());
}

/* ---- the kinds of cases */

/* The first call that has to report a mistake made while building. */
static ad_status refusal_of(ad_tensor *tensor)
{
    state = ad_state_new(graph, 1);
    if (!state)
        return ad_error_status();
    ad_program *p = ad_compile(state, .fetch_list = &tensor, .fetch_count = 1, .training = true);
    ad_status status = p ? AD_OK : ad_error_status();
    ad_program_free(p);
    return status;
}

#define HEADING(text) heading(text)

#define BUILD(name, ...)                           \
    do {                                           \
        begin_case();                              \
        ad_tensor *misuse_result = (__VA_ARGS__);  \
        record((name), refusal_of(misuse_result)); \
        end();                                     \
    } while (0)

#define FAILS(name, ...)               \
    do {                               \
        begin_case();                  \
        record((name), (__VA_ARGS__)); \
        end();                         \
    } while (0)

#define REFUSED(name, ...) FAILS(name, (__VA_ARGS__) ? AD_OK : ad_error_status())

/* ---- the golden file */

static bool update_golden(const char *path)
{
    const char *update = getenv("ADZE_UPDATE_GOLDEN");
    if (!update || strcmp(update, "1") != 0)
        return false;
    FILE *file = fopen(path, "w");
    if (!file) {
        TEST_FAILED("cannot write %s", path);
        return true;
    }
    fwrite(catalogue, 1, catalogue_length, file);
    fclose(file);
    return true;
}

/* The next line of *text, cut off at its end; "(end)" past the last. */
static const char *next_line(char **text)
{
    char *line = *text, *newline = strchr(line, '\n');
    if (!*line)
        return "(end)";
    *text = newline ? newline + 1 : line + strlen(line);
    if (newline)
        *newline = 0;
    return line;
}

static void compare_lines(char *wanted, char *found)
{
    int differences = 0;
    for (int line = 1; (*wanted || *found) && differences < DIFFERENCES_SHOWN; line++) {
        const char *want = next_line(&wanted), *have = next_line(&found);
        if (strcmp(want, have) == 0)
            continue;
        differences++;
        TEST_FAILED("golden line %d\n  wanted %s\n  found  %s", line, want, have);
    }
}

static void compare_golden(const char *path)
{
    static char golden[TEXT_MAX];
    if (update_golden(path))
        return;
    FILE *file = fopen(path, "r");
    if (!file) {
        TEST_FAILED("cannot read %s; ADZE_UPDATE_GOLDEN=1 writes it", path);
        return;
    }
    golden[fread(golden, 1, sizeof golden - 1, file)] = 0;
    fclose(file);
    compare_lines(golden, catalogue);
}

#endif
