/* A first configuration of tables in which a text becomes another: two columns whose texts are
 * others in nearly each row. */
#include "init.h"

#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "message.h"
#include "table.h"

/* Of names and texts that are another in each row. */
static bool is_own_text(const ad_schema_field *f)
{
    const char *why = f->why ? f->why : "";
    bool own = strstr(why, "another in each row") || strstr(why, "in most rows another");
    return f->meaning == AD_MEANS_TEXT || (own && strncmp(why, "text, ", 6) == 0);
}

/* The one other column whose texts become those of the target, which are others in each row; NULL:
 * it is not so. */
static const ad_schema_field *find_rewritten(const init_facts *f)
{
    const ad_schema *s = f->schema;
    const ad_schema_field *target = f->o->targets == 1 ? ad_schema_target(s) : NULL, *found = NULL;
    for (int i = 0; target && i < s->fields; i++) {
        bool text = is_own_text(&s->field[i]);
        if (s->field[i].use == AD_USE_TARGET ? !text : text && found)
            return NULL;
        if (s->field[i].use != AD_USE_TARGET && text)
            found = &s->field[i];
    }
    return found;
}

/* Nobody asked for it. */
static ad_status say_texts(ad_schema *s)
{
    for (int i = 0; i < s->fields; i++) {
        ad_schema_field *f = &s->field[i];
        if (f->meaning != AD_MEANS_TEXT)
            continue;
        free(f->why);
        f->why = text_copy("text, another in nearly each row");
        if (!f->why)
            return message_no_memory();
    }
    return AD_OK;
}

static ad_status take(init_facts *f, const ad_reader_record *reader, const char *text,
                      const char *target)
{
    ad_names *n = &f->texts;
    n->text = calloc(2, sizeof *n->text);
    if (!n->text || !(n->text[n->count++] = text_copy(text)) ||
        !(n->text[n->count++] = text_copy(target)))
        return message_no_memory();
    ad_status status = init_understand(f, reader);
    return status == AD_OK ? say_texts(f->schema) : status;
}

ad_status init_find_pairs(init_facts *f, const ad_reader_record *reader)
{
    bool table = record_option(f->config->data.record, "types");
    const ad_schema_field *text = table ? find_rewritten(f) : NULL;
    const ad_schema_field *target = text ? ad_schema_target(f->schema) : NULL;
    if (!text || target->meaning == AD_MEANS_TEXT)
        return AD_OK;
    if (!config_has(f->config, "data.types"))
        return take(f, reader, text->name, target->name);
    return message_fail(AD_ERROR_ARGUMENT,
                        "%s: the target '%s' is another text in nearly each row, no class\n"
                        "  say that both are texts: --set 'data.types=[%s=text, %s=text]'\n",
                        f->o->path, target->name, text->name, target->name);
}
