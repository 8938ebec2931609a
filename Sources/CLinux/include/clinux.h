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
/// From now on the signal writes its number, one byte, to the descriptor (a pipe's write end); false with errno set on failure.
/// One descriptor serves all signals: a later call moves every caught signal to its descriptor.
int clinux_catch_signal(int signal, int descriptor);
/// A pipe whose ends are close-on-exec and whose write end never blocks; false with errno set on failure.
int clinux_signal_pipe(int *read_end, int *write_end);
/// Writes to closed sockets and pipes fail with EPIPE instead of ending the process.
void clinux_ignore_broken_pipes(void);
/// Raises the soft limit of open descriptors to the hard one and returns it.
unsigned long clinux_raise_descriptor_limit(void);
/// Gives back memory that the process holds and does not use: free heap, and pages of program files that were read
/// once, mostly while linking. Such pages are unchanged copies of files and come back by themselves when needed.
void clinux_release_unused_memory(void);
/// Starts this program once more under another name, with the same arguments (an array ending in NULL) and environment, in
/// a session of its own that outlives the caller. Returns the caller's end of a socket whose other end is the new
/// process's descriptor 3, or -1 with errno set.
int clinux_spawn_companion(const char *name, char **arguments, pid_t *pid);
/// Bounds what this process may allocate.
void clinux_limit_memory(size_t bytes);
/// From now on the usual requests to end are ignored.
void clinux_ignore_termination(void);
