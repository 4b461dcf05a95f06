/*
 * fuzz_replay: the main of a fuzz target in ordinary builds: runs it over every file of the given
 * corpus folders (and over the empty input), so that what the fuzzer once found is tried for ever.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int
replay_file(const char *folder, const char *name)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *f = fopen(path, "rb");
    if (f == NULL)
        return -1;
    enum { MOST = 16 << 20 };
    uint8_t *data = malloc(MOST);
    if (data == NULL)
        abort();
    size_t n = fread(data, 1, MOST, f);
    fclose(f);
    uint8_t *exact = malloc(n + 1);
    if (exact == NULL)
        abort();
    for (size_t i = 0; i < n; i++)
        exact[i] = data[i];
    free(data);
    LLVMFuzzerTestOneInput(exact, n);
    free(exact);
    return 0;
}

int
main(int argc, char **argv)
{
    size_t count = 1;
    LLVMFuzzerTestOneInput((const uint8_t *)"", 0);
    for (int i = 1; i < argc; i++) {
        DIR *dir = opendir(argv[i]);
        if (dir == NULL)
            continue;
        for (struct dirent *e; (e = readdir(dir)) != NULL;)
            if (e->d_name[0] != '.' && replay_file(argv[i], e->d_name) == 0)
                count++;
        closedir(dir);
    }
    printf("1..1\nok 1 - %zu inputs\n", count);
    return 0;
}
