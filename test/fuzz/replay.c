/* Gives the files of a folder, in order of their names, to a program of test/fuzz.
 * usage: fuzz_NAME FOLDER|FILE... */
#include <dirent.h>
#include <sys/stat.h>

#include "fuzz.h"

static int replayed;

static void replay_file(const char *path)
{
    FILE *f = fopen(path, "rb");
    struct stat about;
    FUZZ_CHECK(f && fstat(fileno(f), &about) == 0);
    size_t size = (size_t)about.st_size;
    uint8_t *data = malloc(size ? size : 1); /* no byte more, so that a read past the end is seen */
    FUZZ_CHECK(data && fread(data, 1, size, f) == size);
    fclose(f);
    if (getenv("ADZE_FUZZ_VERBOSE"))
        printf("%s\n", path), fflush(stdout);
    LLVMFuzzerTestOneInput(data, size);
    free(data);
    replayed++;
}

static void replay(const char *path)
{
    struct dirent **entries = NULL;
    int count = scandir(path, &entries, NULL, alphasort);
    if (count < 0)
        replay_file(path);
    for (int i = 0; i < count; i++) {
        char inside[1024];
        snprintf(inside, sizeof inside, "%s/%s", path, entries[i]->d_name);
        if (entries[i]->d_name[0] != '.')
            replay_file(inside);
        free(entries[i]);
    }
    free(entries);
}

int main(int count, char **arguments)
{
    for (int i = 1; i < count; i++)
        replay(arguments[i]);
    printf("%d replayed\n", replayed);
    return replayed ? 0 : 1;
}
