/* The files of a folder or an archive that are pictures by their names. */
#define _POSIX_C_SOURCE 200809L

#include "pictures.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "archive.h"
#include "image.h"
#include "message.h"
#include "stream.h"
#include "text.h"

enum { DEPTH_MAX = 32, HEAD = 1 << 16 };

/* Whether the name ends in one of them, with spaces between. */
static bool ends_in(const char *name, const char *endings)
{
    const char *slash = strrchr(name, '/'), *dot = strrchr(slash ? slash : name, '.');
    size_t size = dot ? strlen(dot + 1) : 0;
    for (const char *p = endings; size && *p; p += strspn(p, " ")) {
        size_t word = strcspn(p, " ");
        if (word == size && strncasecmp(p, dot + 1, size) == 0)
            return true;
        p += word;
    }
    return false;
}

/* Those that cannot be read are pictures, or sounds, too: they are told, not passed over. */
bool pictures_named(const char *name)
{
    return ends_in(name, "jpg jpeg jpe png pgm bmp gif tif tiff ppm webp jfif");
}

static bool sounds_named(const char *name)
{
    return ends_in(name, "wav wave flac ogg oga opus mp3 aif aiff aifc au snd w64 rf64 caf");
}

const file_kind picture_files = {.named = pictures_named,
                                 .one = "picture",
                                 .many = "pictures",
                                 .endings = ".jpg, .jpeg, .png or .pgm",
                                 .ending = "jpg"};

const file_kind sound_files = {.named = sounds_named,
                               .one = "sound",
                               .many = "sounds",
                               .endings = ".wav, .flac or .ogg",
                               .ending = "wav",
                               .by_names = true};

static bool passed_over(const char *part, size_t size)
{
    return part[0] == '.' || (size == 8 && memcmp(part, "__MACOSX", 8) == 0);
}

void pictures_done(pictures *p)
{
    for (int64_t i = 0; i < p->count; i++)
        free(p->list[i].name);
    free(p->list);
    free(p->packed);
    free(p->root);
    free(p->other);
    *p = (pictures){0};
}

char *pictures_path(const pictures *p, int64_t i)
{
    const char *name = p->list[i].name;
    return *name ? text_format("%s/%s", p->root, name) : text_copy(p->root);
}

/* Takes over the name. */
static ad_status add(pictures *p, char *name)
{
    if (name && p->count == p->room) {
        int64_t room = 2 * p->room + 64;
        picture *list = realloc(p->list, (size_t)room * sizeof *list);
        p->list = list ? list : p->list;
        p->room = list ? room : p->room;
    }
    if (!name || p->count == p->room) {
        free(name);
        return message_no_memory();
    }
    p->list[p->count++] = (picture){.name = name, .start = p->packed_size};
    return AD_OK;
}

static void add_other(pictures *p, const char *name)
{
    if (!p->others++)
        p->other = text_copy(name);
}

/* ---------------------------------------------------------------- a folder */

static ad_status fail_open(const char *path)
{
    return message_fail(AD_ERROR_FILE,
                        "%s: cannot be opened: %s\n  check the name, and whether it may be read\n",
                        path, strerror(errno));
}

static ad_status walk(pictures *p, const char *below, int depth);

/* below: of the folder, "" or "cats/". */
static ad_status walk_entry(pictures *p, const char *below, const char *entry, int depth)
{
    struct stat about;
    char *name = text_format("%s%s", below, entry), *inside = NULL;
    char *path = text_format("%s/%s%s", p->root, below, entry);
    ad_status status = name && path ? AD_OK : message_no_memory();
    if (status == AD_OK && stat(path, &about) != 0)
        status = fail_open(path);
    if (status == AD_OK && S_ISDIR(about.st_mode)) {
        inside = text_format("%s/", name);
        status = inside ? walk(p, inside, depth + 1) : message_no_memory();
    } else if (status == AD_OK && S_ISREG(about.st_mode) && p->kind->named(name)) {
        status = add(p, name);
        name = NULL;
    } else if (status == AD_OK) {
        add_other(p, name);
    }
    free(inside);
    free(name);
    free(path);
    return status;
}

static ad_status walk(pictures *p, const char *below, int depth)
{
    char *path = text_format("%s/%s", p->root, below);
    if (!path)
        return message_no_memory();
    DIR *folder = depth > DEPTH_MAX ? NULL : opendir(path);
    ad_status status = depth > DEPTH_MAX
                           ? message_fail(AD_ERROR_FILE,
                                          "%s: is more than %d folders deep\n  does a link lead "
                                          "back to a folder above it?\n",
                                          path, DEPTH_MAX)
                       : folder ? AD_OK
                                : fail_open(path);
    struct dirent *e;
    while (status == AD_OK && (e = readdir(folder)))
        if (!passed_over(e->d_name, strlen(e->d_name)))
            status = walk_entry(p, below, e->d_name, depth);
    if (folder)
        closedir(folder);
    free(path);
    return status;
}

/* ---------------------------------------------------------------- an archive */

/* Without "./" before it; false where a part of the name is ".." or it begins at the root. */
static bool sound_name(const char **name)
{
    while (strncmp(*name, "./", 2) == 0)
        *name += 2;
    if (**name == '/' || !**name)
        return false;
    for (const char *part = *name; *part; part += strcspn(part, "/"), part += *part == '/')
        if (strcspn(part, "/") == 2 && strncmp(part, "..", 2) == 0)
            return false;
    return true;
}

static bool any_passed_over(const char *name)
{
    for (const char *part = name; *part; part += strcspn(part, "/"), part += *part == '/')
        if (passed_over(part, strcspn(part, "/")))
            return true;
    return false;
}

static ad_status fail_large(const pictures *p)
{
    return message_fail(AD_ERROR_RANGE,
                        "%s: the %s in it are more than %lld MiB\n  unpack it and name the "
                        "folder, or allow more: `memory: MiB`\n",
                        p->root, p->kind->many, (long long)(p->most >> 20));
}

static ad_status take_entry(void *user, const char *name, bool *wanted)
{
    pictures *p = user;
    if (!sound_name(&name))
        return message_fail(AD_ERROR_FORMAT,
                            "%s: a file in it is called '%s'\n  pack it again with names below the "
                            "folder\n",
                            p->root, name);
    if (any_passed_over(name))
        return AD_OK;
    *wanted = p->kind->named(name);
    if (!*wanted) {
        add_other(p, name);
        return AD_OK;
    }
    size_t size = strlen(name) + sizeof(picture);
    if (size > p->most - p->packed_size)
        return fail_large(p);
    p->most -= size; /* names count too */
    return add(p, text_copy(name));
}

static ad_status take_bytes(void *user, const void *bytes, size_t size)
{
    pictures *p = user;
    if (size > p->most - p->packed_size)
        return fail_large(p);
    if (size > p->packed_room - p->packed_size) {
        size_t room = 2 * p->packed_room + size + HEAD;
        uint8_t *more = realloc(p->packed, room);
        if (!more)
            return message_no_memory();
        p->packed = more;
        p->packed_room = room;
    }
    if (size)
        memcpy(p->packed + p->packed_size, bytes, size);
    p->packed_size += size;
    p->list[p->count - 1].size += size;
    return AD_OK;
}

/* ---------------------------------------------------------------- all */

static int by_name(const void *a, const void *b)
{
    return strcmp(((const picture *)a)->name, ((const picture *)b)->name);
}

/* An archive may hold a name twice. */
static ad_status check_names(const pictures *p)
{
    for (int64_t i = 1; i < p->count; i++)
        if (strcmp(p->list[i - 1].name, p->list[i].name) == 0)
            return message_fail(AD_ERROR_FORMAT,
                                "%s: holds %s twice\n  pack it again with each file once\n",
                                p->root, p->list[i].name);
    return AD_OK;
}

static ad_status find_in_file(const char *path, pictures *p)
{
    unsigned char head[512] = {0};
    FILE *file = fopen(path, "rb");
    if (!file)
        return fail_open(path);
    size_t size = fread(head, 1, sizeof head, file);
    fclose(file);
    p->archive = archive_looks(head, size);
    if (p->archive)
        return archive_read(path, &(archive_reader){take_entry, take_bytes, p});
    return add(p, text_copy(""));
}

ad_status files_find(const char *path, size_t most, const file_kind *kind, pictures *p)
{
    struct stat about;
    *p = (pictures){.root = text_copy(path), .most = most, .kind = kind};
    ad_status status = !p->root                  ? message_no_memory()
                       : stat(path, &about) != 0 ? fail_open(path)
                       : S_ISDIR(about.st_mode)  ? walk(p, "", 0)
                       : S_ISREG(about.st_mode)
                           ? find_in_file(path, p)
                           : message_fail(AD_ERROR_FILE,
                                          "%s: is neither a file nor a folder\n  name the folder "
                                          "or archive of the %s\n",
                                          path, kind->many);
    if (status == AD_OK && p->count)
        qsort(p->list, (size_t)p->count, sizeof *p->list, by_name);
    if (status == AD_OK)
        status = check_names(p);
    if (status != AD_OK)
        pictures_done(p);
    return status;
}

ad_status pictures_find(const char *path, size_t most, pictures *p)
{
    return files_find(path, most, &picture_files, p);
}

/* ---------------------------------------------------------------- standard input */

static ad_status read_input(size_t most, pictures *p)
{
    ad_status status;
    text_buffer bytes = {0};
    char part[1 << 14];
    size_t got;
    stream *s = stream_open("-", &status);
    if (!s)
        return status;
    while ((got = stream_read(s, part, sizeof part)) > 0 && bytes.size < most)
        text_add_bytes(&bytes, part, got);
    stream_close(s);
    size_t size = bytes.size;
    p->packed = (uint8_t *)text_take(&bytes);
    if (size && !p->packed)
        return message_no_memory();
    p->list[0].size = size;
    return AD_OK;
}

ad_status files_input(const file_kind *kind, size_t most, pictures *p)
{
    *p = (pictures){.kind = kind, .root = text_copy("standard input"), .archive = true};
    char *name = text_copy("");
    ad_status status = p->root && name ? add(p, name) : message_no_memory();
    if (!p->root)
        free(name);
    return status == AD_OK ? read_input(most, p) : status;
}

/* ---------------------------------------------------------------- decoding */

ad_status files_bytes(const pictures *p, int64_t i, const char *path, const uint8_t **bytes,
                      size_t *size, uint8_t **own)
{
    *own = NULL;
    if (!p->archive) {
        ad_status status = image_file(path, own, size);
        *bytes = *own;
        return status;
    }
    *bytes = p->packed ? p->packed + p->list[i].start : (const uint8_t *)"";
    *size = p->list[i].size;
    return AD_OK;
}

ad_status pictures_decode(const pictures *p, int64_t i, int64_t channels, ad_image *image)
{
    const uint8_t *bytes;
    uint8_t *own;
    size_t size;
    *image = (ad_image){0};
    char *path = pictures_path(p, i);
    if (!path)
        return message_no_memory();
    ad_status status = files_bytes(p, i, path, &bytes, &size, &own);
    if (status == AD_OK)
        status = image_decode(path, bytes, size, channels, image);
    free(own);
    free(path);
    return status;
}

ad_status pictures_look(const pictures *p, int64_t i, ad_image *about)
{
    const uint8_t *bytes;
    uint8_t *own;
    size_t size;
    *about = (ad_image){0};
    char *path = pictures_path(p, i);
    if (!path)
        return message_no_memory();
    ad_status status = files_bytes(p, i, path, &bytes, &size, &own);
    if (status == AD_OK)
        status = image_look(path, bytes, size, about);
    free(own);
    free(path);
    return status;
}

ad_status ad_image_list(const char *const *path, int count, char ***list, int64_t *found)
{
    *list = NULL;
    *found = 0;
    ad_status status = AD_OK;
    for (int k = 0; k < count && status == AD_OK; k++) {
        pictures p;
        status = pictures_find(path[k], (size_t)1 << 30, &p);
        if (status != AD_OK)
            break;
        char **more = realloc(*list, (size_t)(*found + p.count + 1) * sizeof **list);
        *list = more ? more : *list;
        for (int64_t i = 0; more && i < p.count; i++) {
            more[*found] = pictures_path(&p, i);
            more = more[*found] ? more : NULL;
            *found += more != NULL;
        }
        status = more ? AD_OK : message_no_memory();
        pictures_done(&p);
    }
    for (int64_t i = 0; status != AD_OK && i < *found; i++)
        free((*list)[i]);
    if (status != AD_OK) {
        free(*list);
        *list = NULL;
        *found = 0;
    }
    return status;
}
