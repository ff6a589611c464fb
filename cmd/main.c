/* main: the table of commands and their usage. SPDX-License-Identifier: ISC */
#include "cmd/commands.h"

#include <stdio.h>
#include <string.h>

struct command {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *arguments, *text;
};

static const struct command commands[] = {
#define COMMAND(name, function, arguments, text) {name, function, arguments, text},
#include "cmd/commands.def"
#undef COMMAND
};

static const struct command *find(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    }
    return NULL;
}

static void print_usage(FILE *out)
{
    fputs("bobbin serves a PostgreSQL database as a JSON API.\n\nusage: bobbin COMMAND [ARGUMENTS]\n\n", out);
    for (size_t i = 0; i < ARRAY_LEN(commands); i++)
        fprintf(out, "  %-14s %s\n", commands[i].name, commands[i].text);
    fputs("\n`bobbin help COMMAND` tells its arguments; docs/config.md lists all settings.\n", out);
}

int cmd_help(int argc, char **argv)
{
    const struct command *c = argc > 0 ? find(argv[0]) : NULL;
    if (argc > 0 && !c) {
        fprintf(stderr, "bobbin: there is no command \"%s\"\n", argv[0]);
        return EXIT_USAGE;
    }
    if (c)
        printf("usage: bobbin %s %s\n\n%s\n", c->name, c->arguments, c->text);
    else
        print_usage(stdout);
    return 0;
}

/* Options of PostgREST that are commands here; a file may follow them. */
static const struct {
    const char *option, *command;
    bool file;
} aliases[] = {
    {"--help", "help", false},
    {"-h", "help", false},
    {"--version", "version", false},
    {"-v", "version", false},
    {"--example", "example-config", false},
    {"-e", "example-config", false},
    {"--dump-config", "dump-config", true},
    {"--dump-schema", "dump-schema", true},
    {"--ready", "ready", true},
};

static int run_alias(const struct command *c, int argc, char **argv, bool file)
{
    char *with_file[] = {(char *)"-c", argv[0], NULL};
    if (file && argc == 1 && argv[0][0] != '-')
        return c->run(2, with_file);
    return c->run(argc, argv);
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        print_usage(stderr);
        return EXIT_USAGE;
    }
    for (size_t i = 0; i < ARRAY_LEN(aliases); i++) {
        if (strcmp(argv[1], aliases[i].option) == 0)
            return run_alias(find(aliases[i].command), argc - 2, argv + 2, aliases[i].file);
    }
    const struct command *c = find(argv[1]);
    if (!c) {
        fprintf(stderr, "bobbin: there is no command \"%s\"; `bobbin help` lists them\n", argv[1]);
        return EXIT_USAGE;
    }
    for (int i = 2; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0)
            return cmd_help(1, (char *[]){(char *)c->name});
    }
    return c->run(argc - 2, argv + 2);
}
