/* The data that a configuration names. */
#include "config.h"
#include "message.h"
#include "text.h"

static const ad_reader_record *reader_of(const ad_config *c)
{
    return (const ad_reader_record *)c->data.record;
}

ad_status ad_config_understand(const ad_config *config, ad_schema **schema)
{
    *schema = NULL;
    return reader_of(config)->understand(config->data.options, schema);
}

ad_status ad_config_open(const ad_config *config, const ad_schema *schema, ad_part part,
                         ad_source **opened)
{
    *opened = NULL;
    return reader_of(config)->open(config->data.options, schema, part, opened);
}
