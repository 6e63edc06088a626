/* Sounds from any bytes: a file and the only file of a folder, refused with words or read twice the
 * same; and the text of an encoder. */
#include "reader.h"

#include <sys/stat.h>

#include "kit/sound.h"

/* libvorbis keeps what it has of a header that is cut off. */
__attribute__((visibility("default"))) const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libvorbis";
}

static void decode(const uint8_t *data, size_t size)
{
    const sound_file file = {"bytes", data, size};
    sound_about about;
    sound_clip clip;
    bool looked = sound_look(&file, &about) == AD_OK;
    if (sound_decode(&file, &clip) == AD_OK)
        FUZZ_CHECK(looked && clip.count == about.frames && clip.sample);
    else
        FUZZ_CHECK(*ad_kit_error() && !clip.sample);
    free(clip.sample);
}

static void read_folder(const uint8_t *data, size_t size)
{
    char folder[64], path[96];
    snprintf(folder, sizeof folder, "/tmp/fuzz-%ld-sounds", (long)getpid());
    mkdir(folder, 0700);
    snprintf(path, sizeof path, "%s/a_1.wav", folder);
    FILE *f = fopen(path, "wb");
    FUZZ_CHECK(f && (!size || fwrite(data, size, 1, f) == 1));
    FUZZ_CHECK(fclose(f) == 0);
    ad_sounds_options o =
        AD_OPTIONS(ad_sounds_options, .path = folder, .name_is = "{label}_{take}");
    const ad_reader_record *r = ad_reader_find("sounds");
    ad_schema *schema = NULL;
    ad_source *rows = NULL;
    o.broken = 0;
    if (r->understand(&o, &schema) == AD_OK && r->open(&o, schema, AD_PART_TRAIN, &rows) == AD_OK) {
        uint64_t first = 0, second = 1;
        bool read = ad_source_fingerprint(rows, &first) == AD_OK;
        FUZZ_CHECK((ad_source_fingerprint(rows, &second) == AD_OK) == read);
        FUZZ_CHECK(!read || first == second);
    } else {
        FUZZ_CHECK(*ad_kit_error());
    }
    ad_source_free(rows);
    ad_schema_free(schema);
    remove(path);
    rmdir(folder);
}

static void read_encoder(const uint8_t *data, size_t size)
{
    ad_encoder *e = NULL;
    if (ad_encoder_read((const char *)data, size, &e) == AD_OK) {
        char *text = ad_encoder_text(e);
        FUZZ_CHECK(text && *text);
        free(text);
    } else {
        FUZZ_CHECK(!e && *ad_kit_error());
    }
    ad_encoder_free(e);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    decode(data, size);
    read_folder(data, size);
    read_encoder(data, size);
    return 0;
}
