/// Why an operation on the broker failed.
public struct AMQPError: Error, Sendable, CustomStringConvertible {
    public enum Code: Sendable, Equatable {
        /// The address cannot be understood.
        case invalidEndpoint
        /// No connection could be made: refused, unreachable, name not found or timed out.
        case unreachable
        /// The broker's certificate or the TLS handshake was not acceptable.
        case untrusted
        /// The broker refused user, password, virtual host or a right (403).
        case accessRefused
        /// The connection ended: by the peer, by the network or because no sign of life came for two heartbeats.
        case connectionLost
        /// An answer did not come in time.
        case timedOut
        /// A queue or exchange does not exist (404).
        case notFound
        /// A queue or exchange exists with other properties, or an argument is not acceptable (406).
        case preconditionFailed
        /// Another exception of the broker, with its reply code.
        case broker(code: UInt16)
        /// A frame that the protocol does not allow at this point.
        case protocolViolation
    }

    public let code: Code
    public let message: String
    /// What was being done.
    public let place: String

    public init(_ code: Code, _ message: String, at place: String) {
        self.code = code
        self.message = message
        self.place = place
    }

    public var description: String { "\(place): \(message)" }

    /// The broker's reply code and text of a `channel.close` or `connection.close`.
    static func fromBroker(code: UInt16, text: String, at place: String) -> AMQPError {
        let meaning: Code
        switch code {
        case 403: meaning = .accessRefused
        case 404: meaning = .notFound
        case 406: meaning = .preconditionFailed
        default: meaning = .broker(code: code)
        }
        return AMQPError(meaning, text, at: place)
    }
}
