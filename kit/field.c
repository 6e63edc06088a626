/* Reading the table of fields. */
#include "field.h"

#include <string.h>

#include "number.h"

int field_find(const char *path)
{
    int count;
    const ad_field *rows = ad_config_fields(&count);
    for (int i = 0; i < count; i++)
        if (strcmp(rows[i].path, path) == 0)
            return i;
    return -1;
}

const char *field_name(const ad_field *f)
{
    const char *dot = strrchr(f->path, '.');
    return dot ? dot + 1 : f->path;
}

bool field_below(const ad_field *f, const char *section)
{
    size_t size = strlen(section);
    return size == 0 || (strncmp(f->path, section, size) == 0 && f->path[size] == '.');
}

bool field_inside(const ad_field *f, const char *section)
{
    size_t before = strlen(section) + (*section != 0);
    return field_below(f, section) && field_name(f) == f->path + before;
}

int field_word(const ad_field *f, const char *word, size_t size)
{
    int number = 0;
    for (const char *p = f->words; *p; number++) {
        size_t length = strcspn(p, " ");
        if (length == size && memcmp(p, word, size) == 0)
            return number;
        p += length + (p[length] == ' ');
    }
    return -1;
}

void field_add_word(text_buffer *t, const ad_field *f, int number)
{
    const char *p = f->words;
    for (; number > 0; number--)
        p += strcspn(p, " ") + 1;
    text_add_bytes(t, p, strcspn(p, " "));
}

bool field_meant(const ad_field *f, const ad_field *chooser, int chosen)
{
    for (const char *p = f->with; p && *p;) {
        size_t size = strcspn(p, " ");
        if (field_word(chooser, p, size) == chosen)
            return true;
        p += size + (p[size] == ' ');
    }
    return !f->with;
}

bool field_initial(const ad_field *f, const ad_field *chooser, int chosen, char *initial)
{
    const char *from = f->initial;
    size_t size = from ? strlen(from) : 0;
    for (const char *p = chooser ? f->instead : NULL; p && *p;) {
        size_t item = strcspn(p, " "), word = strcspn(p, "=");
        if (field_word(chooser, p, word) == chosen) {
            from = p + word + 1;
            size = item - word - 1;
        }
        p += item + (p[item] == ' ');
    }
    if (!from || size >= FIELD_PATH_MAX)
        return false;
    memcpy(initial, from, size);
    initial[size] = 0;
    return true;
}

void field_add_list(text_buffer *t, const char *words, const char *last)
{
    for (const char *p = words; *p;) {
        size_t size = strcspn(p, " ");
        bool final = p[size] == 0;
        if (p != words)
            text_add(t, final ? last : ", ");
        text_add_bytes(t, p, size);
        p += size + !final;
    }
}

static void describe_range(text_buffer *t, const ad_field *f)
{
    text_add(t, f->above_low ? " above " : " from ");
    number_add(t, f->low);
    text_add(t, f->below_high  ? (f->above_low ? ", below " : " to below ")
                : f->above_low ? ", at most "
                               : " to ");
    number_add(t, f->high);
}

static const char *const type_words[] = {
    [AD_FIELD_NUMBER] = "a number",
    [AD_FIELD_WHOLE] = "a whole number",
    [AD_FIELD_TRUTH] = "true or false",
    [AD_FIELD_TEXT] = "a name of letters, digits, _ and -",
    [AD_FIELD_PATH] = "a path",
    [AD_FIELD_PAIR] = "a whole number, or [height, width] of whole numbers",
    [AD_FIELD_NUMBERS] = "a number, or a list of them, one for each channel,",
    [AD_FIELD_NAMES] = "a list of names, [cat, dog]",
    [AD_FIELD_SECTION] = "a group of keys",
    [AD_FIELD_MODEL] = "a list of layers",
};

void field_describe(text_buffer *t, const ad_field *f)
{
    if (f->type == AD_FIELD_WORD) {
        field_add_list(t, f->words, " or ");
        return;
    }
    text_add(t, type_words[f->type]);
    if (f->high > f->low)
        describe_range(t, f);
}
