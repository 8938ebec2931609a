#pragma once
// What Swift's Glibc module does not import: GNU names hidden behind _GNU_SOURCE, and macros.
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/// Kernel id of the calling thread. `pthread_self` is declared const in glibc, and the optimiser may carry its result across an await.
pid_t clinux_thread_id(void);
/// Names the calling thread (at most 15 bytes) for `top -H` and debuggers.
void clinux_name_thread(const char *name);
/// A non-blocking, close-on-exec event descriptor, or -1 with errno set.
int clinux_eventfd(void);
/// Adds one to the event descriptor; never blocks.
void clinux_eventfd_signal(int descriptor);
/// Takes the counter back to zero; never blocks.
void clinux_eventfd_clear(int descriptor);
/// Keeps glibc from opening one heap per thread and gives freed memory back early.
void clinux_bound_heap(int arenas, size_t trim_threshold);
/// Core files off, memory unreadable for other processes of the same user, umask 077.
void clinux_harden_process(void);
/// The process's environment, `NAME=value` texts ending in NULL. Glibc's own variable is mutable global state, which Swift refuses.
char **clinux_environment(void);
