/* The files of a folder or an archive that are of a kind by their names: pictures, texts... */
#ifndef ADZE_KIT_PICTURES_H
#define ADZE_KIT_PICTURES_H

#include <adze/kit.h>

/* What is looked for. */
typedef struct file_kind {
    bool (*named)(const char *name); /* whether a file is one, by its name */
    const char *one, *many;          /* "picture", "pictures" */
    const char *endings;             /* ".jpg, .jpeg, .png or .pgm", for messages */
    const char *ending;              /* "jpg", for messages */
    bool by_names;                   /* names may say the class: name_is */
} file_kind;
extern const file_kind picture_files, sound_files;

typedef struct picture {
    char *name;         /* below the root: "cats/1.jpg" */
    size_t start, size; /* of an archive: where its bytes are in `packed` */
} picture;

/* Sorted by name, each name once. */
typedef struct pictures {
    const file_kind *kind;
    char *root; /* as it was given */
    picture *list;
    int64_t count, room;
    bool archive;
    uint8_t *packed; /* the files of an archive, one after the other */
    size_t packed_size, packed_room, most;
    int64_t others; /* files that are not of the kind */
    char *other;    /* one of them */
} pictures;

/* Walks a folder, reads an archive, or takes a single file.  Names that begin with a dot and
 * __MACOSX are passed over.  most: bytes of an archive's pictures that are held. */
ad_status pictures_find(const char *path, size_t most, pictures *p);
ad_status files_find(const char *path, size_t most, const file_kind *kind, pictures *p);
/* Standard input as one file. */
ad_status files_input(const file_kind *kind, size_t most, pictures *p);
/* The bytes of file i: of an archive those that are held, else the file's, which *own frees. */
ad_status files_bytes(const pictures *p, int64_t i, const char *path, const uint8_t **bytes,
                      size_t *size, uint8_t **own);
void pictures_done(pictures *p);
/* "ROOT/NAME", by malloc; NULL without memory. */
char *pictures_path(const pictures *p, int64_t i);
/* Decodes picture i (image_decode), or only looks at its header.  Safe from many threads. */
ad_status pictures_decode(const pictures *p, int64_t i, int64_t channels, ad_image *image);
ad_status pictures_look(const pictures *p, int64_t i, ad_image *about);
/* Whether a file is a picture by its name. */
bool pictures_named(const char *name);

#endif
