/* Mistakes that people make in configurations, made by the hundred: one edit in each key, word,
 * layer, block and argument; right keys at the wrong level; names of other tools; wrong types; keys
 * given twice; broken YAML; all of it by --set too.  Each is refused, the first mistake of the
 * report stands where the mutation was made, and the first suggestion is the word that was there.
 *
 * mutations/files.h has the good files, foreign.def and cases.def what people would write and
 * expect.  ADZE_SOAK=1 makes 4,000 more by another seed and prints their shares; ADZE_SHOW=1 prints
 * each that is not as wanted. */
#include "configuration_main.h"
#include "test.h"

#include <adze/kit.h>

#include <ctype.h>

#include "../kit/model.h"
#include "../kit/row.h"
#include "../kit/suggest.h"
#include "mutations/files.h"
#include "random.h"

enum { TEXT = 8192, WORD_SIZE = 120, TOKENS = 200, FILES = sizeof good_files / sizeof *good_files };

typedef struct token {
    char role; /* 'k' key, '=' word, '-' layer, '@' block, '$' argument, '%' '~' '!' values */
    size_t at; /* of the word in the text */
    char word[WORD_SIZE];
} token;

typedef struct plain {
    char text[TEXT];
    token token[TOKENS];
    int count;
} plain;

/* A mutation: what is read, and what is wanted of the report. */
typedef struct mutation {
    char text[TEXT], setting[WORD_SIZE * 2], expected[WORD_SIZE];
    int line, from, to; /* columns that count as the place */
} mutation;

typedef enum group {
    TYPOS,
    LEVELS,
    FOREIGN_NAMES,
    TYPES,
    TWICE,
    SYNTAX,
    SETTINGS,
    CASES,
    GROUPS
} group;

static const char *const group_names[GROUPS] = {"typos",       "wrong level", "foreign names",
                                                "wrong types", "given twice", "broken YAML",
                                                "settings",    "whole cases"};

typedef struct tally {
    int all, refused, placed, right;
} tally;

/* ---------------------------------------------------------------- texts */

static plain files[FILES];

/* Takes the marks out. */
static void read_marks(const char *marked, plain *p)
{
    size_t size = 0;
    *p = (plain){.count = 0};
    for (const char *c = marked; *c; c++) {
        if (*c == '<') {
            token *t = &p->token[p->count++];
            t->role = strchr("=-@$%~!", c[1]) ? *++c : 'k';
            if (t->role == '$')
                p->text[size++] = '$';
            t->at = size;
            size_t length = strcspn(c + 1, ">");
            memcpy(t->word, c + 1, length);
        } else if (*c != '>') {
            p->text[size++] = *c;
        }
    }
}

static void place_at(mutation *m, size_t at)
{
    size_t start = at;
    while (start > 0 && m->text[start - 1] != '\n')
        start--;
    m->line = 1;
    for (size_t i = 0; i < start; i++)
        m->line += m->text[i] == '\n';
    m->from = m->to = (int)(at - start) + 1;
}

/* Any column of the line. */
static void place_in_line(mutation *m, size_t at)
{
    place_at(m, at);
    m->from = 1;
    m->to = (int)strcspn(m->text + at, "\n") + m->to;
}

/* The text with `size` bytes at `at` replaced. */
static void splice(mutation *m, const char *text, size_t at, size_t size, const char *by)
{
    snprintf(m->text, sizeof m->text, "%.*s%s%s", (int)at, text, by, text + at + size);
}

static void expect(mutation *m, const char *format, const char *word)
{
    snprintf(m->expected, sizeof m->expected, format, word);
}

/* by with its <mark> taken out; returns where it was. */
static size_t unmark(const char *by, char *out)
{
    const char *open = strchr(by, '<'), *close = strrchr(by, '>');
    sprintf(out, "%.*s%.*s%s", (int)(open - by), by, (int)(close - open - 1), open + 1, close + 1);
    return (size_t)(open - by);
}

/* In place of the comment "#? NAME" of the file that has it; false where none has. */
static bool put_in(mutation *m, const char *name, const char *marked)
{
    char mark[WORD_SIZE], by[TEXT];
    snprintf(mark, sizeof mark, "#? %s\n", name);
    size_t shift = unmark(marked, by);
    for (int i = 0; i < FILES; i++) {
        const char *found = strstr(files[i].text, mark);
        if (found) {
            size_t at = (size_t)(found - files[i].text);
            splice(m, files[i].text, at, strlen(mark) - 1, by);
            place_at(m, at + shift);
            return true;
        }
    }
    return false;
}

/* ---------------------------------------------------------------- words that are taken */

static bool has_word(const char *list, const char *word)
{
    size_t size = strlen(word);
    for (const char *p = list; p && *p; p += strcspn(p, " "), p += *p == ' ')
        if (strcspn(p, " ") == size && memcmp(p, word, size) == 0)
            return true;
    return false;
}

static bool record_has(const ad_record *r, const char *word)
{
    bool found = strcmp(r->name, word) == 0;
    for (int i = 0; i < r->options; i++)
        found = found || strcmp(r->option[i].name, word) == 0 || has_word(r->option[i].words, word);
    return found;
}

static const config_rows *rows;

/* Some name of the language: as a typo it would mean something else. */
static bool taken(const char *word)
{
    static const ad_records kinds[] = {ad_layer_at,       ad_optimizer_at, ad_loss_at,
                                       ad_schedule_at,    ad_task_at,      ad_reader_at,
                                       ad_augmentation_at};
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++)
        for (int i = 0; kinds[k](i); i++)
            if (record_has(kinds[k](i), word))
                return true;
    for (int i = 0; structure_at(i); i++)
        if (record_has(&structure_at(i)->record, word) || has_word(structure_at(i)->lists, word))
            return true;
    for (int i = 0; i < rows->count; i++)
        if (strcmp(row_name(&rows->row[i]), word) == 0 || has_word(rows->row[i].option.words, word))
            return true;
    return has_word("name from arguments layers", word);
}

/* ---------------------------------------------------------------- one edit */

static void edit(uint64_t *state, const char *word, char *out)
{
    int size = (int)strlen(word), at = random_below(state, size), kind = random_below(state, 4);
    char letter = (char)('a' + random_below(state, 26));
    memcpy(out, word, (size_t)size + 1);
    if (kind == 0) {
        memmove(out + at + 1, out + at, (size_t)(size - at) + 1);
        out[at] = letter;
    } else if (kind == 1) {
        memmove(out + at, out + at + 1, (size_t)(size - at));
    } else if (kind == 2) {
        out[at] = letter;
    } else if (at + 1 < size) {
        out[at] = word[at + 1];
        out[at + 1] = word[at];
    }
}

/* One edit away, and no other name. */
static bool make_typo(uint64_t *state, const char *word, char *out)
{
    for (int i = 0; i < 100; i++) {
        edit(state, word, out);
        if (*out && strcmp(out, word) != 0 && !taken(out) && out[0] != '.' &&
            out[strlen(out) - 1] != '.')
            return true;
    }
    return false;
}

static bool is_name(const token *t)
{
    return strchr("k=-@$", t->role);
}

static bool typo(uint64_t *state, const plain *p, const token *t, mutation *m)
{
    char wrong[WORD_SIZE + 2];
    if (!is_name(t) || !make_typo(state, t->word, wrong))
        return false;
    splice(m, p->text, t->at, strlen(t->word), wrong);
    place_at(m, t->at - (t->role == '$'));
    expect(m, "%s", t->word);
    return true;
}

/* ---------------------------------------------------------------- values */

static bool wrong_type(uint64_t *state, const plain *p, const token *t, mutation *m)
{
    static const char *const whole[] = {"many", "1.5",   "[1, 2]", "{a: 1}",
                                        "-5",   "1e300", "10k",    "ten"};
    static const char *const number[] = {"fast",  "[1, 2]", "{a: 1}", "1e-3x",
                                         "0.1.2", "-1e20",  "'0.1 '"};
    static const char *const truth[] = {"maybe", "2", "[yes]", "{a: 1}", "enabled"};
    static const char *const word[] = {"[a]", "{a: 1}", "12345"};
    static const struct {
        char role;
        const char *const *values;
        int count;
        const char *expected;
    } kinds[] = {{'%', whole, 8, "!whole number"},
                 {'~', number, 7, "!number"},
                 {'!', truth, 5, "!true or false"},
                 {'=', word, 3, "!write"}};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (kinds[i].role != t->role)
            continue;
        splice(m, p->text, t->at, strlen(t->word),
               kinds[i].values[random_below(state, kinds[i].count)]);
        place_at(m, t->at);
        expect(m, "%s", kinds[i].expected);
        return strstr(p->text, "- ") == NULL || t->role != '=' || p->text[t->at - 2] == ':';
    }
    return false;
}

/* ---------------------------------------------------------------- keys given twice */

static bool starts_line(const plain *p, const token *t)
{
    size_t at = t->at;
    while (at > 0 && p->text[at - 1] == ' ')
        at--;
    return at == 0 || p->text[at - 1] == '\n';
}

static bool twice(const plain *p, const token *t, mutation *m)
{
    char by[TEXT];
    size_t line = strcspn(p->text + t->at, "\n");
    size_t size = strlen(t->word), value = strcspn(p->text + t->at, ",}\n[");
    if (t->role != 'k' || p->text[t->at + size + 1] != ' ')
        return false;
    if (starts_line(p, t)) {
        int indent = 0;
        while ((size_t)indent < t->at && p->text[t->at - (size_t)indent - 1] == ' ')
            indent++;
        snprintf(by, sizeof by, "%.*s\n%*s", (int)line, p->text + t->at, indent, "");
    } else if (strchr(",}", p->text[t->at + value])) {
        snprintf(by, sizeof by, "%.*s, ", (int)value, p->text + t->at);
    } else {
        return false;
    }
    splice(m, p->text, t->at, 0, by);
    place_at(m, t->at + strlen(by));
    expect(m, "%s", "!keep one");
    return true;
}

/* ---------------------------------------------------------------- broken YAML */

enum { BREAKS = 9 };

/* There a comma is between two items, which without it are one item of two words. */
static bool in_brackets(const char *text, size_t size)
{
    int open = 0;
    for (size_t i = 0; i < size; i++)
        open += (text[i] == '[') - (text[i] == ']');
    return open > 0;
}

/* Of a line "  key: value" that begins at the token, or "  - layer" one blank and a dash later. */
static bool break_line(const plain *p, const token *t, int kind, mutation *m)
{
    size_t size = strlen(t->word), line = strcspn(p->text + t->at, "\n"), start = t->at,
           end = t->at + line;
    while (start > 0 && p->text[start - 1] != '\n')
        start--;
    bool key = t->role == 'k' && starts_line(p, t) && line > size + 1;
    bool item =
        t->role == '-' && t->at >= start + 2 && strspn(p->text + start, " ") + 2 == t->at - start;
    size_t open = strcspn(p->text + t->at, "{\n"), comma = strcspn(p->text + t->at, ",\n");
    bool flow = open < line && p->text[end - 1] == '}',
         first = start == 0 || p->text[start - 2] == ':';
    const char *expected = NULL;
    if (kind == 0 && key && t->at > start)
        splice(m, p->text, start, t->at - start, "\t"), expected = "!tab";
    else if (kind == 1 && key)
        splice(m, p->text, t->at + size, 1, ""), expected = "!key: value";
    else if (kind == 2 && key && !flow)
        splice(m, p->text, t->at + size + 1, 1, ""), expected = "!space after the colon";
    else if (kind == 3 && key)
        splice(m, p->text, t->at + size, 1, " ="), expected = "!key: value";
    else if (kind == 4 && key && !first)
        splice(m, p->text, start, 0, " "), expected = "!column|indent";
    else if (kind == 5 && key && t->at > start + 1 && !first)
        splice(m, p->text, start, 1, ""), expected = "!column|indent";
    else if (kind == 6 && item && !first)
        splice(m, p->text, t->at - 2, 2, ""), expected = "!'- '";
    else if (kind == 7 && flow)
        splice(m, p->text, end - 1, 1, ""), expected = "!}";
    else if (kind == 8 && flow && comma > open && comma < line &&
             !in_brackets(p->text + t->at, comma))
        splice(m, p->text, t->at + comma, 1, ""), expected = "!comma";
    if (!expected)
        return false;
    place_in_line(m, start);
    expect(m, "%s", expected);
    return true;
}

/* ---------------------------------------------------------------- wrong level */

/* Keys of sections with their values, as they stand in the files. */
typedef struct setting {
    char path[WORD_SIZE], value[WORD_SIZE];
} setting;

static setting known[400];
static int known_count;

static void read_settings(const plain *p)
{
    char path[8][WORD_SIZE] = {{0}}, above[WORD_SIZE];
    for (int i = 0; i < p->count; i++) {
        const token *t = &p->token[i];
        size_t start = t->at, size = strlen(t->word);
        while (start > 0 && p->text[start - 1] == ' ')
            start--;
        if (t->role != 'k' || !starts_line(p, t))
            continue;
        int depth = (int)(t->at - start) / 2;
        memcpy(above, path[depth], WORD_SIZE);
        snprintf(path[depth + 1], WORD_SIZE, "%.50s%s%.50s", above, depth ? "." : "", t->word);
        const char *rest = p->text + t->at + size + 1;
        bool section = strncmp(path[depth + 1], "data.", 5) == 0 ||
                       strncmp(path[depth + 1], "train.", 6) == 0 ||
                       strncmp(path[depth + 1], "input.", 6) == 0 ||
                       strcmp(path[depth + 1], "task") == 0;
        if (!section || *rest != ' ' || known_count >= 400)
            continue;
        setting *s = &known[known_count++];
        memcpy(s->path, path[depth + 1], WORD_SIZE);
        snprintf(s->value, WORD_SIZE, "%.*s", (int)strcspn(rest + 1, "\n"), rest + 1);
    }
}

static const char *last_of(const char *path)
{
    const char *dot = strrchr(path, '.');
    return dot ? dot + 1 : path;
}

/* Names that several sections have, of which none is nearer. */
static bool ambiguous(const char *path)
{
    return has_word("method", last_of(path)) ||
           has_word("train.checkpoint.epochs data.seed data.sqlite", path);
}

static bool wrong_level(const setting *s, int where, mutation *m)
{
    static const char *const places[][2] = {{"top", ""},
                                            {"data", "data"},
                                            {"input", "input"},
                                            {"train", "train"},
                                            {"optimizer", "train.optimizer"},
                                            {"schedule", "train.schedule"},
                                            {"early_stopping", "train.early_stopping"},
                                            {"checkpoint", "train.checkpoint"}};
    char path[WORD_SIZE * 2], line[WORD_SIZE * 3];
    const char *section = places[where % 8][1], *name = last_of(s->path);
    snprintf(path, sizeof path, "%s%s%s", section, *section ? "." : "", name);
    if (ambiguous(s->path) || rows_find(rows, path) >= 0 || rows_find(rows, s->path) < 0)
        return false;
    snprintf(line, sizeof line, "<%s>: %s", name, s->value);
    expect(m, "%s", s->path);
    return put_in(m, places[where % 8][0], line);
}

/* ---------------------------------------------------------------- settings */

static const char base[] = "data: {format: digits}\nmodel: [flatten, linear: {out: 10}]\n";

static void set(mutation *m, const char *marked)
{
    char out[TEXT];
    size_t at = unmark(marked, out);
    snprintf(m->setting, sizeof m->setting, "%.200s", out);
    memcpy(m->text, base, sizeof base);
    m->line = 1;
    m->from = m->to = (int)at + 1;
    if (at < strcspn(out, "="))
        m->from = 1;
}

/* One edit anywhere in the path of a row. */
static bool setting_typo(uint64_t *state, const config_row *row, mutation *m)
{
    char wrong[WORD_SIZE + 2], marked[WORD_SIZE * 2];
    if (row->kind != ROW_OPTION || !make_typo(state, row->path, wrong) ||
        rows_find(rows, wrong) >= 0)
        return false;
    snprintf(marked, sizeof marked, "<%s>=1", wrong);
    set(m, marked);
    expect(m, "%s", row->path);
    return true;
}

/* ---------------------------------------------------------------- reports */

static const char *next_line(const char *p)
{
    p += strcspn(p, "\n");
    return p + (*p == '\n');
}

typedef struct first_mistake {
    int line, column;
    char what[2000], cure[4000];
} first_mistake;

/* What the report says first. */
static void read_report(const char *words, first_mistake *f)
{
    *f = (first_mistake){.line = 0};
    snprintf(f->what, sizeof f->what, "%.*s", (int)strcspn(words, "\n"), words);
    const char *body = next_line(words);
    bool shown = sscanf(words, "run.yaml:%d:%d:", &f->line, &f->column) == 2;
    if (strncmp(words, "--set", 5) == 0) {
        const char *mark = next_line(body) + strlen("     | ");
        f->line = 1;
        f->column = (int)strspn(mark, " ") + 1;
        shown = mark[strspn(mark, " ")] == '^';
    }
    body = shown ? next_line(next_line(body)) : body;
    for (; strncmp(body, "  ", 2) == 0; body = next_line(body)) {
        size_t size = strlen(f->cure);
        snprintf(f->cure + size, sizeof f->cure - size, "%s%.*s", size ? " " : "",
                 (int)strcspn(body + 2, "\n"), body + 2);
    }
}

/* The name that the cure proposes first, "" where it lists some or proposes none. */
static void proposed(const char *cure, char *name)
{
    static const char *const leads[] = {"did you mean '$", "did you mean '", "did you mean ",
                                        "its place is "};
    *name = 0;
    for (size_t i = 0; i < sizeof leads / sizeof *leads; i++) {
        const char *p = strstr(cure, leads[i]);
        if (!p)
            continue;
        p += strlen(leads[i]);
        snprintf(name, WORD_SIZE, "%.*s", (int)strcspn(p, "'? ,;:"), p);
        return;
    }
}

/* Calls of the kind "a|b": whether one of them is in text, or is text. */
static bool one_of(const char *list, const char *text, bool whole)
{
    char word[WORD_SIZE];
    for (const char *p = list; *p; p += strcspn(p, "|"), p += *p == '|') {
        snprintf(word, sizeof word, "%.*s", (int)strcspn(p, "|"), p);
        if (whole ? strcmp(word, text) == 0 : strstr(text, word) != NULL)
            return true;
    }
    return false;
}

static bool suggests(const first_mistake *f, const char *expected)
{
    char name[WORD_SIZE];
    if (*expected == '!')
        return one_of(expected + 1, f->cure, false);
    if (*expected == '?')
        return (strstr(f->what, "not there") || strstr(f->cure, "not there")) &&
               one_of(expected + 1, f->cure, false);
    proposed(f->cure, name);
    return one_of(expected, name, true);
}

/* ---------------------------------------------------------------- measuring */

static void measure(const mutation *m, group g, tally tallies[GROUPS])
{
    const char *settings[] = {m->setting};
    ad_config *config = NULL;
    first_mistake f;
    ad_status status =
        ad_config_parse("run.yaml", m->text, strlen(m->text), settings, *m->setting != 0, &config);
    bool refused = status == AD_ERROR_FORMAT;
    read_report(refused ? ad_kit_error() : "", &f);
    bool placed = f.line == m->line && f.column >= m->from && f.column <= m->to;
    bool right = suggests(&f, m->expected);
    ad_config_free(config);
    tallies[g].all++;
    tallies[g].refused += refused;
    tallies[g].placed += placed;
    tallies[g].right += right;
    if (getenv("ADZE_SHOW") && !(refused && placed && right))
        printf("---- %s: wanted %d:%d..%d %s, %s%s%s\n%s%s\n", group_names[g], m->line, m->from,
               m->to, m->expected, refused ? "" : "TAKEN ", placed ? "" : "PLACE ",
               right ? "" : "WORD", m->setting, refused ? ad_kit_error() : m->text);
}

static tally print_tallies(const char *title, const tally tallies[GROUPS])
{
    tally sum = {0};
    printf("%s\n%-16s %6s %9s %9s %9s\n", title, "", "all", "refused", "place", "word");
    for (int g = 0; g <= GROUPS; g++) {
        const tally *t = g < GROUPS ? &tallies[g] : &sum;
        double share = t->all ? 100.0 / t->all : 0;
        if (t->all)
            printf("%-16s %6d %8.2f%% %8.2f%% %8.2f%%\n", g < GROUPS ? group_names[g] : "together",
                   t->all, t->refused * share, t->placed * share, t->right * share);
        if (g < GROUPS) {
            sum.all += t->all;
            sum.refused += t->refused;
            sum.placed += t->placed;
            sum.right += t->right;
        }
    }
    return sum;
}

/* ---------------------------------------------------------------- tables */

typedef struct table_row {
    const char *place, *line, *expected;
} table_row;

static const table_row foreign[] = {
#define FOREIGN(place, line, expected) {#place, line, expected},
#include "mutations/foreign.def"
#include "mutations/foreign_later.def"
#undef FOREIGN
};

static const table_row wholes[] = {
#define WHOLE(text, expected) {NULL, text, expected},
#define SETTING(text, expected)
#include "mutations/cases.def"
#undef WHOLE
#undef SETTING
};

static const table_row settings[] = {
#define WHOLE(text, expected)
#define SETTING(text, expected) {NULL, text, expected},
#include "mutations/cases.def"
#undef WHOLE
#undef SETTING
};

#define COUNT(table) (sizeof table / sizeof *table)

static mutation one; /* too large for a stack */

static mutation *fresh(void)
{
    one = (mutation){.line = 0};
    return &one;
}

static void measure_tables(tally t[GROUPS])
{
    for (size_t i = 0; i < COUNT(foreign); i++) {
        mutation *m = fresh();
        expect(m, "%s", foreign[i].expected);
        CHECK(put_in(m, foreign[i].place, foreign[i].line));
        measure(m, FOREIGN_NAMES, t);
    }
    for (size_t i = 0; i < COUNT(wholes); i++) {
        mutation *m = fresh();
        size_t at = unmark(wholes[i].line, m->text);
        place_at(m, at);
        expect(m, "%s", wholes[i].expected);
        measure(m, CASES, t);
    }
    for (size_t i = 0; i < COUNT(settings); i++) {
        mutation *m = fresh();
        set(m, settings[i].line);
        expect(m, "%s", settings[i].expected);
        measure(m, SETTINGS, t);
    }
}

/* ---------------------------------------------------------------- tests */

static bool begin(void)
{
    if (!rows)
        rows = rows_new();
    known_count = 0;
    for (int i = 0; i < FILES; i++) {
        read_marks(good_files[i], &files[i]);
        read_settings(&files[i]);
    }
    return rows;
}

TEST(good_files_are_good)
{
    REQUIRE(begin());
    for (int i = 0; i < FILES; i++) {
        ad_config *config = NULL;
        if (ad_config_parse("run.yaml", files[i].text, strlen(files[i].text), NULL, 0, &config) !=
            AD_OK)
            TEST_FAILED("file %d: %s", i, ad_kit_error());
        ad_config_free(config);
    }
}

/* ---- what is said not to be there is not there */

enum { KEY, LAYER, LAYER_KEY, LAYER_WORD, AUGMENTATION, WORD_OF };

typedef struct absent {
    int kind;
    const char *where, *words;
} absent;

static const absent absents[] = {
#define WORD WORD_OF
#define NOT_THERE(kind, where, words, advice) {kind, where, words},
#include "../kit/not_there.def"
#undef NOT_THERE
#undef WORD
};

static bool known_as(ad_records list, const char *word)
{
    for (int i = 0; list(i); i++)
        if (suggest_called(list(i)->name, word) || suggest_called(list(i)->also, word))
            return true;
    return false;
}

static bool known_row(const char *word)
{
    for (int i = 0; i < rows->count; i++)
        if (suggest_called(row_name(&rows->row[i]), word) ||
            suggest_called(rows->row[i].also, word))
            return true;
    return false;
}

static bool is_there(const absent *a, const char *word)
{
    int row = a->kind == WORD_OF ? rows_find(rows, a->where) : -1;
    return (a->kind == KEY && !a->where && known_row(word)) ||
           (a->kind == LAYER && known_as(ad_layer_at, word)) ||
           (a->kind == AUGMENTATION && known_as(ad_augmentation_at, word)) ||
           (row >= 0 && known_as(rows->row[row].section->records, word));
}

/* As the language grows, words of the table become names of it. */
TEST(what_is_said_not_to_be_there)
{
    REQUIRE(begin());
    for (size_t i = 0; i < sizeof absents / sizeof *absents; i++) {
        char word[64];
        CHECK(absents[i].kind != WORD_OF || rows_find(rows, absents[i].where) >= 0);
        for (const char *p = absents[i].words; *p; p += strcspn(p, " "), p += *p == ' ') {
            snprintf(word, sizeof word, "%.*s", (int)strcspn(p, " "), p);
            if (is_there(&absents[i], word))
                TEST_FAILED("'%s' is there", word);
        }
    }
}

static void measure_file(uint64_t *state, const plain *p, tally t[GROUPS])
{
    for (int i = 0; i < p->count; i++) {
        if (typo(state, p, &p->token[i], fresh()))
            measure(&one, TYPOS, t);
        if (i % 2 == 0 && wrong_type(state, p, &p->token[i], fresh()))
            measure(&one, TYPES, t);
        if (i % 5 == 0 && twice(p, &p->token[i], fresh()))
            measure(&one, TWICE, t);
    }
    for (int kind = 0; kind < BREAKS; kind++)
        for (int i = 0, first = random_below(state, p->count); i < p->count; i++)
            if (break_line(p, &p->token[(first + i) % p->count], kind, fresh())) {
                measure(&one, SYNTAX, t);
                break;
            }
}

TEST(mistakes_are_refused_in_place_with_the_right_word)
{
    uint64_t state = 1;
    tally t[GROUPS] = {{0}};
    REQUIRE(begin());
    for (int i = 0; i < FILES; i++)
        measure_file(&state, &files[i], t);
    for (int i = 0; i < rows->count; i++)
        if (setting_typo(&state, &rows->row[i], fresh()))
            measure(&one, SETTINGS, t);
    for (int i = 0; i < known_count; i++)
        if (wrong_level(&known[i], i, fresh()))
            measure(&one, LEVELS, t);
    measure_tables(t);
    tally sum = print_tallies("each mistake once", t);
    CHECK(sum.all >= 400);
    CHECK_EQ(sum.refused, sum.all);
    CHECK(sum.placed >= 0.99 * sum.all);
    CHECK(sum.right >= 0.95 * sum.all);
}

/* A mutation of some kind, or false. */
static bool any(uint64_t *state, mutation *m, group *g)
{
    const plain *p = &files[random_below(state, FILES)];
    const token *t = &p->token[random_below(state, p->count)];
    int draw = random_below(state, 100);
    *g = draw < 50   ? TYPOS
         : draw < 62 ? SETTINGS
         : draw < 74 ? TYPES
         : draw < 82 ? LEVELS
         : draw < 87 ? TWICE
                     : SYNTAX;
    switch (*g) {
    case TYPOS: return typo(state, p, t, m);
    case SETTINGS: return setting_typo(state, &rows->row[random_below(state, rows->count)], m);
    case TYPES: return wrong_type(state, p, t, m);
    case LEVELS:
        return wrong_level(&known[random_below(state, known_count)], random_below(state, 8), m);
    case TWICE: return twice(p, t, m);
    default: return break_line(p, t, random_below(state, BREAKS), m);
    }
}

TEST(thousands_by_another_seed)
{
    uint64_t state = 20240607;
    tally t[GROUPS] = {{0}};
    group g;
    REQUIRE(begin());
    for (int made = 0; made < (getenv("ADZE_SOAK") ? 4000 : 200);) {
        if (any(&state, fresh(), &g)) {
            measure(&one, g, t);
            made++;
        }
    }
    tally sum = print_tallies("another seed", t);
    CHECK_EQ(sum.refused, sum.all);
}

TEST_MAIN_OF_CONFIGURATIONS()
