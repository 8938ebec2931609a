#pragma once
// The type-checking macros of libcurl's own header would hide the functions below from Swift.
#define CURL_DISABLE_TYPECHECK 1
#include <curl/curl.h>
#include <sys/socket.h>

// Each function below exists because the one it calls is variadic, and Swift imports no variadic functions.

/// curl_easy_setopt with a `long` (switches, limits, times).
static inline CURLcode ccurl_set_long(CURL *_Nonnull handle, CURLoption option, long value) {
    return curl_easy_setopt(handle, option, value);
}
/// curl_easy_setopt with a `curl_off_t` (sizes above 2 GiB).
static inline CURLcode ccurl_set_offset(CURL *_Nonnull handle, CURLoption option, curl_off_t value) {
    return curl_easy_setopt(handle, option, value);
}
/// curl_easy_setopt with a C string, which libcurl copies; NULL takes the option back.
static inline CURLcode ccurl_set_string(CURL *_Nonnull handle, CURLoption option, const char *_Nullable value) {
    return curl_easy_setopt(handle, option, value);
}
/// curl_easy_setopt with a pointer that libcurl keeps as it is.
static inline CURLcode ccurl_set_pointer(CURL *_Nonnull handle, CURLoption option, const void *_Nullable value) {
    return curl_easy_setopt(handle, option, value);
}
/// The callback for decoded body bytes, and its context.
static inline void ccurl_on_body(CURL *_Nonnull handle, curl_write_callback _Nonnull callback, void *_Nonnull context) {
    curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, callback);
    curl_easy_setopt(handle, CURLOPT_WRITEDATA, context);
}
/// The callback for one response header line, and its context.
static inline void ccurl_on_header(CURL *_Nonnull handle, curl_write_callback _Nonnull callback, void *_Nonnull context) {
    curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, callback);
    curl_easy_setopt(handle, CURLOPT_HEADERDATA, context);
}
/// The callback that opens a socket for a resolved address, and its context.
static inline void ccurl_on_open_socket(
    CURL *_Nonnull handle, curl_opensocket_callback _Nonnull callback, void *_Nonnull context) {
    curl_easy_setopt(handle, CURLOPT_OPENSOCKETFUNCTION, callback);
    curl_easy_setopt(handle, CURLOPT_OPENSOCKETDATA, context);
}
/// curl_easy_getinfo of a `long`.
static inline long ccurl_get_long(CURL *_Nonnull handle, CURLINFO info) {
    long value = 0;
    curl_easy_getinfo(handle, info, &value);
    return value;
}
/// curl_easy_getinfo of a `curl_off_t` (times in microseconds, lengths).
static inline curl_off_t ccurl_get_offset(CURL *_Nonnull handle, CURLINFO info) {
    curl_off_t value = 0;
    curl_easy_getinfo(handle, info, &value);
    return value;
}
/// The pointer stored with CURLOPT_PRIVATE.
static inline void *_Nullable ccurl_get_private(CURL *_Nonnull handle) {
    char *value = 0;
    curl_easy_getinfo(handle, CURLINFO_PRIVATE, &value);
    return value;
}
/// curl_multi_setopt with a `long`.
static inline CURLMcode ccurl_multi_set_long(CURLM *_Nonnull multi, CURLMoption option, long value) {
    return curl_multi_setopt(multi, option, value);
}
/// The next finished transfer, or NULL; the result sits in a union that Swift would have to reinterpret.
static inline CURL *_Nullable ccurl_next_finished(CURLM *_Nonnull multi, CURLcode *_Nonnull result) {
    int left = 0;
    for (CURLMsg *message; (message = curl_multi_info_read(multi, &left));) {
        if (message->msg != CURLMSG_DONE) continue;
        *result = message->data.result;
        return message->easy_handle;
    }
    return 0;
}
/// The resolved address of an open-socket callback: the struct ends in an array of open length for Swift.
static inline const struct sockaddr *_Nonnull ccurl_address(const struct curl_sockaddr *_Nonnull address) {
    return &address->addr;
}
