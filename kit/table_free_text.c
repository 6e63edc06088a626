/* Columns of free text: left out, or what is learned from where nothing else is left. */
#include <stdlib.h>

#include "table.h"

static bool has_input(const ad_schema *s)
{
    for (int i = 0; i < s->fields; i++)
        if (s->field[i].use == AD_USE_INPUT)
            return true;
    return false;
}

static bool add_why(ad_schema_field *f, const char *more)
{
    char *why = text_format("%s%s", f->why ? f->why : "", more);
    free(f->why);
    f->why = why;
    return why != NULL;
}

bool table_take_free_text(const int *free_field, table_layout *layout, ad_schema *schema)
{
    bool good = true, take = !has_input(schema);
    for (int i = 0; i < layout->columns && good; i++) {
        ad_schema_field *f = free_field[i] < 0 ? NULL : &schema->field[free_field[i]];
        if (!f || f->use != AD_USE_NONE)
            continue;
        if (take) {
            f->use = AD_USE_INPUT;
            layout->column[i].type = COLUMN_TEXT;
            layout->column[i].field[0] = free_field[i];
        }
        good = add_why(f, take ? "; taken as text, as no other column is left to learn from"
                               : "; an input where types says COLUMN=text");
    }
    return good;
}
