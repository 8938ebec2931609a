/// Why a server did not start.
public struct HTTPServerError: Error, Sendable, CustomStringConvertible {
    /// The kind of failure.
    public enum Code: String, Sendable {
        /// Not a numeric IPv4 or IPv6 address.
        case badAddress = "bad_address"
        /// The address is taken, not this machine's, or forbidden.
        case bind
    }

    /// What kind of failure it was.
    public let code: Code
    /// One sentence for people.
    public let message: String
    /// The system's error number, 0 when it had none.
    public let underlying: Int32

    public var description: String { underlying == 0 ? message : "\(message) (errno \(underlying))" }
}
