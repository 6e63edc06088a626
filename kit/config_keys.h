/* A written configuration as keys: "train.optimizer.rate" "0.001", "model[3]" "relu". */
#ifndef ADZE_KIT_CONFIG_KEYS_H
#define ADZE_KIT_CONFIG_KEYS_H

#include <adze/kit.h>

typedef struct config_key {
    char *path, *value; /* owned */
} config_key;

typedef struct config_keys {
    config_key *key;
    int count, room;
} config_keys;

/* Of a text of ad_config_text: a map a line, two blanks deeper each, lists by "- ". */
ad_status config_keys_read(const char *text, config_keys *keys);
void config_keys_done(config_keys *keys);
/* NULL: it has none of that path. */
const char *config_keys_find(const config_keys *keys, const char *path);

#endif
