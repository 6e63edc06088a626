/* Times in arrays: NumPy's datetime64, seconds since 1970, plain numbers. */
#include <math.h>
#include <stdlib.h>

#include "message.h"
#include "raw.h"
#include "times.h"

/* Whole, of 9 or 10 digits, as they are in tables. */
static bool are_seconds(const double *time, int64_t count)
{
    bool all = count > 0;
    for (int64_t i = 0; i < count && all; i++)
        all = time[i] >= 1e8 && time[i] < 1e10 && time[i] == floor(time[i]);
    return all;
}

static double one_month(int64_t value, int months)
{
    const int64_t most = (int64_t)1 << 38; /* as far as the calendar's numbers hold it */
    int64_t month = (value > most ? most : value < -most ? -most : value) * months;
    month = month > most ? most : month < -most ? -most : month;
    int64_t year = 1970 + (month >= 0 ? month / 12 : -((11 - month) / 12));
    return (double)times_days(year, (int)(month - (year - 1970) * 12) + 1, 1) * 86400;
}

/* Whole seconds and the rest apart: nanoseconds would be rounded. */
static double one_time(const raw_array *raw, int64_t value)
{
    if (value == INT64_MIN) /* NaT */
        return (double)NAN;
    if (raw->months)
        return one_month(value, raw->months);
    return (double)(value / raw->per) * (double)raw->times +
           (double)(value % raw->per) * (double)raw->times / (double)raw->per;
}

static ad_status take_dates(raw_array *raw, kept_array *kept)
{
    raw_array about = *raw;
    kept_array whole;
    ad_status status = raw_take(raw, AD_I64, false, &whole);
    if (status != AD_OK)
        return status;
    int64_t count = ad_array_count(&whole.array);
    double *time = malloc((size_t)count * sizeof *time + 1);
    for (int64_t i = 0; time && i < count; i++)
        time[i] = one_time(&about, ((const int64_t *)whole.array.data)[i]);
    kept_done(&whole);
    *kept = (kept_array){.array = ad_f64(time, AD_SHAPE(count)), .memory = time};
    return time ? AD_OK : message_no_memory();
}

ad_status raw_take_times(raw_array *raw, kept_array *kept, bool *dated)
{
    *kept = (kept_array){0};
    *dated = raw->per > 0 || raw->months;
    if (*dated) {
        ad_status status = take_dates(raw, kept);
        raw_done(raw);
        return status;
    }
    ad_status status = raw_take(raw, AD_F64, false, kept);
    raw_done(raw);
    if (status == AD_OK)
        *dated = are_seconds(kept->array.data, ad_array_count(&kept->array));
    return status;
}

ad_status raw_no_times(const raw_array *raw)
{
    if (raw->per == 0 && !raw->months)
        return AD_OK;
    return message_fail(AD_ERROR_UNSUPPORTED,
                        "%s: its elements are times (datetime64), which are no numbers to learn "
                        "from\n  of a series name them: `time: NAME`; else save numbers\n",
                        raw->where);
}
