/* The lists of layers and losses, and finding a record by its name. */
#include "nn/record.h"

#include <string.h>

static const ad_layer_record *const layers[] = {
#define LAYER(name) &layer_##name,
#include "nn/layers.def"
#undef LAYER
};

static const ad_loss_record *const losses[] = {
#define LOSS(name) &loss_##name,
#include "nn/losses.def"
#undef LOSS
};

enum { LAYERS = sizeof layers / sizeof *layers, LOSSES = sizeof losses / sizeof *losses };

const ad_record *ad_layer_at(int i)
{
    return i >= 0 && i < LAYERS ? &layers[i]->record : NULL;
}

const ad_record *ad_loss_at(int i)
{
    return i >= 0 && i < LOSSES ? &losses[i]->record : NULL;
}

const ad_record *ad_record_find(ad_records list, const char *name)
{
    for (int i = 0; list(i); i++)
        if (strcmp(list(i)->name, name) == 0)
            return list(i);
    return NULL;
}
