#define _GNU_SOURCE
#include "clinux.h"

#include <malloc.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

pid_t clinux_thread_id(void) { return gettid(); }

void clinux_name_thread(const char *name) { pthread_setname_np(pthread_self(), name); }

int clinux_eventfd(void) { return eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC); }

void clinux_eventfd_signal(int descriptor) {
    uint64_t one = 1;
    ssize_t written = write(descriptor, &one, sizeof one);
    (void)written; // Full counter: the reader is awake anyway.
}

void clinux_eventfd_clear(int descriptor) {
    uint64_t count;
    ssize_t got = read(descriptor, &count, sizeof count);
    (void)got; // Empty counter: nothing to clear.
}

void clinux_bound_heap(int arenas, size_t trim_threshold) {
    mallopt(M_ARENA_MAX, arenas);
    mallopt(M_TRIM_THRESHOLD, (int)trim_threshold);
}

void clinux_harden_process(void) {
    struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
    prctl(PR_SET_DUMPABLE, 0);
    umask(077);
}

char **clinux_environment(void) { return environ; }
