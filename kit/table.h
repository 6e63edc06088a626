/* Tables: what CSV, SQLite and ARFF have in common.  Rows of cells become facts about columns,
 * facts become a schema, and by the schema rows become typed arrays.
 *
 *     table_facts, table_course   one pair a column, filled cell by cell      table_facts.c
 *     table_layout                columns, their types, words for missing      table_layout.c
 *     table_infer                 facts -> layout and schema, with reasons     table_infer.c,
 *                                                                            table_judge.h
 *     table_rows                  cells -> typed arrays -> a source            table_rows.c
 *     table_files                 cells that name pictures or sounds           table_files.c */
#ifndef ADZE_KIT_TABLE_H
#define ADZE_KIT_TABLE_H

#include <adze/kit.h>

#include "image_source.h"
#include "sound.h"
#include "text.h"

/* ---------------------------------------------------------------- cells */

typedef enum cell_given {
    CELL_TEXT,
    CELL_EXACT, /* text that is no word for missing */
    CELL_NOTHING,
    CELL_WHOLE,
    CELL_NUMBER
} cell_given;

/* What stands in one place of a table.  Readers of text give text; a data base gives values. */
typedef struct table_cell {
    const char *text;
    size_t size;
    char doubled;        /* this quote stands twice in the text where it is meant once; 0: none */
    unsigned char given; /* cell_given */
    int64_t whole;
    double number;
} table_cell;

/* ---------------------------------------------------------------- numbers as text */

typedef enum number_kind {
    NUMBER_NONE,
    NUMBER_WHOLE, /* fits int64_t */
    NUMBER_LARGE, /* whole, and does not */
    NUMBER_REAL   /* has a point, an exponent, or is infinite */
} number_kind;

typedef struct table_number {
    number_kind kind;
    bool padded; /* whole, more than one digit, and the first is 0 */
    int64_t whole;
    double value; /* the nearest, ties to even, as strtod in the C locale gives it */
} table_number;

/* Decimal text, blanks around it allowed: [+-]digits[.digits][e[+-]digits], inf, infinity.  point
 * stands for the decimal point. */
number_kind table_number_read(const char *text, size_t size, char point, table_number *n);

/* What stands before a number ("$") and behind it ("kg"), without blanks. */
typedef struct number_dress {
    char before[8], after[16];
} number_dress;

/* A number with a currency, a unit, or marks between thousands: $1,200.50, 12 kg, 3 %.  False for
 * others, plain numbers too. */
bool table_number_undress(const char *text, size_t size, char point, table_number *n,
                          number_dress *d);
bool table_dress_same(const number_dress *a, const number_dress *b);
/* A word that stands for a missing value in a column of numbers: ?, -, unknown... */
bool table_no_number(const char *text, size_t size);

/* ---------------------------------------------------------------- dates */

enum {
    DATE_ISO,
    DATE_DMY,
    DATE_MDY,
    DATE_NAMED,
    DATE_COMPACT,
    DATE_CLOCK,
    DATE_SECONDS,
    DATE_FORMS
};
enum { DATE_SHORTEST = 4, DATE_LONGEST = 40 }; /* bytes */
enum { DATE_YEAR, DATE_MONTH, DATE_DAY, DATE_WEEKDAY, DATE_HOUR, DATE_PARTS };
#define DATE_ALL ((1u << DATE_FORMS) - 1)

extern const char *const date_form_words[DATE_FORMS]; /* "iso" */
extern const char *const date_part_words[DATE_PARTS]; /* "year" */

/* Parts of a date, -1 where the text has none; weekday: 0 Monday to 6. */
typedef struct table_date {
    int part[DATE_PARTS];
    double clock; /* seconds since the day began; 0 where the text has no time */
    int zone;     /* seconds east of Greenwich, where it says so; else 0 */
} table_date;

bool table_date_read(const char *text, size_t size, int form, table_date *date);
/* Those of the forms (bits) that the text has. */
unsigned table_date_forms(const char *text, size_t size, unsigned forms);

/* How a column of times is written: a form of dates; years alone; plain numbers. */
enum { TIME_YEAR = DATE_FORMS, TIME_NUMBER, TIME_FORMS };
/* Seconds since 1970, or the number. */
bool table_time_read(const char *text, size_t size, char point, int form, double *time);

/* ---------------------------------------------------------------- words for missing */

enum { MISSING_LONGEST = 62 };

typedef struct missing_words {
    uint64_t sizes[256]; /* by the first byte: bit n where a word has n bytes */
    const ad_names *more;
} missing_words;

/* Those of pandas 3.1, and more. */
void missing_words_set(missing_words *m, const ad_names *more);
bool missing_word_listed(const missing_words *m, const char *text, size_t size);

/* Nothing, or one of the words; most texts are told by their first byte and their size. */
static inline bool missing_word(const missing_words *m, const char *text, size_t size)
{
    uint64_t bit = (uint64_t)1 << (size < MISSING_LONGEST ? size : MISSING_LONGEST + 1);
    return size == 0 ||
           ((m->sizes[(unsigned char)*text] & bit) && missing_word_listed(m, text, size));
}

/* ---------------------------------------------------------------- different values, bounded */

typedef struct distinct_value {
    uint64_t hash;
    int64_t count;
    uint32_t at, size; /* in bytes */
} distinct_value;

typedef struct distinct {
    distinct_value *value;
    int32_t *slot;
    int count, slots;
    bool many; /* more than the bound: the values are forgotten */
    char *bytes;
    size_t used, room;
} distinct;

/* False without memory. */
bool distinct_add(distinct *d, const char *text, size_t size, int64_t times, int bound);
/* Counts a text that is there; false where it is not. */
bool distinct_again(distinct *d, const char *text, size_t size);
int distinct_find(const distinct *d, const char *text, size_t size); /* -1: not there */
bool distinct_join(distinct *to, const distinct *from, int bound);
void distinct_done(distinct *d);

/* ---------------------------------------------------------------- facts about a column */

/* What does not depend on the order of rows: the same by any number of threads. */
typedef struct table_facts {
    int64_t count, missing; /* count: of cells, missing ones too */
    int64_t wholes, large, reals, texts, padded, infinite, broken; /* broken: has a fraction */
    int64_t least, most;                                           /* of whole numbers */
    double low, high;                                              /* of all numbers */
    unsigned dates;                                                /* forms that all cells have */
    short from[2][DATE_PARTS], to[2][DATE_PARTS]; /* parts of dates; [1]: as month/day/year */
    distinct values;
    int64_t wordy;            /* texts of three words and more */
    int64_t pictures, sounds; /* texts that end as their names do; counted until one does not */
    int64_t dressed, words;   /* of texts: numbers with something round them, no_number words */
    number_dress dress;       /* of all that are dressed, if not mixed; counted until a text is */
    bool mixed;               /* neither */
} table_facts;

/* A text, and where it stands. */
typedef struct table_text {
    int64_t line, column;
    char *text;
} table_text;
enum { TEXTS_MORE = 2, PATHS_TRIED = 3 };

/* What does: made for runs of rows, joined in their order. */
typedef struct table_course {
    double sum; /* of finite numbers */
    int64_t first, last;
    bool any, counting;          /* whole numbers, each one more than the one before */
    int64_t line, column;        /* of the first cell that is text; 0: none */
    char *text;                  /* what stands there */
    table_text more[TEXTS_MORE]; /* and of the next ones */
    int mores;
    char *path[PATHS_TRIED]; /* the first texts, where they end as names of files do */
    int paths;
} table_course;

/* How cells are read. */
typedef struct table_habits {
    missing_words missing;
    char point;
    int bound; /* of different values that are kept, by column */
} table_habits;

bool cell_text_halved(const table_cell *c, text_buffer *room, const char **text, size_t *size);

/* A text without doubled quotes: the cell's own, or a copy in *room (realloc).  False without
 * memory. */
static inline bool cell_text(const table_cell *c, text_buffer *room, const char **text,
                             size_t *size)
{
    *text = c->text, *size = c->size;
    return !c->doubled || cell_text_halved(c, room, text, size);
}
/* As it is shown in messages: quoted, cut.  Also for given values. */
void cell_show(text_buffer *t, const table_cell *c);

void table_facts_begin(table_facts *f, table_course *c, int columns);
/* True on one of the first texts in a course: the caller then says where it stands.  *memory: false
 * without memory. */
bool table_facts_add(table_facts *f, table_course *c, const table_cell *cell, const table_habits *h,
                     text_buffer *room, bool *memory);
/* Where the last text that table_facts_add kept stands. */
void table_course_place(table_course *c, int64_t line, int64_t column);
bool table_facts_join(table_facts *to, const table_facts *from, int bound);
/* Takes what from holds. */
void table_course_join(table_course *to, table_course *from);
void table_facts_free(table_facts *f, table_course *c, int columns);
/* How many different values a table of so many columns keeps for each. */
int table_bound(int columns);

/* ---------------------------------------------------------------- the layout of a table */

typedef enum column_type {
    COLUMN_NONE,
    COLUMN_NUMBER,
    COLUMN_WHOLE,
    COLUMN_CLASS,
    COLUMN_DATE,
    COLUMN_TEXT,    /* of ids */
    COLUMN_TIME,    /* of a series */
    COLUMN_PICTURE, /* paths */
    COLUMN_SOUND,
    COLUMN_TYPES
} column_type;
extern const char *const column_type_words[COLUMN_TYPES];

/* How numbers of a column stand there, as bits. */
enum {
    NUMBERS_WORDS = 1,   /* words of table_no_number are missing */
    NUMBERS_DRESSED = 2, /* in `dress`; plain ones too where that is nothing but thousands */
    NUMBERS_SLIPS = 4    /* any other text is missing; never beside NUMBERS_WORDS */
};

/* Why a field is left out, behind "is left out: " (schema.c). */
const char *schema_why_left_out(const ad_schema_field *f);

/* A column of the files, and which of the schema's fields it fills. */
typedef struct layout_column {
    char *name;
    int type; /* column_type */
    int form; /* of dates and times; of numbers: number_form; of pictures: table_picture_form */
    number_dress dress;    /* of numbers that have one */
    int field[DATE_PARTS]; /* in the schema; -1: none; others than dates: the first */
} layout_column;

/* What other files need to be read the same way.  Its text is the schema's `own`. */
typedef struct table_layout {
    layout_column *column;
    int columns;
    bool named; /* columns are found by name; else by place */
    char point;
    bool unknown_missing; /* a class that the schema does not know is missing, not a mistake */
    ad_names missing;     /* more words for missing */
    char *dialect;        /* the reader's own words; may be NULL */
} table_layout;

char *table_layout_text(const table_layout *l);
/* Takes a text of table_layout_text only; AD_ERROR_FORMAT with words on others.  schema: for the
 * number of fields. */
ad_status table_layout_read(const ad_schema *schema, table_layout *l);
void table_layout_done(table_layout *l);
bool table_names_copy(ad_names *to, const ad_names *from);
void table_names_done(ad_names *n);

/* ---------------------------------------------------------------- facts become a schema */

/* What is asked of columns of pictures and sounds: see ad_images_options, ad_sounds_options. */
typedef struct table_files_wish {
    int64_t height, width, channels, sample_rate;
    ad_image_fit fit;
    ad_resample resample;
    size_t keep; /* bytes of decoded pictures that may be kept */
} table_files_wish;

/* What is asked of a table; the options of every reader of tables come to this. */
typedef struct table_wish {
    const char *reader, *name; /* name: of the file, for messages */
    ad_names target, skip, id, types;
    const ad_names *column_names;
    const char *time; /* the column of times of a series; NULL: none */
    bool series;      /* rows are one, also without it */
    bool named;
    bool slips_missing; /* texts in a column of numbers are missing values, and noted */
    /* Types that the file itself states, one a column (column_type), or NULL; and nominal's names.
     */
    const int *stated;
    const ad_names *stated_names;
    table_files_wish files;
} table_wish;

/* Makes schema and layout->column from the facts, one each for column i of columns.  The layout's
 * other fields are set before; *schema gets layout's text as `own`. */
ad_status table_infer(const table_wish *wish, const table_facts *facts, const table_course *course,
                      table_layout *layout, ad_schema *schema);
/* Whether the columns that a wish names exist, with suggestions.  Before a long reading. */
ad_status table_check_wish(const table_wish *wish);
/* Where nothing else is left to learn from, columns of free text are what is learned from.
 * free_field: of each column its field, -1 where it is none.  False without memory. */
bool table_take_free_text(const int *free_field, table_layout *layout, ad_schema *schema);
/* The word behind "NAME=" in types, or NULL. */
const char *table_asked_type(const table_wish *wish, const char *name);
ad_use table_wished_use(const table_wish *wish, const char *name);

/* What the name of a column says. */
bool name_says_id(const char *name);
bool name_says_code(const char *name);
bool name_says_year(const char *name);
bool name_says_time(const char *name);

/* ---------------------------------------------------------------- rows become arrays */

/* Which cell of a file's rows goes to which column of the layout, and by what tables. */
typedef struct table_plan {
    const ad_schema *schema;
    const table_layout *layout;
    table_habits habits;
    int *cell_of;      /* of a layout's column: the place in a row; -1: not in this file */
    int cells;         /* of a row */
    distinct *classes; /* of each field that is a class: its names, in order */
    int fields;        /* that have a role */
    int *place;        /* of a schema's field: in the source; -1: none */
    int *file;         /* columns of the layout that are read as files, in their order */
    int files;
    bool known;   /* sizes and rates are: fields are what the files hold, not paths */
    bool checked; /* files that are broken fail at once, not where they are read */
    size_t keep;  /* bytes of decoded pictures that may be kept */
} table_plan;

/* names: the columns of this file; count of them.  target_needed: else it may be missing. */
ad_status table_plan_make(table_plan *p, const ad_schema *schema, const table_layout *layout,
                          const char *file, char *const *names, int count, bool target_needed);
void table_plan_done(table_plan *p);

/* Growing typed arrays: one a field of the source. */
typedef struct table_column {
    ad_type type;
    bool varies; /* u8 texts */
    char *data;
    size_t used, room;
    int64_t *end; /* of each text */
    size_t ends, ends_room;
    struct table_file *file; /* where the texts are paths of what the source gives; else NULL */
} table_column;

/* Where a cell stands, from 1; line 0: not known. */
typedef struct table_spot {
    int64_t line, column;
} table_spot;

/* A row whose values could not be taken: nothing is known of it but what names it. */
typedef struct table_broken {
    int64_t row, line, column; /* line and column from 1; 0: without a place */
    char *words;
    bool placed; /* the words say the place themselves */
} table_broken;

typedef struct table_rows {
    table_column *column;
    int columns;
    int64_t rows;
    text_buffer scratch;
    table_broken *broken;
    int64_t broken_count, broken_room;
    int files;        /* cells of a row that are paths, */
    int places;       /* of which so many have their places beside them in the source */
    char *name;       /* of the table, where there are files */
    int64_t first;    /* rows of the table before these */
    table_spot *spot; /* (rows, files) */
    size_t spots, spots_room;
} table_rows;

typedef struct cell_fault {
    int cell;    /* its place in the row */
    char *words; /* what is wrong, with the remedy behind a newline; NULL: no memory */
} cell_fault;

bool table_rows_begin(table_rows *r, const table_plan *p);
/* False with *fault. */
bool table_rows_add(table_rows *r, const table_plan *p, const table_cell *row, cell_fault *fault);
/* Behind it, for each of plan->file that the file has: where that cell of the row stands. False
 * without memory. */
bool table_rows_spot(table_rows *r, int64_t line, int64_t column);
/* Of a row that is there; takes the words.  A row that has some keeps them. */
bool table_rows_tell(table_rows *r, table_broken broken);
/* After table_rows_add failed: the row with nothing in it but its ids, and what is wrong with it.
 * Takes words.  row NULL: not even its ids can be told.  False without memory. */
bool table_rows_add_broken(table_rows *r, const table_plan *p, const table_cell *row,
                           table_broken broken);
/* Puts from's rows behind to's. */
bool table_rows_join(table_rows *to, const table_rows *from);
void table_rows_done(table_rows *r);
/* A source of the rows, which it takes over also where it fails. */
ad_status table_rows_source(table_rows *r, const table_plan *p, const char *name,
                            ad_source **source);

/* ---------------------------------------------------------------- cells that name files */

/* Whether a text ends as names of pictures (1) or sounds (2) do; 0: neither. */
int table_names_file(const char *text, size_t size);
/* The file that a cell of a table means: paths are relative to the table's folder.  By malloc. */
char *table_file_path(const char *table, const char *path, size_t size);
bool table_file_there(const char *table, const char *path);
int table_picture_form(ad_image_fit fit, ad_resample resample);
enum { PICTURE_FORMS = 16 };

/* A cell as it is told of: "TABLE:LINE:COLUMN: row ROW, column 'NAME': ", and what the kit said of
 * the file. */
typedef struct table_file_cell {
    const char *table, *column;
    table_spot spot;
    int64_t row; /* from 0 */
    int kind;    /* COLUMN_PICTURE or COLUMN_SOUND */
    const char *path;
} table_file_cell;
/* Size and channels, or the rate, by the file's header; words with the place on failure. */
ad_status table_file_look(const table_file_cell *cell, ad_image *picture, sound_about *sound);

/* The first words of several that cannot be read; of one, those alone.  count: of all. */
ad_status table_files_broken(const char *table, const char *many, int64_t count,
                             const image_broken *broken);

typedef enum table_files_way {
    FILES_READ,    /* what is broken fails where it is read */
    FILES_CHECKED, /* it fails at once */
    FILES_TOLD     /* its row is among r->broken, and empty */
} table_files_way;
/* The files of a source's columns, which its fields are; fields of a schema that does not know
 * sizes and rates yet stay paths.  name: of the table.  Does nothing where they are open. */
ad_status table_files_open(table_rows *r, const table_plan *p, const char *name,
                           table_files_way way);
void table_file_free(struct table_file *f);
/* Whether that column varies: sounds, not pictures. */
bool table_file_varies(const struct table_file *f);
/* Of row `number`. */
ad_status table_file_length(const table_rows *r, const table_column *c, int64_t number,
                            int64_t *length);
ad_status table_file_read(const table_rows *r, const table_column *c, int64_t number, void *to);

/* Sizes, channels and rates of a schema's columns of files, by the headers of all of them; of a
 * schema that has none nothing is done.  table: the file of each part.  Frees and clears *schema on
 * failure. */
ad_status table_look_at_files(const void *options, const table_files_wish *wish,
                              const char *const table[3],
                              ad_status (*open)(const void *options, const ad_schema *schema,
                                                ad_part part, ad_source **source),
                              ad_schema **schema);

/* Where rows of one file go that are to be predicted, piece by piece. */
typedef struct table_sink {
    const ad_schema *schema;
    const char *path;
    ad_items_take take;
    void *user;
    int64_t given;    /* rows so far */
    ad_status status; /* of take */
    char *words;      /* what it said */
} table_sink;
/* Gives the rows to take, as a source; they are taken over.  False where it failed: see status. */
bool table_sink_rows(table_sink *s, table_rows *r, const table_plan *p, const char *name);

/* ---------------------------------------------------------------- rows one after another */

/* A table that gives its rows in order, on one thread. */
typedef struct table_feed {
    void *user;
    const char *name; /* for messages */
    int columns;
    /* 1 and the cells of the next row; 0: the end; -1: it failed, and the message is set. */
    int (*next)(void *user, const table_cell **row);
    /* Where a cell of that row stands, from 1: line and column of a file, row and column of a
     * query. */
    void (*place)(void *user, int cell, int64_t *line, int64_t *column);
} table_feed;

/* Looks at all rows and infers; the layout has its columns, point and words for missing. */
ad_status table_feed_study(const table_feed *feed, const table_wish *wish, table_layout *layout,
                           ad_schema *schema);
/* All rows as a source; or, with a sink, to that, and broken ones too. */
ad_status table_feed_load(const table_feed *feed, const table_plan *plan, table_sink *sink,
                          ad_source **source);

#endif
