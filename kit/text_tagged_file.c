/* Files that have a word and its tag in each line. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "text_tagged.h"

enum {
    COLUMNS_MOST = 99,
    TAGS_MOST = 256, /* different ones that are found without being asked for */
    TAG_SIZE = 40,   /* bytes of one */
    OFTEN = 3,       /* words of a tag, on average */
    LINES_LEAST = 6
};

typedef struct span {
    const char *at;
    size_t size;
} span;

/* ---------------------------------------------------------------- columns */

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static span without_blanks(span s)
{
    while (s.size > 0 && is_blank(s.at[s.size - 1]))
        s.size--;
    while (s.size > 0 && is_blank(*s.at))
        s.at++, s.size--;
    return s;
}

/* The column that begins at *at, which moves behind it; false at the end of the line. */
static bool next_column(char kind, const char **at, const char *end, span *column)
{
    const char *p = *at;
    while (kind == 'b' && p < end && is_blank(*p))
        p++;
    if (p >= end && (kind == 'b' || *at > end))
        return false;
    column->at = p;
    while (p < end && (kind == 'b' ? !is_blank(*p) : *p != '\t'))
        p++;
    column->size = (size_t)(p - column->at);
    *column = without_blanks(*column);
    *at = kind == 'b' ? p : p + 1; /* behind the end: the last was taken */
    return true;
}

/* How many there are; those that the form asks for. */
static int cut(const tagged_form *form, span line, span *word, span *tag)
{
    const char *at = line.at, *end = line.at + line.size;
    span column;
    int count = 0;
    *word = *tag = (span){end, 0};
    while (count <= COLUMNS_MOST && next_column(form->kind, &at, end, &column)) {
        count++;
        *word = count == form->word ? column : *word;
        *tag = count == form->tag ? column : *tag;
    }
    return count;
}

static int columns_in(char kind, span line)
{
    span word, tag;
    return cut(&(tagged_form){.kind = kind}, line, &word, &tag);
}

static bool is_empty(span line)
{
    for (size_t i = 0; i < line.size; i++)
        if (!is_blank(line.at[i]))
            return false;
    return true;
}

static bool begins(span line, const char *words)
{
    size_t size = strlen(words);
    return line.size >= size && memcmp(line.at, words, size) == 0;
}

static size_t digits_of(span line)
{
    size_t digits = 0;
    while (digits < line.size && line.at[digits] >= '0' && line.at[digits] <= '9')
        digits++;
    return digits;
}

/* Of CoNLL-U: a range of words that are written as one, or a word that is not written. */
static bool is_no_word(span line)
{
    size_t digits = digits_of(line);
    return digits && digits < line.size && (line.at[digits] == '-' || line.at[digits] == '.');
}

/* ---------------------------------------------------------------- lines */

typedef enum line_kind { LINE_WORD, LINE_END, LINE_PASSED, LINE_WRONG } line_kind;

static line_kind kind_of(const tagged_form *form, span line, bool open, span *word, span *tag)
{
    if (is_empty(line))
        return LINE_END;
    if (form->kind == 'u' && (*line.at == '#' || is_no_word(line)))
        return LINE_PASSED;
    if (begins(line, "-DOCSTART-"))
        return LINE_PASSED;
    int columns = cut(form, line, word, tag);
    if (columns != form->columns)
        return *line.at == '#' && !open ? LINE_PASSED : LINE_WRONG;
    return word->size && tag->size ? LINE_WORD : LINE_WRONG;
}

static ad_status wrong_line(const text_file *file, const tagged_form *form, span line)
{
    span word, tag;
    int columns = cut(form, line, &word, &tag);
    char *place = text_file_place(file, line.at);
    ad_status status =
        !place ? message_no_memory()
        : columns != form->columns
            ? message_fail(AD_ERROR_FORMAT,
                           "%s: the line has %d column%s, and lines of words have %d here\n  write "
                           "a word and its tag in each line, and an empty line behind a "
                           "sentence\n",
                           place, columns, columns == 1 ? "" : "s", form->columns)
            : message_fail(AD_ERROR_FORMAT, "%s: the %s is empty\n  write _ where there is none\n",
                           place, word.size ? "tag" : "word");
    free(place);
    return status;
}

static ad_status unknown_tag(const text_file *file, span tag)
{
    char *place = text_file_place(file, tag.at);
    int size = (int)(tag.size < TAG_SIZE ? tag.size : TAG_SIZE);
    ad_status status =
        place ? message_fail(AD_ERROR_FORMAT,
                             "%s: the tag %.*s is not among those that are learned\n  correct it, "
                             "write _ for no tag, or add training sentences with it\n",
                             place, size, tag.at)
              : message_no_memory();
    free(place);
    return status;
}

/* Tags are looked for as the list has them. */
static ad_status take_word(const text_file *file, const vocabulary *known, tagged_list *list,
                           span word, span tag)
{
    size_t begins = list->tags.size + (list->open ? 1 : 0); /* behind a blank */
    if (!tagged_list_word(list, word.at, word.size, tag.at, tag.size))
        return message_no_memory();
    if (known && !tagged_is_none(tag.at, tag.size) &&
        vocabulary_find(known, list->tags.data + begins, list->tags.size - begins) < 0)
        return unknown_tag(file, tag);
    return AD_OK;
}

static ad_status take_end(tagged_list *list)
{
    return message_memory(!list->open || tagged_list_end(list));
}

ad_status tagged_read(const text_file *file, const tagged_form *form, const vocabulary *known,
                      tagged_list *list)
{
    ad_status status = AD_OK;
    int64_t number = 0;
    for (const char *at = file->bytes, *next; at && file->size && status == AD_OK; at = next) {
        span line = {.at = at}, word, tag;
        next = text_file_line(file, at, &line.size);
        number++;
        list->begins = list->open ? list->begins : number;
        line_kind kind = kind_of(form, line, list->open, &word, &tag);
        if (kind == LINE_WRONG)
            status = wrong_line(file, form, line);
        else if (kind == LINE_WORD)
            status = take_word(file, known, list, word, tag);
        else if (kind == LINE_END)
            status = take_end(list);
    }
    return status == AD_OK ? take_end(list) : status;
}

/* ---------------------------------------------------------------- layouts */

void tagged_form_text(const tagged_form *form, char text[16])
{
    snprintf(text, 16, "%c %d %d %d", form->kind, form->columns % 100, form->word % 100,
             form->tag % 100);
}

bool tagged_form_read(const char *text, tagged_form *form)
{
    *form = (tagged_form){0};
    return sscanf(text, "%c %d %d %d", &form->kind, &form->columns, &form->word, &form->tag) == 4 &&
           strchr("utb", form->kind) && form->columns >= 2 && form->columns <= COLUMNS_MOST &&
           form->word >= 1 && form->word <= form->columns && form->tag >= 1 &&
           form->tag <= form->columns;
}

/* By the first line of a word. */
static tagged_form layout_of(span line)
{
    bool tabs = memchr(line.at, '\t', line.size) != NULL;
    tagged_form form = {.kind = tabs ? 't' : 'b', .word = 1};
    form.columns = form.tag = columns_in(form.kind, line);
    if (tabs && form.columns == 10 && digits_of(line))
        form = (tagged_form){'u', 10, 2, 4};
    return form;
}

/* The first line that is a word, as far as can be told; size 0: there is none. */
static span first_word(const text_file *file)
{
    span line = {.size = 0}, marked = {.size = 0};
    for (const char *at = file->bytes, *next; at && file->size; at = next) {
        line.at = at;
        next = text_file_line(file, at, &line.size);
        if (is_empty(line) || begins(line, "-DOCSTART-"))
            continue;
        if (*line.at != '#')
            return line;
        marked = marked.size ? marked : line;
    }
    return marked;
}

static ad_status fail_column(const char *name, int64_t column, const tagged_form *form)
{
    return message_fail(AD_ERROR_ARGUMENT,
                        "text: %s is %lld, and the lines have %d columns\n  columns are counted "
                        "from 1\n",
                        name, (long long)column, form->columns);
}

ad_status tagged_form_find(const text_file *file, int64_t word, int64_t tag, tagged_form *form)
{
    span line = first_word(file);
    *form = line.size ? layout_of(line) : (tagged_form){.kind = 'b'};
    if (form->columns < 2 || form->columns > COLUMNS_MOST) {
        char *place = text_file_place(file, line.size ? line.at : file->bytes);
        ad_status status =
            place ? message_fail(AD_ERROR_FORMAT,
                                 "%s: no word with its tag stands here\n  write a word and its tag "
                                 "in each line, with a tab between, and an empty line behind a "
                                 "sentence\n",
                                 place)
                  : message_no_memory();
        free(place);
        return status;
    }
    if (word > form->columns)
        return fail_column("word_column", word, form);
    if (tag > form->columns)
        return fail_column("tag_column", tag, form);
    form->word = word > 0 ? (int)word : form->word;
    form->tag = tag > 0 ? (int)tag : form->tag;
    return AD_OK;
}

/* ---------------------------------------------------------------- certainty */

typedef struct census {
    int64_t words, sentences, numbers;
    bool open;
    tally tags;
} census;

static bool holds_blank(span word)
{
    return memchr(word.at, ' ', word.size) != NULL;
}

/* False where the line is none of words with tags, or there is no memory. */
static bool count_line(census *c, const tagged_form *form, span line)
{
    span word, tag;
    line_kind kind = kind_of(form, line, c->open, &word, &tag);
    if (kind == LINE_PASSED)
        return true;
    if (kind == LINE_END) {
        c->sentences += c->open;
        c->open = false;
        return true;
    }
    bool blanks = form->kind != 'u' && kind == LINE_WORD && (holds_blank(word) || holds_blank(tag));
    if (kind == LINE_WRONG || blanks || tag.size > TAG_SIZE)
        return false;
    c->open = true;
    c->words++;
    c->numbers += digits_of(tag) > 0;
    return c->tags.words.count <= TAGS_MOST && tally_add(&c->tags, tag.at, tag.size, 1);
}

bool tagged_form_looks(const char *bytes, size_t size)
{
    text_file file = {.bytes = bytes, .size = size};
    census c = {.words = 0};
    span line = first_word(&file);
    tagged_form form = line.size ? layout_of(line) : (tagged_form){.columns = 0};
    bool good = form.columns >= 2 && form.columns <= COLUMNS_MOST;
    for (const char *at = bytes, *next; at && good; at = next) {
        line.at = at;
        next = text_file_line(&file, at, &line.size);
        if (line.at + line.size < bytes + size) /* the last one may be cut off */
            good = count_line(&c, &form, line);
    }
    bool often = c.words >= OFTEN * c.tags.words.count && c.tags.words.count > 1;
    good = good && (form.kind == 'u' ? c.words > 0
                                     : c.sentences > 0 && c.words >= LINES_LEAST && often &&
                                           c.numbers < c.words / 2);
    tally_done(&c.tags);
    return good;
}

/* ---------------------------------------------------------------- to predict */

/* Whether as many tags are known as not. */
static bool mostly_known(const tagged_list *list, const vocabulary *known)
{
    const char *from, *p = list->tags.data, *end = p ? p + list->tags.size : NULL;
    int64_t all = 0, found = 0;
    while (p && (p = tagged_next(p, end, &from))) {
        size_t size = (size_t)(p - from);
        all++;
        found += tagged_is_none(from, size) || vocabulary_find(known, from, size) >= 0;
    }
    return 2 * found >= all;
}

/* A word in each line, and an empty line between two of them. */
static bool is_column(const text_file *file)
{
    bool word = false, gap = false, both = false;
    for (const char *at = file->bytes, *next; at && file->size; at = next) {
        span line = {.at = at};
        next = text_file_line(file, at, &line.size);
        bool empty = is_empty(line);
        if (!empty && columns_in('b', line) != 1)
            return false;
        both = both || (!empty && gap);
        gap = gap || (empty && word);
        word = word || !empty;
    }
    return both;
}

static ad_status take_sentence(tagged_list *list, span line)
{
    const char *from, *end = line.at + line.size;
    bool good = true;
    for (const char *p = line.at; good && (p = tagged_next(p, end, &from));)
        good = tagged_list_word(list, from, (size_t)(p - from), "", 0);
    return message_memory(good && tagged_list_end(list));
}

static ad_status take_lines(const text_file *file, bool column, tagged_list *list)
{
    ad_status status = AD_OK;
    for (const char *at = file->bytes, *next; at && file->size && status == AD_OK; at = next) {
        span line = {.at = at};
        next = text_file_line(file, at, &line.size);
        if (!column)
            status = take_sentence(list, line);
        else if (is_empty(line))
            status = take_end(list);
        else
            status = message_memory(tagged_list_word(list, line.at, line.size, "", 0));
    }
    return status == AD_OK ? take_end(list) : status;
}

ad_status tagged_items(const text_file *file, const tagged_form *form, const vocabulary *known,
                       tagged_list *list)
{
    ad_status status = tagged_read(file, form, NULL, list);
    if (status == AD_ERROR_MEMORY)
        return status;
    if (status == AD_OK && list->count && (form->kind == 'u' || mostly_known(list, known)))
        return AD_OK;
    tagged_list_done(list);
    return take_lines(file, is_column(file), list);
}
