/* Writes the kit's drawn digits as the four files of MNIST, for tests that train from files.
 *
 *     write_digits DIR TRAIN_COUNT TEST_COUNT */
#include <adze/kit.h>

#include <stdio.h>
#include <stdlib.h>

static void put_number(FILE *f, int64_t number)
{
    for (int shift = 24; shift >= 0; shift -= 8)
        putc((int)(number >> shift & 255), f);
}

static FILE *open_part(const char *folder, const char *part, const char *rest)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s-%s", folder, part, rest);
    return fopen(path, "wb");
}

static bool close_part(FILE *f)
{
    bool good = !ferror(f);
    return fclose(f) == 0 && good;
}

static bool write_images(const ad_dataset_info *info, const char *folder, const char *part)
{
    FILE *f = open_part(folder, part, "images-idx3-ubyte");
    if (!f)
        return false;
    put_number(f, 0x803);
    put_number(f, info->count);
    put_number(f, info->height);
    put_number(f, info->width);
    fwrite(info->images, (size_t)(info->height * info->width), (size_t)info->count, f);
    return close_part(f);
}

static bool write_labels(const ad_dataset_info *info, const char *folder, const char *part)
{
    FILE *f = open_part(folder, part, "labels-idx1-ubyte");
    if (!f)
        return false;
    put_number(f, 0x801);
    put_number(f, info->count);
    for (int64_t i = 0; i < info->count; i++)
        putc(info->labels[i], f);
    return close_part(f);
}

static bool write_part(const char *folder, const char *name, ad_part part, const char *count)
{
    ad_dataset *digits;
    if (ad_dataset_digits(atoll(count), part, 1, &digits) != AD_OK) {
        fputs(ad_kit_error(), stderr);
        return false;
    }
    const ad_dataset_info *info = ad_dataset_about(digits);
    bool good = write_images(info, folder, name) && write_labels(info, folder, name);
    ad_dataset_free(digits);
    if (!good)
        fprintf(stderr, "cannot write to %s\n", folder);
    return good;
}

int main(int count, char **arguments)
{
    if (count != 4) {
        fprintf(stderr, "usage: %s DIR TRAIN_COUNT TEST_COUNT\n", arguments[0]);
        return 2;
    }
    return write_part(arguments[1], "train", AD_PART_TRAIN, arguments[2]) &&
                   write_part(arguments[1], "t10k", AD_PART_TEST, arguments[3])
               ? 0
               : 1;
}
