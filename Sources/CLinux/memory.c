#define _GNU_SOURCE
#include "clinux.h"

#include <malloc.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

/// One mapping of /proc/self/smaps, as far as read.
struct mapping {
    unsigned long start, end;
    int is_candidate;
};

/// Drops the pages of a mapping that holds nothing of this process's own.
static void release(const struct mapping *mapping, long anonymous_kilobytes) {
    // A page that was written is a private copy: dropping it would bring the file's content back.
    if (!mapping->is_candidate || anonymous_kilobytes != 0) return;
    madvise((void *)mapping->start, mapping->end - mapping->start, MADV_DONTNEED);
}

void clinux_release_unused_memory(void) {
    malloc_trim(64 << 10);
    FILE *file = fopen("/proc/self/smaps", "re");
    if (!file) return;
    struct mapping mapping = {0, 0, 0};
    char line[512], permissions[5], path[256];
    while (fgets(line, sizeof line, file)) {
        unsigned long start, end, inode;
        long kilobytes;
        path[0] = 0;
        if (sscanf(line, "%lx-%lx %4s %*s %*s %lu %255s", &start, &end, permissions, &inode, path) >= 4) {
            mapping.start = start;
            mapping.end = end;
            mapping.is_candidate = inode != 0 && path[0] == '/' && permissions[1] == '-' && permissions[3] == 'p';
        } else if (sscanf(line, "Anonymous: %ld kB", &kilobytes) == 1) {
            release(&mapping, kilobytes);
            mapping.is_candidate = 0;
        }
    }
    fclose(file);
}
