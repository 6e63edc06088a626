/* What a series was one season before. */
#include <stdlib.h>

#include "message.h"
#include "run.h"
#include "series.h"

typedef struct looking {
    const ad_run_data *data;
    const ad_array *input;
    int64_t season, count;
    int64_t own;     /* channels before those of the calendar */
    int64_t targets; /* numbers */
    float *row;      /* (count, own) */
    double *value;   /* (count, targets at most) */
} looking;

static int64_t numbers_of(const ad_schema_field *f)
{
    return f->shape.rank ? f->shape.size[0] : 1;
}

/* A row of each window. */
static void take_rows(looking *l, int64_t row)
{
    int64_t window = l->input->shape.size[1], channels = l->input->shape.size[2];
    const float *all = l->input->data;
    for (int64_t i = 0; i < l->count; i++)
        for (int64_t k = 0; k < l->own; k++)
            l->row[i * l->own + k] = all[(i * window + row) * channels + k];
}

/* Number `first` of the targets on: those of one field, for each step that the row is for. */
static void spread(const looking *l, int64_t first, int64_t width, int64_t round, float *told)
{
    int64_t horizon = l->data->forecast->horizon;
    for (int64_t i = 0; i < l->count; i++)
        for (int64_t h = round; h < horizon; h += l->season)
            for (int64_t k = 0; k < width; k++)
                told[(i * horizon + h) * l->targets + first + k] = (float)l->value[i * width + k];
}

static ad_status look(looking *l, int64_t round, float *told)
{
    const ad_forecast *f = l->data->forecast;
    int64_t first = 0;
    take_rows(l, f->window - l->season + round);
    for (int i = 0; i < f->target.count; i++) {
        int64_t width = numbers_of(ad_schema_find(l->data->schema, f->target.text[i]));
        if (ad_transform_undo(l->data->transform, run_series_input, f->target.text[i], l->row,
                              l->count, l->value) != AD_OK)
            return run_fail_core(AD_RUN_BAD_DATA);
        spread(l, first, width, round, told);
        first += width;
    }
    return AD_OK;
}

ad_status series_before(const ad_run_data *data, const ad_array *input, int64_t season, float *told)
{
    const ad_forecast *f = data->forecast;
    looking l = {.data = data, .input = input, .season = season, .count = input->shape.size[0]};
    l.own = input->shape.size[2];
    for (int i = 0; i < f->known.count; i++)
        l.own -= run_forecast_part(data->schema, f->known.text[i]) >= 0 ? 2 : 0;
    l.targets = data->target.shape.size[0] / f->horizon;
    l.row = malloc((size_t)(l.count * l.own) * sizeof *l.row);
    l.value = malloc((size_t)(l.count * l.targets) * sizeof *l.value);
    ad_status status = l.row && l.value ? AD_OK : run_failed(AD_RUN_NO_FAULT, message_no_memory());
    for (int64_t round = 0; round < season && round < f->horizon && status == AD_OK; round++)
        status = look(&l, round, told);
    free(l.row);
    free(l.value);
    return status;
}
