extension ServiceURL {
    /// Why this address would send passwords or data readable over a network, and what to write instead; nil when it
    /// is encrypted with a verified name, or never leaves the machine.
    public var plaintextDanger: String? {
        guard let host = hosts.first(where: { !Self.isLoopback($0) }) else { return nil }
        switch scheme {
        case "amqp":
            return "amqp:// to \(host) is not encrypted; use amqps://"
        case "http":
            return "http:// to \(host) is not encrypted; use https://"
        case "postgres", "postgresql":
            let mode = query.last { $0.name == "sslmode" }?.value
            guard mode != "verify-full" else { return nil }
            let found = mode.map { "sslmode=\($0)" } ?? "no sslmode"
            return "\(found) to \(host) does not verify the server; append ?sslmode=verify-full"
        default:
            return nil
        }
    }
}
