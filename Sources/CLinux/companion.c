#define _GNU_SOURCE
#include "clinux.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

int clinux_spawn_companion(const char *name, char **arguments, pid_t *pid) {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return -1;
    int count = 0;
    while (arguments[count]) count++;
    // The name in the first place says which program this is; the rest is as it was.
    char **words = calloc((size_t)count + 2, sizeof(char *));
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    int code = words ? 0 : ENOMEM;
    if (!code) {
        words[0] = (char *)name;
        for (int i = 1; i < count; i++) words[i] = arguments[i];
        sigset_t none, all;
        sigemptyset(&none);
        sigfillset(&all);
        posix_spawnattr_setsigmask(&attributes, &none);
        posix_spawnattr_setsigdefault(&attributes, &all);
        // A session of its own: neither a signal to our group nor the end of our terminal reaches it.
        posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
        code = posix_spawn_file_actions_adddup2(&actions, ends[1], 3);
        // Our connections must end with us: a broker or database that still sees one open would wait for it.
        if (!code) code = posix_spawn_file_actions_addclosefrom_np(&actions, 4);
        if (!code) code = posix_spawn(pid, "/proc/self/exe", &actions, &attributes, words, environ);
    }
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    free(words);
    close(ends[1]);
    if (code) {
        close(ends[0]);
        errno = code;
        return -1;
    }
    return ends[0];
}

void clinux_limit_memory(size_t bytes) {
    // Not the address space, of which threads and allocators reserve far more than they use.
    struct rlimit limit = {bytes, bytes};
    setrlimit(RLIMIT_DATA, &limit);
}

void clinux_ignore_termination(void) {
    signal(SIGTERM, SIG_IGN);
    signal(SIGINT, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
}
