internal import CCurl

extension HTTPError {
    /// The only place where libcurl's codes become ours.
    init(_ code: CURLcode, host: String?, tooLarge: Bool, refused: Bool) {
        let (kind, message): (Code, String) =
            if tooLarge {
                (.tooLarge, "The response was larger than its limit.")
            } else if refused && code == CURLE_COULDNT_CONNECT {
                (.refusedAddress, "The host resolves to an address that is not public.")
            } else {
                Self.meaning(of: code)
            }
        self.init(kind, message, host: host, underlying: Int(code.rawValue))
    }

    private static func meaning(of code: CURLcode) -> (Code, String) {
        switch code {
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY: (.resolve, "The host name did not resolve.")
        case CURLE_COULDNT_CONNECT: (.connect, "No connection could be made.")
        case CURLE_OPERATION_TIMEDOUT: (.timeout, "The request ran out of time.")
        case CURLE_SSL_CONNECT_ERROR: (.tls, "The TLS handshake failed.")
        case CURLE_PEER_FAILED_VERIFICATION: (.tls, "The server's certificate was refused.")
        case CURLE_SSL_CACERT_BADFILE: (.tls, "The file of certificate authorities could not be read.")
        case CURLE_SSL_CIPHER, CURLE_SSL_CERTPROBLEM, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_INVALIDCERTSTATUS:
            (.tls, "The TLS handshake was refused.")
        case CURLE_PARTIAL_FILE: (.truncated, "The body ended before its announced length.")
        case CURLE_RECV_ERROR, CURLE_SEND_ERROR, CURLE_GOT_NOTHING: (.reset, "The connection was lost.")
        case CURLE_BAD_CONTENT_ENCODING: (.protocolViolation, "The body's content encoding does not decode.")
        case CURLE_WEIRD_SERVER_REPLY, CURLE_HTTP2, CURLE_HTTP2_STREAM, CURLE_UNSUPPORTED_PROTOCOL:
            (.protocolViolation, "The server broke the protocol.")
        case CURLE_URL_MALFORMAT: (.badURL, "The URL is malformed.")
        default: unsafe (.internalFault, "The transfer failed: \(String(cString: curl_easy_strerror(code))).")
        }
    }
}
