internal import CRabbitMQ
internal import Glibc

extension Session {
    /// Connects, verifies and logs in. Blocks the calling thread, each step within the endpoint's time-out.
    /// `name` is what operators see in the management page.
    static func open(_ endpoint: Endpoint, name: String) throws(AMQPError) -> Session {
        guard let connection = unsafe amqp_new_connection() else {
            throw AMQPError(.unreachable, "out of memory", at: "connect")
        }
        let tls: UnsafeMutablePointer<crabbitmq_tls>? = endpoint.tls == nil ? nil : .allocate(capacity: 1)
        unsafe tls?.initialize(to: crabbitmq_tls())
        do throws(AMQPError) {
            try unsafe connect(connection, endpoint, tls)
            try unsafe login(connection, endpoint, name)
        } catch {
            unsafe amqp_destroy_connection(connection)
            unsafe tls?.deallocate()
            throw error
        }
        return unsafe Session(connection: connection, tls: tls)
    }

    private static func connect(
        _ connection: OpaquePointer,
        _ endpoint: Endpoint,
        _ tls: UnsafeMutablePointer<crabbitmq_tls>?
    ) throws(AMQPError) {
        var limit = timeval(endpoint.connectTimeout)
        unsafe amqp_set_handshake_timeout(connection, &limit)
        unsafe amqp_set_rpc_timeout(connection, &limit)
        let made = unsafe endpoint.tls == nil ? amqp_tcp_socket_new(connection) : amqp_ssl_socket_new(connection)
        guard let socket = unsafe made else { throw AMQPError(.unreachable, "no socket", at: "connect") }
        if let options = endpoint.tls, let tls = unsafe tls { try unsafe prepare(socket, options, endpoint.host, tls) }
        let status = unsafe amqp_socket_open_noblock(socket, endpoint.host, CInt(endpoint.port), &limit)
        guard status != AMQP_STATUS_OK.rawValue else { return }
        if let tls = unsafe tls, let reason = unsafe X509_verify_cert_error_string(tls.pointee.verify_result),
            unsafe tls.pointee.verify_result != CLong(X509_V_OK)
        {
            throw AMQPError(.untrusted, unsafe String(cString: reason), at: "TLS handshake")
        }
        if status == AMQP_STATUS_SOCKET_ERROR.rawValue || status == AMQP_STATUS_TCP_ERROR.rawValue {
            // The library has closed the socket by now, and the system's reason with it.
            throw AMQPError(.unreachable, "nobody accepts connections there", at: "connect")
        }
        throw AMQPError.fromLibrary(status, at: "connect")
    }

    private static func prepare(
        _ socket: OpaquePointer,
        _ options: Endpoint.TLS,
        _ host: String,
        _ tls: UnsafeMutablePointer<crabbitmq_tls>
    ) throws(AMQPError) {
        guard let context = unsafe amqp_ssl_socket_get_context(socket) else {
            throw AMQPError(.untrusted, "no TLS context", at: "TLS set-up")
        }
        // The library's own check of the name refuses addresses and trusts common names; ours replaces it.
        unsafe amqp_ssl_socket_set_verify_hostname(socket, 0)
        unsafe amqp_ssl_socket_set_verify_peer(socket, 1)
        var address = in6_addr()
        let isAddress = unsafe inet_pton(AF_INET, host, &address) == 1 || inet_pton(AF_INET6, host, &address) == 1
        guard unsafe crabbitmq_tls_prepare(context, host, isAddress ? 1 : 0, tls) == 1 else {
            throw AMQPError(.untrusted, "OpenSSL refused the verification settings", at: "TLS set-up")
        }
        if let authorities = options.authorities {
            guard unsafe amqp_ssl_socket_set_cacert(socket, authorities) == AMQP_STATUS_OK.rawValue else {
                throw AMQPError(.untrusted, "the file of authorities cannot be read: \(authorities)", at: "TLS set-up")
            }
        } else {
            unsafe SSL_CTX_set_default_verify_paths(OpaquePointer(context))
        }
        if let certificate = options.certificate {
            let status = unsafe amqp_ssl_socket_set_key(socket, certificate, options.key ?? certificate)
            guard status == AMQP_STATUS_OK.rawValue else {
                throw AMQPError(
                    .untrusted,
                    "the client certificate or its key cannot be read: \(certificate)",
                    at: "TLS set-up"
                )
            }
        }
    }

    private static func login(_ connection: OpaquePointer, _ endpoint: Endpoint, _ name: String) throws(AMQPError) {
        let descriptor = unsafe amqp_get_sockfd(connection)
        var on: CInt = 1
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_KEEPALIVE, &on, socklen_t(MemoryLayout<CInt>.size))
        let heartbeat = CInt(clamping: endpoint.heartbeat.components.seconds)
        let reply = unsafe Watchdog.shared.guarding(descriptor, for: endpoint.connectTimeout + .seconds(3)) {
            unsafe crabbitmq_login(
                connection,
                endpoint.virtualHost,
                CInt(endpoint.frameMaximum),
                heartbeat,
                endpoint.user,
                endpoint.password,
                name,
                Self.productVersion
            )
        }
        switch unsafe reply.reply_type {
        case AMQP_RESPONSE_NORMAL: return
        case AMQP_RESPONSE_SERVER_EXCEPTION:
            if case .connectionClosed(let code, let text) = unsafe Inbound(reply.reply, on: 0) {
                throw AMQPError.fromBroker(code: code, text: text, at: "login")
            }
            throw AMQPError(.protocolViolation, "an unexpected answer", at: "login")
        default: throw unsafe AMQPError.fromLibrary(reply.library_error, at: "login")
        }
    }

    private static var productVersion: String { "0.1.0" }

    /// `role@host/pid`, as shown by the management page.
    static func connectionName(role: String) -> String {
        let host = unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { buffer in
            guard unsafe gethostname(buffer.baseAddress!, buffer.count - 1) == 0 else { return "?" }
            unsafe buffer[buffer.count - 1] = 0
            return unsafe String(cString: buffer.baseAddress!)
        }
        return "\(role)@\(host)/\(getpid())"
    }
}

extension timeval {
    init(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        self.init(tv_sec: Int(seconds), tv_usec: Int(attoseconds / 1_000_000_000_000))
    }
}

extension AMQPError {
    /// The only place where the library's status codes become errors of ours.
    static func fromLibrary(_ status: CInt, at place: String) -> AMQPError {
        let text = unsafe amqp_error_string2(status).map { unsafe String(cString: $0) } ?? "status \(status)"
        let code: Code =
            switch amqp_status_enum(status) {
            case AMQP_STATUS_TIMEOUT, AMQP_STATUS_HEARTBEAT_TIMEOUT: .timedOut
            case AMQP_STATUS_SSL_ERROR, AMQP_STATUS_SSL_HOSTNAME_VERIFY_FAILED, AMQP_STATUS_SSL_PEER_VERIFY_FAILED,
                AMQP_STATUS_SSL_CONNECTION_FAILED, AMQP_STATUS_SSL_SET_ENGINE_FAILED:
                .untrusted
            case AMQP_STATUS_BAD_AMQP_DATA, AMQP_STATUS_UNKNOWN_CLASS, AMQP_STATUS_UNKNOWN_METHOD,
                AMQP_STATUS_INCOMPATIBLE_AMQP_VERSION, AMQP_STATUS_TABLE_TOO_BIG, AMQP_STATUS_UNEXPECTED_STATE:
                .protocolViolation
            case AMQP_STATUS_CONNECTION_CLOSED: .connectionLost
            default: .unreachable
            }
        return AMQPError(code, text, at: place)
    }
}
