/* What a configuration keeps besides its values: the text it came from, and the place of each
 * field. */
#ifndef ADZE_KIT_CONFIG_H
#define ADZE_KIT_CONFIG_H

#include <adze/kit.h>

#include "report.h"
#include "row.h"

struct ad_config_source {
    char *name, *text; /* of the file, for messages */
    source file;
    source *settings; /* --set */
    int setting_count;
    config_rows *rows;
    /* for each config_row */
    place *places;      /* line == 0: not given */
    bool *bad;          /* its value was refused, or nothing can be said of it */
    const tree **given; /* while reading: what stands there */
    /* while reading: everything that was read, which `given` points into */
    tree **roots;
    int root_count;
};

/* With all defaults of options that belong to no record.  NULL without memory. */
ad_config *config_new(const char *name, const char *text, size_t size);
/* Where a section or field stands, or the start of the file. */
place config_place(const ad_config *c, const char *path);
/* A row that was given. */
bool config_has(const ad_config *c, const char *path);
/* Something of a section was given. */
bool config_gives(const ad_config *c, const config_section *s);
/* Where the option of a row lies: the struct, and the option in it.  False where its section's
 * record has no such option, or the row is no option with a value of its own. */
bool config_value(const ad_config *c, const config_row *r, const ad_option **option, void **base);
/* The choice of a row's section, or NULL. */
ad_choice *config_choice(const ad_config *c, const config_section *s);

/* The way back from ad_config_pixels: x * std + mean, over scale. */
ad_tensor *config_pixels_back(const ad_config *c, ad_tensor *x, const ad_numbers *mean,
                              const ad_numbers *std);
/* As ad_config_optimizer, of the variables whose full names begin with scope; NULL: all. */
ad_tensor *config_optimizer(const ad_config *config, ad_tensor *loss, ad_tensor *rate,
                            const char *scope);

/* Folder of a path, with its '/', by malloc; "" where it has none. */
char *config_folder(const char *path);

/* config_collect.c: which rows a text gives.  A section that --set gives forgets what was given of
 * it. */
void config_collect(report *r, ad_config *c, const char *section, const tree *t);
void config_setting(report *r, ad_config *c, source *s);
/* config_resolve.c: records chosen, values read, required ones missed. */
/* whole: the text was read to its end, so that what it lacks is known. */
void config_resolve(report *r, ad_config *c, bool whole);
/* config_rules.c: what concerns several fields, after all are read. */
void config_check(report *r, ad_config *c);

/* Fails with a report on a place in the file. */
ad_status config_fail_at(ad_status status, place at, const char *cure, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

#endif
