/* sysinfo: two small readings of /proc and /sys. SPDX-License-Identifier: ISC */
#include "util/sysinfo.h"

#include "util/str.h"

#include <fcntl.h>
#include <sys/sysinfo.h>
#include <unistd.h>

/* The first line of a small file, without its newline; n is 0 when there is none. */
static struct str read_line(const char *path, char *space, size_t size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd >= 0 ? read(fd, space, size) : -1;
    if (fd >= 0)
        close(fd);
    struct str text = str_make(space, n > 0 ? (size_t)n : 0);
    return str_sub(text, 0, str_find(text, '\n'));
}

uint64_t sysinfo_rss_bytes(void)
{
    char space[128];
    struct str line = read_line("/proc/self/statm", space, sizeof space), field;
    uint64_t pages = 0;
    if (!str_split(&line, ' ', &field) || !str_split(&line, ' ', &field) || !str_to_u64(field, &pages))
        return 0;
    return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

uint64_t sysinfo_memory_limit(void)
{
    char space[64];
    uint64_t limit;
    struct sysinfo info;
    if (str_to_u64(read_line("/sys/fs/cgroup/memory.max", space, sizeof space), &limit))
        return limit;
    return sysinfo(&info) == 0 ? (uint64_t)info.totalram * info.mem_unit : 0;
}
