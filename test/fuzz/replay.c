/* replay: the main of a fuzz target that is not linked with a fuzzer: runs every file of the directories and
 * every file that are named on its command line through the target once, so that what a fuzzer ever found
 * stays a test. SPDX-License-Identifier: ISC */
#include "test/fuzz/fuzz.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

static size_t ran;

static int run_file(const char *path)
{
    static uint8_t bytes[1 << 20];
    FILE *f = fopen(path, "rb");
    if (!f) {
        perror(path);
        return 1;
    }
    size_t n = fread(bytes, 1, sizeof bytes, f);
    fclose(f);
    uint8_t *exact = malloc(n ? n : 1); /* so that a sanitizer sees reads beyond the end */
    for (size_t i = 0; i < n; i++)
        exact[i] = bytes[i];
    LLVMFuzzerTestOneInput(exact, n);
    free(exact);
    ran++;
    return 0;
}

static int run(const char *path)
{
    DIR *dir = opendir(path);
    const struct dirent *entry;
    char name[4096];
    int failed = 0;
    if (!dir)
        return run_file(path);
    while ((entry = readdir(dir))) {
        if (entry->d_name[0] == '.')
            continue;
        snprintf(name, sizeof name, "%s/%s", path, entry->d_name);
        failed |= run_file(name);
    }
    closedir(dir);
    return failed;
}

int main(int argc, char **argv)
{
    int failed = 0;
    for (int i = 1; i < argc; i++)
        failed |= run(argv[i]);
    printf("%zu inputs\n", ran);
    return failed || ran == 0;
}
