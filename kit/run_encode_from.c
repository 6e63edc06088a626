/* The vocabulary of another run: what begins with the weights of a run, whose embedding has a row
 * for each of its tokens, has to number tokens as it did. */
#include <stdlib.h>
#include <string.h>

#include "encoder.h"
#include "run.h"

/* That of the field, or the only one; NULL: there is none such. */
static const ad_encoder *find(const ad_run_data *data, const char *field)
{
    const ad_encoder *named = run_encoder(data, field);
    return named || data->encoders != 1 ? named : data->encoder[0].encoder;
}

static ad_status check(const ad_config *c, const ad_encoder *encoder, const char *name,
                       const char *folder, const char *field)
{
    if (!encoder)
        return run_refuse(c, "text.from", "give a run that was trained on texts",
                          "the run %s has no vocabulary for '%s'", folder, field);
    const char *has = ad_encoder_kind(encoder)->record.name;
    if (strcmp(has, name) == 0)
        return AD_OK;
    return run_refuse(c, "text.from", "take the kind of tokens that the run has",
                      "the tokens of the run %s are %s, and here they are %s", folder, has, name);
}

static ad_status take(const ad_encoder *of, const ad_text_options *o, ad_encoder **encoder)
{
    char *text = ad_encoder_text(of), *renewed = text ? text_frame_renewed(text, o) : NULL;
    ad_status status =
        renewed ? ad_encoder_read(renewed, strlen(renewed), encoder) : message_no_memory();
    free(text);
    free(renewed);
    return status == AD_OK ? AD_OK : run_failed(AD_RUN_DAMAGED, status);
}

ad_status run_encoder_from(const ad_config *config, const char *name, const ad_text_options *o,
                           const char *field, ad_encoder **encoder)
{
    ad_run_data data = {0};
    *encoder = NULL;
    ad_status status = ad_run_model_data(o->from, &data);
    const ad_encoder *of = status == AD_OK ? find(&data, field) : NULL;
    if (status == AD_OK)
        status = check(config, of, name, o->from, field);
    if (status == AD_OK)
        status = take(of, o, encoder);
    ad_run_data_done(&data);
    return status;
}
