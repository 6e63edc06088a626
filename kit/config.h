/* What a configuration keeps besides its values: the text it came from, and the place of each
 * field. */
#ifndef ADZE_KIT_CONFIG_H
#define ADZE_KIT_CONFIG_H

#include <adze/kit.h>

#include "report.h"

struct ad_config_source {
    char *name, *text; /* of the file, for messages */
    source file;
    source *settings; /* --set */
    int setting_count;
    place *places; /* for each row of the table; line == 0: not given */
    bool *bad;     /* for each row: its value was refused */
};

/* With all defaults that need no other field.  NULL without memory. */
ad_config *config_new(const char *name, const char *text, size_t size);
/* Puts the section's rows (at any depth; "" for all) back to their defaults, as if not given. False
 * without memory. */
bool config_reset(ad_config *c, const char *section);
/* The word of the chooser of row f, or -1 where it was refused or f has none. */
int config_chosen(const ad_config *c, const ad_field *f, const ad_field **chooser);
/* True where the table holds a value for that row. */
bool config_is_value(const ad_field *f);
/* Where a section or field stands, or the start of the file. */
place config_place(const ad_config *c, const char *path);
/* A row that was given. */
bool config_has(const ad_config *c, const char *path);

/* Folder of a path, with its '/', by malloc; "" where it has none. */
char *config_folder(const char *path);

/* config_model.c: the list of layers. */
void config_read_model(report *r, ad_config *c, const tree *t);
/* config_rules.c: what concerns several fields, after all are read. */
void config_check(report *r, ad_config *c);

/* config_rate.c: the rates of its training, with that many steps in an epoch. */
ad_schedule config_schedule(const ad_config *config, int64_t steps_per_epoch);

#endif
