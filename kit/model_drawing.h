/* A model as boxes and arrows. */
#ifndef ADZE_KIT_MODEL_DRAWING_H
#define ADZE_KIT_MODEL_DRAWING_H

#include <adze/figure.h>
#include <adze/look.h>

typedef struct model_drawing {
    ad_box *box; /* its texts are owned */
    int boxes;
    ad_arrow *arrow;
    int arrows;
} model_drawing;

/* One box for a layer with all that follows and keeps its shape without parameters; a residual's
 * sum and what joins branches are boxes too. */
ad_status model_draw(const ad_model_layers *about, const ad_run_data *data, model_drawing *d);
void model_drawing_done(model_drawing *d);
ad_figure model_drawing_figure(const model_drawing *d, const char *title);
/* "28 × 28 × 16", without the batch; "1" of a single number. */
void model_shape_words(const ad_shape *shape, int from, char *words, size_t size);

#endif
