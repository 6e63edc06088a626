/* Types of columns against labels that a person gave (test/types/labels.txt).
 *
 *     test_types                              the tables of test/types: every column
 *     test_types --tables LABELS FOLDER       others (script/column-types): prints the share */
#include "test.h"

#include <adze/kit.h>

#include <stdlib.h>

enum { COLUMNS_MOST = 128, LINE = 4096 };

typedef struct table {
    char *file, *target, *label[COLUMNS_MOST];
    int columns;
} table;

typedef struct tally {
    int tables, columns, right, known; /* known: wrong, and the label says so */
} tally;

/* ---------------------------------------------------------------- labels */

/* "whole*3" is three of them. */
static bool add_labels(table *t, char *word)
{
    char *times = strchr(word, '*');
    int count = times ? atoi(times + 1) : 1;
    if (times)
        *times = 0;
    for (int i = 0; i < count; i++) {
        if (t->columns == COLUMNS_MOST)
            return false;
        t->label[t->columns++] = word;
    }
    return count > 0;
}

/* FILE [> TARGET]: LABEL... */
static bool read_line(table *t, char *line)
{
    char *colon = strchr(line, ':'), *more, *arrow;
    *t = (table){.columns = 0};
    if (!colon)
        return false;
    *colon = 0;
    arrow = strstr(line, " > ");
    t->file = line;
    t->target = arrow ? arrow + 3 : NULL;
    if (arrow)
        *arrow = 0;
    bool good = true;
    for (char *w = strtok_r(colon + 1, " \n", &more); w; w = strtok_r(NULL, " \n", &more))
        good = add_labels(t, w) && good;
    return good && t->columns > 0;
}

/* ---------------------------------------------------------------- what was found */

static bool begins(const char *text, const char *with)
{
    return text && strncmp(text, with, strlen(with)) == 0;
}

static bool has(const char *text, const char *words)
{
    return text && strstr(text, words);
}

/* What the schema says of a field, in the words of the labels. */
static const char *found_type(const ad_schema_field *f)
{
    if (f->use == AD_USE_NONE && (begins(f->why, "constant") || begins(f->why, "all missing")))
        return "constant";
    if (begins(f->why, "date") || has(f->why, "of date") || has(f->why, "of time"))
        return "date";
    if (has(f->why, "free text"))
        return "text";
    if (f->use == AD_USE_NONE)
        return "id";
    if (f->meaning == AD_MEANS_CLASS)
        return "class";
    return f->meaning == AD_MEANS_WHOLE || begins(f->why, "whole numbers") ? "whole" : "number";
}

/* Fields of one column, NAME or NAME.part, stand together. */
static bool same_column(const ad_schema_field *a, const ad_schema_field *b)
{
    const char *point = strrchr(a->name, '.');
    size_t size = point ? (size_t)(point - a->name) : 0;
    return size && strncmp(a->name, b->name, size + 1) == 0 && strcmp(found_type(a), "date") == 0 &&
           strcmp(found_type(b), "date") == 0;
}

/* "id|text" allows both; "number!class" says that the number is found as a class. */
static bool allows(const char *label, const char *type, bool *known)
{
    size_t size = strlen(type);
    *known = false;
    for (const char *p = label; p; p = strpbrk(p, "|!")) {
        bool wrong = *p == '!';
        p += *p == '|' || wrong;
        if (strncmp(p, type, size) == 0 && (p[size] == 0 || p[size] == '|' || p[size] == '!')) {
            *known = wrong;
            return !wrong;
        }
    }
    return false;
}

static void compare(const table *t, const ad_schema *s, tally *sum, bool all)
{
    int column = 0;
    for (int i = 0; i < s->fields; i++) {
        if (i && same_column(&s->field[i - 1], &s->field[i]))
            continue;
        const char *type = found_type(&s->field[i]);
        const char *label = column < t->columns ? t->label[column] : "nothing";
        bool known, right = allows(label, type, &known);
        sum->right += right;
        sum->known += known;
        column++;
        if (!right && all && !known)
            TEST_FAILED("%s: '%s' is %s, found as %s: %s", t->file, s->field[i].name, label, type,
                        s->field[i].why);
        else if (!right && !all)
            printf("%s: '%s' is %s, found as %s: %s\n", t->file, s->field[i].name, label, type,
                   s->field[i].why ? s->field[i].why : "");
    }
    sum->tables++;
    sum->columns += t->columns;
    if (column != t->columns)
        TEST_FAILED("%s: %d columns, %d labels", t->file, column, t->columns);
}

static void check_table(const char *folder, table *t, tally *sum, bool all)
{
    char path[1024];
    ad_schema *s = NULL;
    snprintf(path, sizeof path, "%s/%s", folder, t->file);
    ad_csv_options o = AD_OPTIONS(ad_csv_options, .path = path);
    if (t->target)
        o.target = (ad_names){1, &t->target};
    if (ad_reader_find("csv")->understand(&o, &s) != AD_OK)
        TEST_FAILED("%s", ad_kit_error());
    else
        compare(t, s, sum, all);
    ad_schema_free(s);
}

static tally check_tables(const char *labels, const char *folder, bool all)
{
    char line[LINE];
    tally sum = {0};
    FILE *file = fopen(labels, "r");
    if (!file)
        TEST_FAILED("cannot read %s", labels);
    while (file && fgets(line, sizeof line, file)) {
        table t;
        if (*line == '#' || *line == '\n')
            continue;
        if (read_line(&t, line))
            check_table(folder, &t, &sum, all);
        else
            TEST_FAILED("%s: no labels in '%s'", labels, line);
    }
    if (file)
        fclose(file);
    return sum;
}

TEST(columns_have_the_types_that_a_person_gives_them)
{
    tally sum = check_tables(ADZE_TEST_DIR "/types/labels.txt", ADZE_TEST_DIR "/types", true);
    CHECK(sum.tables == 14);
    CHECK_EQ(sum.columns, 127);
    CHECK_EQ(sum.right, 125);
    CHECK_EQ(sum.known, 2);
}

int main(int count, char **arguments)
{
    if (count != 4 || strcmp(arguments[1], "--tables") != 0)
        return test_main(count, arguments);
    tally sum = check_tables(arguments[2], arguments[3], false);
    printf("%d tables, %d columns, %d right: %.1f %%\n", sum.tables, sum.columns, sum.right,
           100.0 * sum.right / (sum.columns ? sum.columns : 1));
    return test_failures > 0;
}
