/* The printed reference of ops: every op of the table is in it, with its description, its formula,
 * inputs and derivatives; and what ad_ops_text does with buffers of any size. */
#include "test.h"

#include <stdlib.h>
#include <string.h>

#include "op/row.h"

static char *text_of(const char *name)
{
    size_t length = ad_ops_text(name, NULL, 0);
    char *text = malloc(length + 1);
    CHECK_EQ(ad_ops_text(name, text, length + 1), length);
    CHECK_EQ(strlen(text), length);
    return text;
}

/* Something stands behind "    KEY " on a line of its own. */
static bool has(const char *text, const char *key)
{
    char line[32];
    snprintf(line, sizeof line, "\n    %-13s ", key);
    const char *found = strstr(text, line);
    return found && found[strlen(line)] != '\n' && found[strlen(line)] != ' ';
}

static void check_record(const struct op *op, const char *text)
{
    static const char *const keys[] = {"kind", "inputs", "results", "formula", "derivatives"};
    char head[128];
    snprintf(head, sizeof head, "%s: ", op->name);
    if (strncmp(text, head, strlen(head)) || text[strlen(head)] == '\n' || !op->doc || !*op->doc)
        TEST_FAILED("%s: no description", op->name);
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (!has(text, keys[i]))
            TEST_FAILED("%s: no %s in:\n%s", op->name, keys[i], text);
    if (!op->row && (op->in_max != 0) != (op->inputs != NULL))
        TEST_FAILED("%s: its inputs are not named", op->name);
    if (strstr(text, "(null)"))
        TEST_FAILED("%s: something is missing in:\n%s", op->name, text);
}

/* What builds other ops is listed behind the ops. */
static void check_call(const char *list, const char *name)
{
    static const char *const keys[] = {"inputs", "formula", "derivatives"};
    char line[64];
    snprintf(line, sizeof line, "\n  %-22s ", name);
    CHECK_CONTAINS(list, line);
    char *text = text_of(name);
    CHECK_CONTAINS(text, "\n    kind          call\n");
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (!has(text, keys[i]))
            TEST_FAILED("%s: no %s in:\n%s", name, keys[i], text);
    free(text);
}

TEST(every_op_has_a_record)
{
    char *list = text_of(NULL);
    int count = 0;
    for (const struct op *op; (op = op_at(count)); count++) {
        char line[64];
        snprintf(line, sizeof line, "\n  %-22s ", op->name);
        CHECK_CONTAINS(list, line);
        CHECK_STREQ(ad_op_name(count), op->name);
        char *text = text_of(op->name);
        check_record(op, text);
        free(text);
    }
    for (const char *name; (name = ad_op_name(count)); count++)
        check_call(list, name);
    CHECK(ad_op_name(count) == NULL);
    CHECK(ad_op_name(-1) == NULL);
    free(list);
}

TEST(records_of_rows)
{
    char *text = text_of("gelu_tanh");
    CHECK_CONTAINS(text,
                   "formula       v = maximum(minimum(x, 10), -10); y = 0.5 * maximum(x, -10)");
    free(text);
    text = text_of("leaky_relu");
    CHECK_CONTAINS(text, "attribute     slope: number, default 0.01\n");
    CHECK_CONTAINS(text, "gradient      dx = where(x > 0, d, slope * d)\n");
    CHECK_CONTAINS(text, "kinks         x = 0\n");
    CHECK_CONTAINS(text, "range         -1000 to 1000\n");
    CHECK_CONTAINS(text, "source        Maas et al. 2013\n");
    free(text);
    text = text_of("less");
    CHECK_CONTAINS(text, "results       y: bool\n");
    CHECK_CONTAINS(text, "derivatives   none: ");
    free(text);
}

TEST(buffers_of_any_size)
{
    char *whole = text_of("elu"), part[64];
    for (size_t size = 0; size <= sizeof part; size++) {
        memset(part, '#', sizeof part);
        CHECK_EQ(ad_ops_text("elu", part, size), strlen(whole));
        if (size) {
            CHECK_EQ(strlen(part), size - 1);
            CHECK(!strncmp(part, whole, size - 1));
        }
        CHECK(size == sizeof part || part[size] == '#');
    }
    free(whole);
    part[0] = '#';
    CHECK_EQ(ad_ops_text("no such op", part, sizeof part), 0);
    CHECK_STREQ(part, "");
    CHECK_CONTAINS(ad_error(), "no such op");
}

TEST_MAIN
