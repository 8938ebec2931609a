#pragma once
#include <microhttpd.h>
#include <sys/epoll.h>
#include <sys/socket.h>

/// What a daemon is started with.
struct cmhd_settings {
    int listener;
    unsigned int connection_limit;
    unsigned int timeout_seconds;
    size_t connection_memory;
    void *_Nonnull context;
    MHD_AccessHandlerCallback _Nonnull access;
    MHD_RequestCompletedCallback _Nonnull completed;
    MHD_NotifyConnectionCallback _Nonnull connection;
    void *_Nullable (*_Nonnull target)(void *_Nullable, const char *_Nullable, struct MHD_Connection *_Nullable);
    size_t (*_Nonnull unescape)(void *_Nullable, struct MHD_Connection *_Nullable, char *_Nullable);
};

/// MHD_start_daemon, which is variadic. No thread of its own: the caller watches the daemon's epoll descriptor.
static inline struct MHD_Daemon *_Nullable cmhd_start(const struct cmhd_settings *_Nonnull s) {
    return MHD_start_daemon(
        MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_ALLOW_UPGRADE | MHD_USE_TURBO, 0, NULL, NULL, s->access, s->context,
        MHD_OPTION_LISTEN_SOCKET, (MHD_socket)s->listener,
        MHD_OPTION_CONNECTION_LIMIT, s->connection_limit,
        MHD_OPTION_CONNECTION_TIMEOUT, s->timeout_seconds,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, s->connection_memory,
        MHD_OPTION_STRICT_FOR_CLIENT, 1,
        MHD_OPTION_NOTIFY_COMPLETED, s->completed, s->context,
        MHD_OPTION_NOTIFY_CONNECTION, s->connection, s->context,
        MHD_OPTION_URI_LOG_CALLBACK, s->target, s->context,
        MHD_OPTION_UNESCAPE_CALLBACK, s->unescape, s->context,
        MHD_OPTION_END);
}
/// MHD_get_daemon_info is variadic: the descriptor to watch, -1 on failure.
static inline int cmhd_epoll_descriptor(struct MHD_Daemon *_Nonnull daemon) {
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_EPOLL_FD);
    return info ? info->epoll_fd : -1;
}
// MHD_get_connection_info is variadic, and its result a union.
static inline int cmhd_descriptor(struct MHD_Connection *_Nonnull connection) {
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    return info ? info->connect_fd : -1;
}
static inline size_t cmhd_header_size(struct MHD_Connection *_Nonnull connection) {
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
    return info ? info->header_size : 0;
}
static inline void *_Nullable cmhd_socket_context(struct MHD_Connection *_Nonnull connection) {
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info ? info->socket_context : NULL;
}
static inline const struct sockaddr *_Nullable cmhd_client_address(struct MHD_Connection *_Nonnull connection) {
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    return info ? info->client_addr : NULL;
}
/// MHD_upgrade_action is variadic: gives the socket of an upgraded connection back to the daemon, which closes it.
static inline void cmhd_close_upgraded(struct MHD_UpgradeResponseHandle *_Nonnull handle) {
    MHD_upgrade_action(handle, MHD_UPGRADE_ACTION_CLOSE);
}
/// The events of one descriptor; `struct epoll_event` is packed around a union that Swift would have to reinterpret.
static inline int cmhd_epoll_control(int epoll, int operation, int descriptor, uint32_t events) {
    struct epoll_event event = {.events = events, .data = {.fd = descriptor}};
    return epoll_ctl(epoll, operation, descriptor, &event);
}
/// The bits of a reported event.
static inline uint32_t cmhd_event_bits(const struct epoll_event *_Nonnull event) { return event->events; }
/// The descriptor of a reported event.
static inline int cmhd_event_descriptor(const struct epoll_event *_Nonnull event) { return event->data.fd; }
