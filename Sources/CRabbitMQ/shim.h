#pragma once
// librabbitmq's headers rely on these two without including them.
#include <stdint.h>
#include <sys/time.h>
// 0.12 moved the headers into a folder of their own.
#if __has_include(<rabbitmq-c/amqp.h>)
#include <rabbitmq-c/amqp.h>
#include <rabbitmq-c/framing.h>
#include <rabbitmq-c/ssl_socket.h>
#include <rabbitmq-c/tcp_socket.h>
#else
#include <amqp.h>
#include <amqp_framing.h>
#include <amqp_ssl_socket.h>
#include <amqp_tcp_socket.h>
#endif
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

static inline amqp_table_entry_t crabbitmq_text_entry(const char *key, const char *text) {
    amqp_table_entry_t entry;
    entry.key = amqp_cstring_bytes(key);
    entry.value.kind = AMQP_FIELD_KIND_UTF8;
    entry.value.value.bytes = amqp_cstring_bytes(text);
    return entry;
}

/// `amqp_login_with_properties` is variadic, which Swift cannot call; the client properties are built here because their
/// nested table is far shorter in C.
static inline amqp_rpc_reply_t crabbitmq_login(
    amqp_connection_state_t connection, const char *virtual_host, int frame_max, int heartbeat, const char *user,
    const char *password, const char *name, const char *version) {
    static const char *const announced[5] = {
        "consumer_cancel_notify", "connection.blocked", "publisher_confirms", "basic.nack", "authentication_failure_close",
    };
    amqp_table_entry_t capabilities[5];
    for (int i = 0; i < 5; i++) {
        capabilities[i].key = amqp_cstring_bytes(announced[i]);
        capabilities[i].value.kind = AMQP_FIELD_KIND_BOOLEAN;
        capabilities[i].value.value.boolean = 1;
    }
    amqp_table_entry_t entries[5];
    entries[0].key = amqp_cstring_bytes("capabilities");
    entries[0].value.kind = AMQP_FIELD_KIND_TABLE;
    entries[0].value.value.table.num_entries = 5;
    entries[0].value.value.table.entries = capabilities;
    entries[1] = crabbitmq_text_entry("connection_name", name);
    entries[2] = crabbitmq_text_entry("product", "Flotilla");
    entries[3] = crabbitmq_text_entry("version", version);
    entries[4] = crabbitmq_text_entry("platform", "Swift");
    amqp_table_t properties = {5, entries};
    return amqp_login_with_properties(
        connection, virtual_host, 0, frame_max, heartbeat, &properties, AMQP_SASL_METHOD_PLAIN, user, password);
}

/// What the wrapper needs to know of the TLS session, which librabbitmq keeps to itself.
struct crabbitmq_tls {
    SSL *ssl;
    long verify_result;
};

/// OpenSSL's only hook that shows the session of a handshake: it remembers the session for our own reads and writes, and
/// the verification result for the error message.
static void crabbitmq_tls_observe(const SSL *ssl, int where, int result) {
    struct crabbitmq_tls *tls = (struct crabbitmq_tls *)SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
    if (tls == NULL) return;
    if (where & SSL_CB_HANDSHAKE_DONE) tls->ssl = (SSL *)ssl;
    if ((where & SSL_CB_EXIT) && result <= 0) tls->verify_result = SSL_get_verify_result(ssl);
}

/// Sets what librabbitmq's own options cannot: the minimum version, names by subject alternative name only, IP addresses,
/// partial writes (the several calls behind it are macros). Returns 1 when everything was taken.
static inline int crabbitmq_tls_prepare(void *context, const char *host, int host_is_address, struct crabbitmq_tls *tls) {
    SSL_CTX *ctx = (SSL_CTX *)context;
    X509_VERIFY_PARAM *param = SSL_CTX_get0_param(ctx);
    tls->ssl = NULL;
    tls->verify_result = X509_V_OK;
    SSL_CTX_set_app_data(ctx, tls);
    SSL_CTX_set_info_callback(ctx, crabbitmq_tls_observe);
    SSL_CTX_set_mode(ctx, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
    X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
    if (SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) != 1) return 0;
    return host_is_address ? X509_VERIFY_PARAM_set1_ip_asc(param, host) : X509_VERIFY_PARAM_set1_host(param, host, 0);
}

/// One attempt to send (or receive) over TLS: the byte count, 0 at the end of the stream, -1 when it would block, -2 on a
/// failure. OpenSSL's error queue belongs to the thread and is emptied before and after.
static inline ssize_t crabbitmq_tls_write(SSL *ssl, const void *bytes, size_t count) {
    size_t done = 0;
    ERR_clear_error();
    if (SSL_write_ex(ssl, bytes, count, &done)) return (ssize_t)done;
    int code = SSL_get_error(ssl, 0);
    ERR_clear_error();
    return code == SSL_ERROR_WANT_READ || code == SSL_ERROR_WANT_WRITE ? -1 : -2;
}
static inline ssize_t crabbitmq_tls_read(SSL *ssl, void *bytes, size_t count) {
    size_t done = 0;
    ERR_clear_error();
    if (SSL_read_ex(ssl, bytes, count, &done)) return (ssize_t)done;
    int code = SSL_get_error(ssl, 0);
    ERR_clear_error();
    if (code == SSL_ERROR_ZERO_RETURN) return 0;
    return code == SSL_ERROR_WANT_READ || code == SSL_ERROR_WANT_WRITE ? -1 : -2;
}
