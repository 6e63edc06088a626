/* Data: what a file, folder, table or query holds, as sources of examples (adze/train.h).
 *
 * A reader is a record (adze/record.h) with two functions.  `understand` looks at the data once and
 * says what it is: a schema, one row for each field, with the reason.  `open` gives a part of it as
 * a source.  The schema goes into the saved model, so that other files are read the same way when
 * the model predicts: same columns, same classes in the same order, same size of images.
 *
 *     const ad_reader_record *csv = ad_reader_find("csv");
 *     ad_csv_options o =
 *         AD_OPTIONS(ad_csv_options, .path = "iris.csv", .target = AD_NAMES("species"));
 *     ad_schema *schema;
 *     ad_source *rows;
 *     if (csv->understand(&o, &schema) != AD_OK ||
 *         csv->open(&o, schema, AD_PART_TRAIN, &rows) != AD_OK)
 *         fputs(ad_kit_error(), stderr); */
#ifndef ADZE_DATA_H
#define ADZE_DATA_H

#include <adze/record.h>
#include <adze/train.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum ad_meaning {
    AD_MEANS_NUMBER, /* f64 (or f32 of any shape); NaN where it is missing */
    AD_MEANS_WHOLE,  /* i64, kept to the last digit */
    AD_MEANS_CLASS,  /* i32: 0 to classes - 1, which of `names`; -1 where it is missing */
    AD_MEANS_IMAGE,  /* u8 (height, width, channels) */
    AD_MEANS_TEXT,   /* u8 (AD_VARYING): UTF-8; nothing where it is missing */
    AD_MEANS_SOUND,  /* f32 (AD_VARYING): samples of one channel, -1 to 1 */
    AD_MEANS_TIME    /* f64: seconds since 1970-01-01 00:00 UTC, or plain numbers (see rate) */
} ad_meaning;

typedef enum ad_use {
    AD_USE_INPUT,
    AD_USE_TARGET,
    AD_USE_ID,  /* names a row in what is predicted; nothing is learned from it */
    AD_USE_NONE /* left out, and `why` says why: constant, one value each... not in the source */
} ad_use;

typedef struct ad_schema_field {
    char *name;
    ad_type type;
    ad_shape shape; /* of one example */
    ad_meaning meaning;
    ad_use use;
    /* AD_MEANS_CLASS; and AD_MEANS_TEXT where its words, between white space, are classes: tags */
    int64_t classes;
    char **names;    /* of the classes: classes texts; NULL where they have none */
    char *why;       /* "whole numbers 0 to 9, 10 different"; may be NULL */
    int64_t missing; /* values that are missing in what `understand` saw */
    /* AD_MEANS_SOUND: samples a second; AD_MEANS_TIME: 1 of seconds, 0 of plain numbers; else 0 */
    double rate;
} ad_schema_field;

typedef struct ad_schema {
    const char *reader; /* its record's name */
    ad_schema_field *field;
    int fields;
    /* the examples are one thing, piece after piece: points of a series in time, parts of one long
     * text.  Parts are cut off in order, and what is learned of are windows */
    bool running;
    char *own;   /* what the reader wants to know again: dialect, columns, sizes; may be NULL */
    char *notes; /* lines for a person: what was assumed, left out, and why; may be NULL */
} ad_schema;

AD_API ad_schema *ad_schema_new(const char *reader);
AD_API void ad_schema_free(ad_schema *schema);
/* Copies all texts.  NULL without memory. */
AD_API ad_schema_field *ad_schema_add(ad_schema *schema, const ad_schema_field *field);
AD_API const ad_schema_field *ad_schema_find(const ad_schema *schema, const char *name);
AD_API const ad_schema_field *ad_schema_target(const ad_schema *schema); /* the first; NULL: none */
/* One line more of notes, printf style. */
AD_API bool ad_schema_note(ad_schema *schema, const char *format, ...);
/* As text, by malloc, and back; ad_schema_read fails with words on what is no such text. */
AD_API char *ad_schema_text(const ad_schema *schema);
AD_API AD_CHECKED ad_status ad_schema_read(const char *text, size_t size, ad_schema **schema);

typedef enum ad_part { AD_PART_TRAIN, AD_PART_VALIDATION, AD_PART_TEST } ad_part;

/* Some of the items that are to be predicted, in their order. */
typedef struct ad_items {
    const char *path; /* the file, folder or archive that was named */
    int64_t count;    /* of these */
    ad_source
        *source;   /* count examples; NULL: the path cannot be read (further), error[0] says why */
    int64_t first; /* rows: the number of the first one in its file, from 1 */
    char *const *name;  /* of each: the file that it is; NULL: they are rows */
    char *const *error; /* of each: what is wrong with it, or NULL; NULL: all are sound */
} ad_items;

/* What is done with them; valid until it returns. */
typedef ad_status (*ad_items_take)(void *user, const ad_items *items);

typedef struct ad_reader_record {
    ad_record record;
    /* What the data is; options: the record's struct.  On failure ad_kit_error() has the words,
     * with the place: "train.csv:40:7: ..." */
    ad_status (*understand)(const void *options, ad_schema **schema);
    /* A part as a source whose fields are those of the schema that have a role, in that order.
     * *source is NULL, and the status AD_OK, where the data has no such part: data that is one heap
     * is AD_PART_TRAIN, and whoever calls splits it. */
    ad_status (*open)(const void *options, const ad_schema *schema, ad_part part,
                      ad_source **source);
    /* Other data of the same kind, to predict: files or folders by name, "-" standard input.
     * The target may be missing in it: its values are then NaN or -1.  NULL: not possible. */
    ad_status (*items)(const ad_schema *schema, const char *const *path, int count,
                       ad_source **source);
    /* The same of one path, in pieces, so that memory does not grow with the data.  What is broken
     * is among them, with words in place of its values.  Fails where the path cannot be read
     * (further) and where take fails.  NULL: items serves. */
    ad_status (*each)(const ad_schema *schema, const char *path, ad_items_take take, void *user);
    /* Whether a file or folder looks like this reader's (its first 4 KiB, NULL of a folder): 0 no,
     * to 100 certainly.  May be NULL. */
    int (*looks)(const char *path, const unsigned char *bytes, size_t size);
    /* What the examples of a part are called, the files that they are: *count texts by malloc, in
     * the order of `open`; free each, and the list.  NULL: they are rows. */
    ad_status (*names)(const void *options, const ad_schema *schema, ad_part part, char ***name,
                       int64_t *count);
} ad_reader_record;

/* ---------------------------------------------------------------- the readers */

/* "digits": digits that are drawn, (28, 28, 1) and their class: synthetic, for trying things out.
 * Image i depends on seed, part and i alone; images 10 k to 10 k + 9 hold each digit once. */
typedef struct ad_digits_options {
    AD_HEAD_(ad_digits_options);
    int64_t train_count AD_IS(12000), test_count AD_IS(2000); /* images */
    int64_t seed AD_IS(1);
} ad_digits_options;

/* Points that are drawn: synthetic, for trying things out, and for lessons.  Fields: x, y, f64; the
 * target: label i32 (of sines y itself).  Example i depends on seed, part and i alone; examples
 * `classes` k to `classes` (k + 1) - 1 hold each class once.  t is even over 0 to 1, e and d are
 * normal with deviation noise, drawn for each example anew.
 *
 * "moons": two half circles, one in the other: (cos pi t, sin pi t) + (e, d) and (1 - cos pi t, 1 /
 * 2 - sin pi t) + (e, d), as make_moons of scikit-learn (Pedregosa et al. 2011). */
typedef struct ad_moons_options {
    AD_HEAD_(ad_moons_options);
    int64_t train_count AD_IS(2000), test_count AD_IS(1000); /* examples */
    int64_t seed AD_IS(1);
    double noise AD_IS(0.1);
} ad_moons_options;

/* "circles": (cos 2 pi t, sin 2 pi t) + (e, d), and the same with radius factor, as make_circles.
 */
typedef struct ad_circles_options {
    AD_HEAD_(ad_circles_options);
    int64_t train_count AD_IS(2000), test_count AD_IS(1000);
    int64_t seed AD_IS(1);
    double noise AD_IS(0.05);
    double factor AD_IS(0.8);
} ad_circles_options;

/* "spirals": classes k = 0, 1... are arms: t (cos a, sin a) + (e, d), a = 2 pi (turns t + k /
 * classes). */
typedef struct ad_spirals_options {
    AD_HEAD_(ad_spirals_options);
    int64_t train_count AD_IS(2000), test_count AD_IS(1000);
    int64_t seed AD_IS(1);
    double noise AD_IS(0.02);
    int64_t classes AD_IS(2);
    double turns AD_IS(1);
} ad_spirals_options;

typedef enum ad_blobs_layout {
    AD_BLOBS_RANDOM, /* each coordinate of a centre is even over -size to size, by seed alone */
    AD_BLOBS_RING    /* centre k at size (cos 2 pi k / classes, sin 2 pi k / classes, 0...) */
} ad_blobs_layout;

/* "blobs": a centre for each class, and normal numbers round it, as make_blobs.  Of other than 2
 * dimensions the fields are x1, x2... */
typedef struct ad_blobs_options {
    AD_HEAD_(ad_blobs_options);
    int64_t train_count AD_IS(2000), test_count AD_IS(1000);
    int64_t seed AD_IS(1);
    double noise AD_IS(1);
    int64_t classes AD_IS(3);
    int64_t dimensions AD_IS(2);
    ad_blobs_layout layout AD_IS(AD_BLOBS_RANDOM);
    double size AD_IS(10);
} ad_blobs_options;

/* "sines": x = t, and the target y = sum over k = 1 to waves of sin(2 pi (k x + p_k)) / k + e, with
 * phases p_k by seed alone. */
typedef struct ad_sines_options {
    AD_HEAD_(ad_sines_options);
    int64_t train_count AD_IS(2000), test_count AD_IS(1000);
    int64_t seed AD_IS(1);
    double noise AD_IS(0.1);
    int64_t waves AD_IS(3);
} ad_sines_options;

/* "grammar": sentences of a small grammar, small letters without marks, and which kind each is:
 * command, exclamation, question or statement; synthetic.  Fields: text, label.  Sentence i depends
 * on seed, part and i alone; sentences 4 k to 4 k + 3 are of each kind once. */
typedef struct ad_grammar_options {
    AD_HEAD_(ad_grammar_options);
    int64_t train_count AD_IS(2000), test_count AD_IS(500); /* sentences */
    int64_t seed AD_IS(1);
    /* the target is the part of speech of each word, as of the text reader's form tagged: ADJ, ADP,
     * ADV, AUX, DET, NOUN, PRON, VERB; `help` and `paint` are nouns too then */
    bool tags AD_IS(false);
} ad_grammar_options;
typedef enum ad_copy_form { AD_COPY_SAME, AD_COPY_REVERSED, AD_COPY_SORTED } ad_copy_form;

/* "copy": words of small letters, each even over the first `letters` of the alphabet, and as the
 * target, which is a text too, the word itself, from its end to its begin, or with its letters in
 * order; synthetic.  Fields: text, target.  Lengths are even over shortest to longest.  Example i
 * depends on seed, part and i alone; where words are short the parts share some. */
typedef struct ad_copy_options {
    AD_HEAD_(ad_copy_options);
    int64_t train_count AD_IS(10000), test_count AD_IS(1000); /* words */
    int64_t seed AD_IS(1);
    ad_copy_form form AD_IS(AD_COPY_SAME);
    int64_t letters AD_IS(26);
    int64_t shortest AD_IS(3), longest AD_IS(10);
} ad_copy_options;

/* "adding": the adding problem (Hochreiter and Schmidhuber 1997), in the form of Le et al. 2015:
 * synthetic.  Fields: input f32 (length, 2), a number even over 0 to 1 and a marker at each step;
 * the marker is 1 at one step of the first half and one of the second, else 0; target f64: the sum
 * of the two numbers that are marked.  Its mean, 1, always answered has a squared error of 1 / 6.
 * Example i depends on seed, part and i alone. */
typedef struct ad_adding_options {
    AD_HEAD_(ad_adding_options);
    int64_t train_count AD_IS(10000), test_count AD_IS(1000); /* examples */
    int64_t seed AD_IS(1);
    int64_t length AD_IS(50); /* steps */
} ad_adding_options;

/* "waves": a series, a row an hour from 2024-01-01 00:00 on: field `time`, and x1, x2...: channel c
 * of row i is trend i + sum over k = 1 to waves of sin(2 pi (k i / period + p_ck)) / k + e, with
 * phases p_ck by seed alone and e normal with deviation noise. */
typedef struct ad_waves_options {
    AD_HEAD_(ad_waves_options);
    int64_t count AD_IS(2000); /* rows */
    int64_t seed AD_IS(1);
    double noise AD_IS(0.1);
    int64_t channels AD_IS(2), waves AD_IS(3);
    double period AD_IS(24), trend AD_IS(0.001);
} ad_waves_options;

typedef enum ad_resample {
    AD_RESAMPLE_NEAREST, /* the pixel below the centre */
    AD_RESAMPLE_BOX,     /* the mean of the area */
    AD_RESAMPLE_BILINEAR,
    AD_RESAMPLE_BICUBIC /* a = -0.5 */
} ad_resample;

/* How a picture of other proportions comes to the size. */
typedef enum ad_image_fit {
    AD_IMAGE_STRETCH, /* height and width each to theirs */
    AD_IMAGE_CROP,    /* scaled until it covers the size, and the middle is cut out */
    AD_IMAGE_PAD      /* scaled until it fits into the size, and black is put round it */
} ad_image_fit;

/* "images": pictures (JPEG, PNG, PGM) in a folder for each class, CLASS/x.jpg, or train/CLASS/x.jpg
 * beside test/CLASS/x.jpg (also val, valid, validation, training, testing), in a folder, or a tar
 * (plain, gzip, bzip2, xz) or zip file; or in any order with a CSV file of names and classes.
 * Fields: image u8 (height, width, channels), label i32.  Classes are sorted by name, numbers by
 * value.  Pictures are decoded when the source is opened, on all processors, and kept in memory
 * where they fit into `memory`; else whenever they are read. */
typedef struct ad_images_options {
    AD_HEAD_(ad_images_options);
    const char *path AD_IS(NULL);
    const char *test AD_IS(NULL);        /* another folder or archive: AD_PART_TEST */
    const char *labels AD_IS(NULL);      /* CSV: file name, class */
    const char *test_labels AD_IS(NULL); /* the same for `test` */
    int64_t height AD_IS(AD_SAME), width AD_IS(AD_SAME); /* not set: all have one size */
    ad_image_fit fit AD_IS(AD_IMAGE_STRETCH);
    ad_resample resample AD_IS(AD_RESAMPLE_BILINEAR);
    int64_t channels AD_IS(0);  /* 0: 1 if every picture is grey, else 3 */
    int64_t broken AD_IS(0);    /* broken files that are left out and noted; one more is an error */
    bool keep AD_IS(true);      /* decoded, in memory */
    int64_t memory AD_IS(1024); /* MiB: for what is kept, and for the contents of an archive */
} ad_images_options;

/* "sounds": recordings (WAV, FLAC, OGG and what else libsndfile reads) in a folder for each class,
 * or train and test above them, in a folder or an archive, laid out as those of "images"; or in any
 * order with a CSV file of names and classes; or with the class in each file's name.  Fields: sound
 * f32 (AD_VARYING), label i32, and one of AD_USE_ID for each other field of name_is.  Several
 * channels become one, their mean.  Whole numbers of b bits are divided by 2^(b - 1), so values are
 * -1 to below 1; those of floating files are as they are.  All have one rate: others are brought to
 * it by libsamplerate (sinc of medium quality).  A sound without samples is noted and stays. Sounds
 * are decoded whenever they are read. */
typedef struct ad_sounds_options {
    AD_HEAD_(ad_sounds_options);
    const char *path AD_IS(NULL);
    const char *test AD_IS(NULL);        /* another folder or archive: AD_PART_TEST */
    const char *labels AD_IS(NULL);      /* CSV: file name, class */
    const char *test_labels AD_IS(NULL); /* the same for `test` */
    /* what a name without folder and ending says: "{label}_{speaker}_{take}".  A field ends where
     * what stands behind it comes first; label is the class, others are ids, at most 6 */
    const char *name_is AD_IS(NULL);
    /* files whose ids have such a value are AD_PART_TEST: "take=3", "take=0-4" from 0 to 4 */
    ad_names test_when AD_IS({});
    int64_t sample_rate AD_IS(0); /* a second; 0: that of most files, of several the lowest */
    int64_t broken AD_IS(0);    /* broken files that are left out and noted; one more is an error */
    int64_t memory AD_IS(1024); /* MiB: for the contents of an archive */
} ad_sounds_options;

/* "tones": pairs of tones as a telephone's keys give them (ITU-T Q.23), drawn: synthetic, for
 * trying things out.  Key k = 0, 1... is "1", "2", "3", "A", "4"...: the sum of two sines of height
 * 0.25, of 697, 770, 852 or 941 Hz by its row and 1209, 1336, 1477 or 1633 Hz by its column, each
 * with a phase by chance, and normal noise.  A sound lasts from half of `longest` to all of it.
 * Fields: sound f32 (AD_VARYING), label.  Example i depends on seed, part and i alone; examples
 * `classes` k to `classes` (k + 1) - 1 hold each key once.  To predict are files, as of "sounds".
 */
typedef struct ad_tones_options {
    AD_HEAD_(ad_tones_options);
    int64_t train_count AD_IS(1000), test_count AD_IS(200); /* sounds */
    int64_t seed AD_IS(1);
    double noise AD_IS(0.1); /* its deviation */
    int64_t classes AD_IS(12);
    int64_t sample_rate AD_IS(8000);
    double longest AD_IS(0.5); /* seconds */
} ad_tones_options;

/* What the numbers of a target are. */
typedef enum ad_target_kind {
    AD_TARGET_AUTO,  /* a class where they are whole numbers from 0, one for each example */
    AD_TARGET_CLASS, /* a class, or an error */
    AD_TARGET_NUMBER
} ad_target_kind;

/* Which axis of (count, ., ., .) holds the channels. */
typedef enum ad_channels { AD_CHANNELS_UNSAID, AD_CHANNELS_FIRST, AD_CHANNELS_LAST } ad_channels;

/* "idx": IDX files (LeCun and Cortes 1998) of any type and number of axes, plain or gzip.
 * Fields: unsigned bytes as (count, height, width) or (count, height, width, channels) are
 * "image", others "input", f32 or f64, which hold each number exactly; whole numbers, one for each
 * example, are "label", others "target". */
typedef struct ad_idx_options {
    AD_HEAD_(ad_idx_options);
    const char *path AD_IS(NULL);   /* folder with train-images-idx3-ubyte..., or the images */
    const char *images AD_IS(NULL); /* file; NULL: from path */
    const char *labels AD_IS(NULL);
    const char *test_images AD_IS(NULL);
    const char *test_labels AD_IS(NULL);
    int64_t classes AD_IS(0); /* 0: one more than the largest label */
    ad_names names AD_IS({});
    ad_target_kind target_is AD_IS(AD_TARGET_AUTO);
    int64_t train_count AD_IS(0), test_count AD_IS(0); /* the first so many; 0: all */
} ad_idx_options;

/* "cifar": CIFAR-10's and CIFAR-100's binary records (Krizhevsky 2009): one or two bytes of label,
 * then 1024 of red, of green, of blue.  Fields: image u8 (32, 32, 3), label i32. */
typedef struct ad_cifar_options {
    AD_HEAD_(ad_cifar_options);
    const char *path AD_IS(NULL); /* folder, or file of training records */
    ad_names files AD_IS({});     /* in the folder; none: data_batch_1.bin to 5, or train.bin */
    const char *test AD_IS(NULL); /* file; NULL: test_batch.bin or test.bin of the folder */
    int64_t label_bytes AD_IS(0); /* 1 CIFAR-10, 2 CIFAR-100; 0: by the size of the file */
    bool coarse AD_IS(false);     /* of two labels the first, the coarse class */
    int64_t classes AD_IS(0);
    ad_names names AD_IS({}); /* none: from batches.meta.txt or *_label_names.txt of the folder */
} ad_cifar_options;

/* "arrays": NumPy's npy and npz (stored or deflated, zip64, either order of bytes and axes),
 * safetensors, and HDF5, whose arrays are named with their groups, "train/x".  A plain npy file is
 * mapped, and read as it is needed.
 *
 * A file may hold any arrays.  Each whose first axis is the examples is a field under its name, an
 * input but for the target; a first axis of another size is an error, and what is one number or no
 * numbers is left out with the reason.  x_train, train_x and train/x are x of the training part,
 * and so are those of test and of val, valid or validation.  Where there is one input, named by
 * `input` or by a usual name (x, X, data, images, inputs), the fields are called as of "idx".
 *
 * With `time` or `series` an example is a row of a series, its columns numbers: an array (rows) is
 * the field NAME, one of (rows, columns) the fields NAME.0, NAME.1...  Times are NumPy's
 * datetime64, or numbers: seconds since 1970 where all are whole and have 9 or 10 digits, else as
 * they stand. They are looked at as those of "csv". */
typedef struct ad_arrays_options {
    AD_HEAD_(ad_arrays_options);
    const char *path AD_IS(NULL);        /* npz, or npy of inputs */
    const char *labels AD_IS(NULL);      /* npy of targets */
    const char *test AD_IS(NULL);        /* npz, or npy of inputs */
    const char *test_labels AD_IS(NULL); /* npy */
    const char *input AD_IS(NULL);       /* an array's name in an npz */
    const char *target AD_IS(NULL);
    const char *test_input AD_IS(NULL); /* in the npz of test, or of path */
    const char *test_target AD_IS(NULL);
    ad_channels channels AD_IS(AD_CHANNELS_UNSAID);
    ad_target_kind target_is AD_IS(AD_TARGET_AUTO);
    int64_t classes AD_IS(0);
    ad_names names AD_IS({});
    ad_names skip AD_IS({});      /* arrays that are left out */
    const char *time AD_IS(NULL); /* the array that says when a row was: rows are a series */
    bool series AD_IS(false);     /* rows are a series, each one step after the one before */
} ad_arrays_options;

/* How texts lie in a file or folder. */
typedef enum ad_texts_form {
    AD_TEXTS_AUTO,    /* found: see the schema's notes */
    AD_TEXTS_LABELS,  /* each line is a class and a text, such as CLASS<tab>TEXT */
    AD_TEXTS_LINES,   /* each line is a text, an empty one is none */
    AD_TEXTS_FOLDERS, /* each file is a text, its folder the class */
    AD_TEXTS_CORPUS,  /* one long text */
    AD_TEXTS_TAGGED,  /* each line is a word and its tag, an empty line ends a sentence */
    AD_TEXTS_PAIRS    /* each line is a text and what it becomes, TEXT<tab>TEXT, or of two files */
} ad_texts_form;

/* Where the class stands in a line. */
typedef enum ad_texts_class { AD_TEXTS_FOUND, AD_TEXTS_FIRST, AD_TEXTS_LAST } ad_texts_class;

/* "text": texts in UTF-8, plain or gzip, mapped where they lie.  Fields: text, and label (the
 * target) where there are classes, target where there are pairs: a text, too.  A folder or archive
 * holds a folder for each class (or train and test above them), or files called train, valid and
 * test, or files that follow one another.
 *
 * Found in the first 256 KiB: lines of a class and a text, where every line has a tab and few
 * different words stand before it (or behind the last), or __label__ words as fastText's; pairs,
 * where each line has one tab; else texts, where 20 lines and more have at most 3 words each; else
 * one long text.  That is given in pieces of some `piece` bytes, one behind the other
 * (schema->running), which end before white space where they can.
 *
 * Words with tags (form tagged; found where every line has as many columns, the first without a
 * blank, the last one of few, and sentences end with empty lines) are fields `text`, the words of a
 * sentence with blanks between, and `tags`, the target, as many tags, AD_MEANS_TEXT whose `names`
 * are all that the training part has, in order of their bytes.  Columns stand between tabs, else
 * between runs of blanks, and are as many in every line.  Lines -DOCSTART- of CoNLL-2003 are left
 * out.  Ten columns between tabs, the first a number, are CoNLL-U: words of column 2, tags of 4;
 * lines that begin with #, ranges (3-4) and empty nodes (5.1) are left out.  Elsewhere a line that
 * begins with # before the first word of a sentence is left out where it has not as many columns.
 * The tag _ is none.  A blank within a word becomes U+00A0.  To predict are such files, with
 * tags or without; files with a word in each line and empty ones between; else sentences, a line
 * each, whose words stand between white space. */
typedef struct ad_texts_options {
    AD_HEAD_(ad_texts_options);
    const char *path AD_IS(NULL);  /* file, folder or archive */
    const char *valid AD_IS(NULL); /* file to validate by */
    const char *test AD_IS(NULL);  /* file; of folders a folder or archive */
    /* files whose lines are what those of path, valid and test become: pairs */
    const char *into AD_IS(NULL), *valid_into AD_IS(NULL), *test_into AD_IS(NULL);
    const char *labels AD_IS(NULL); /* of a folder: CSV file, a line for each text */
    ad_texts_form form AD_IS(AD_TEXTS_AUTO);
    ad_texts_class class_at AD_IS(AD_TEXTS_FOUND);
    /* between class and text, or both texts: tab, comma, blank, or the text itself; NULL: tab */
    const char *separator AD_IS(NULL);
    int64_t piece AD_IS(1024);  /* bytes */
    int64_t memory AD_IS(1024); /* MiB that an archive's texts may take */
    /* of words with tags, from 1; 0: the first (of CoNLL-U the second), the last (the fourth) */
    int64_t word_column AD_IS(0), tag_column AD_IS(0);
} ad_texts_options;

/* "csv": tables as text, plain or gzip, in UTF-8: cells between commas, semicolons, tabs, bars or
 * blanks, with quotes or without, first row names or not.  What is not given is found from the
 * first 256 KiB and said in the schema's notes.
 *
 * Every column is looked at from its first row to its last:
 * - all cells numbers: AD_MEANS_WHOLE where all are whole, none is missing and all fit int64, else
 *   AD_MEANS_NUMBER, the same bits as strtod in the C locale gives; longer whole numbers, and codes
 *   with zeros in front, stay text
 * - numbers with one unit, currency or %, or marks between thousands ($1,200.50, 12 kg, 1.234,56):
 *   AD_MEANS_NUMBER, without them: 3 % is 3.  Beside numbers, fewer of them, the words ?, -, --, .,
 *   na, n.a., n.d., none, unknown, missing and #DIV/0! are missing values; each is said
 * - all cells dates (2024-03-05, 2024Q1, 5.3.2024, 3/5/24, 5 Mar 2024, Mar 2024, with or without a
 *   time, or 14:30:00 alone): fields NAME.year, NAME.month, NAME.day, NAME.weekday (0 is Monday)
 *   and NAME.hour, as far as present.  Digits are dates where 8 rows or more are all days of 1900
 *   to 2099 (20240305), or the name says so; seconds since 1970 where it has a word such as time
 * - whole numbers whose name has a word such as zip, code or phone: text
 * - else text: AD_MEANS_CLASS, names in sorted order.  A target of at most 20 different whole
 *   numbers, each 4 times or more on average (or no more than two), is a class too, in order of the
 *   numbers.
 * Left out with the reason: columns of one value, or none; whole numbers that count up by 1, but
 * for years; those whose name ends in id or key, or of 12 equally many digits and more, where most
 * are different (named ids that come again are classes); texts that are another in (nearly) every
 * row, or too many: more than 4096, fewer in tables of more than 64 columns.  Such texts of three
 * words and more are AD_MEANS_TEXT where no other column is left to learn from, or types says
 * COLUMN=text.  Missing are empty cells and pandas' words (NA, N/A, NaN, nan, None, null, NULL,
 * <NA>, #N/A...).
 *
 * Texts that all end as names of pictures do (.png, .jpg, .jpeg, .pgm...), or of sounds (.wav,
 * .flac, .ogg...), are paths, relative to the folder of the table: where the first three files are
 * there, or types says COLUMN=picture or COLUMN=sound, the field is what they hold, as of "images"
 * (u8 (height, width, channels)) and "sounds" (f32 (AD_VARYING)).  An empty cell is a black
 * picture, and a sound without samples; a file that is not there, or is broken, is an error with
 * its row. Pictures are decoded when a part is opened where they fit into `memory`, else whenever
 * they are read; sounds whenever they are read.
 *
 * With `time` the rows are a series: AD_MEANS_TIME, which names a row (AD_USE_ID), and the schema
 * is running.  Dates as above, hours east of Greenwich (+01:00) taken off; years (1700) begin on
 * their first of January; months and quarters on their first day; other numbers stay as they are.
 * Rows that go back in time, or have none, are an error with the first three places; the step, gaps
 * and what is irregular are noted.  `series` says the same of rows without a time.
 */
typedef struct ad_csv_options {
    AD_HEAD_(ad_csv_options);
    const char *path AD_IS(NULL);
    const char *test AD_IS(NULL); /* a second file with the same columns */
    ad_names target;              /* columns to predict, by name; none is ever guessed */
    ad_names skip, id;            /* columns left out; columns that name rows */
    /* "COLUMN=number", whole, class, text, date, dmy, mdy, picture, sound, id or none */
    ad_names types;
    ad_names missing;                  /* more words for a missing value */
    const char *time AD_IS(NULL);      /* the column that says when a row was: they are a series */
    bool series AD_IS(false);          /* rows are a series, each one step after the one before */
    const char *delimiter AD_IS(NULL); /* one character, tab, blank (runs of them); NULL: found */
    const char *quote AD_IS(NULL);     /* one character, none; NULL: found */
    const char *decimal AD_IS(NULL);   /* "." or ","; NULL: found */
    const char *comment AD_IS(NULL);   /* lines that begin with it are no rows; none; NULL: found */
    int header AD_IS(0);               /* auto, yes, no: whether the first row is names */
    /* refuse, missing: what becomes of a text or two in a column of numbers */
    int slips AD_IS(0);
    int unknown AD_IS(0); /* refuse, missing: what a class becomes that the schema does not know */
    int64_t threads AD_IS(0); /* 0: one for each processor; the result is the same */
    /* of columns of pictures and sounds, as of "images" and "sounds" */
    int64_t height AD_IS(AD_SAME), width AD_IS(AD_SAME);
    ad_image_fit fit AD_IS(AD_IMAGE_STRETCH);
    ad_resample resample AD_IS(AD_RESAMPLE_BILINEAR);
    int64_t channels AD_IS(0), sample_rate AD_IS(0);
    bool keep AD_IS(true);      /* decoded pictures, in memory */
    int64_t memory AD_IS(1024); /* MiB, for those */
} ad_csv_options;

/* "sqlite": what a query of an SQLite file gives, opened for reading alone.  Columns are understood
 * as those of "csv"; NULL is missing, values of type INTEGER and REAL keep their bits.  Places in
 * messages are FILE:ROW:COLUMN of the result. */
typedef struct ad_sqlite_options {
    AD_HEAD_(ad_sqlite_options);
    const char *path AD_IS(NULL);
    const char *query AD_IS(NULL); /* one SELECT; NULL: all of the only table */
    const char *test AD_IS(NULL);  /* another query with the same columns: AD_PART_TEST */
    ad_names target, skip, id, types, missing; /* as of "csv" */
    const char *time AD_IS(NULL);
    bool series AD_IS(false);
    int slips AD_IS(0), unknown AD_IS(0);
    /* of columns of pictures and sounds, as of "images" and "sounds" */
    int64_t height AD_IS(AD_SAME), width AD_IS(AD_SAME);
    ad_image_fit fit AD_IS(AD_IMAGE_STRETCH);
    ad_resample resample AD_IS(AD_RESAMPLE_BILINEAR);
    int64_t channels AD_IS(0), sample_rate AD_IS(0);
    bool keep AD_IS(true);      /* decoded pictures, in memory */
    int64_t memory AD_IS(1024); /* MiB, for those */
} ad_sqlite_options;

/* "arff": files of Weka (Witten, Frank, Hall 2011): numeric, nominal, string and date attributes,
 * dense and sparse rows.  A nominal attribute is a class with the names in the file's order; only ?
 * is missing. */
typedef struct ad_arff_options {
    AD_HEAD_(ad_arff_options);
    const char *path AD_IS(NULL);
    const char *test AD_IS(NULL);              /* a second file with the same attributes */
    ad_names target, skip, id, types, missing; /* as of "csv" */
    const char *time AD_IS(NULL);
    bool series AD_IS(false);
    int slips AD_IS(0), unknown AD_IS(0);
    /* of columns of pictures and sounds, as of "images" and "sounds" */
    int64_t height AD_IS(AD_SAME), width AD_IS(AD_SAME);
    ad_image_fit fit AD_IS(AD_IMAGE_STRETCH);
    ad_resample resample AD_IS(AD_RESAMPLE_BILINEAR);
    int64_t channels AD_IS(0), sample_rate AD_IS(0);
    bool keep AD_IS(true);      /* decoded pictures, in memory */
    int64_t memory AD_IS(1024); /* MiB, for those */
} ad_arff_options;

/* "svmlight": rows "label index:value index:value", indices growing; qid and comments behind # are
 * passed over.  Fields: input f32 (width), label (a class by the rule of "csv", else f64). */
typedef struct ad_svmlight_options {
    AD_HEAD_(ad_svmlight_options);
    const char *path AD_IS(NULL);
    const char *test AD_IS(NULL);
    int base AD_IS(0); /* auto, zero, one: the first index; auto: zero where one is 0, and said */
    int64_t width AD_IS(0); /* of input; 0: as the largest index says */
} ad_svmlight_options;

AD_API const ad_record *ad_reader_at(int i); /* each an ad_reader_record; NULL past the last */
AD_API const ad_reader_record *ad_reader_find(const char *name);
/* The reader for a path by what it looks like; NULL with words: none does. */
AD_API const ad_reader_record *ad_reader_for(const char *path);

#ifdef __cplusplus
} /* extern "C" */
#endif

#include "data_call.h"

#endif
