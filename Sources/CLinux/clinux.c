#define _GNU_SOURCE
#include "clinux.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
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

static volatile int signal_descriptor = -1;

// Runs on whatever thread the kernel chose: only async-signal-safe calls, and errno is left as it was.
static void forward_signal(int signal) {
    int saved = errno;
    unsigned char number = (unsigned char)signal;
    ssize_t written = write(signal_descriptor, &number, 1);
    (void)written; // Full pipe: the reader has plenty to do already.
    errno = saved;
}

int clinux_catch_signal(int signal, int descriptor) {
    signal_descriptor = descriptor;
    struct sigaction action = {0};
    action.sa_handler = forward_signal;
    action.sa_flags = SA_RESTART;
    sigfillset(&action.sa_mask);
    return sigaction(signal, &action, NULL) == 0;
}

int clinux_signal_pipe(int *read_end, int *write_end) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return 0;
    fcntl(ends[1], F_SETFL, O_NONBLOCK);
    *read_end = ends[0];
    *write_end = ends[1];
    return 1;
}

void clinux_ignore_broken_pipes(void) { signal(SIGPIPE, SIG_IGN); }

unsigned long clinux_raise_descriptor_limit(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    getrlimit(RLIMIT_NOFILE, &limit);
    return limit.rlim_cur;
}
