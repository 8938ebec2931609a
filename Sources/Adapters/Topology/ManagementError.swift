/// Why the management API gave no answer, or not the wanted one. One line for people; never holds a password.
public struct ManagementError: Error, Sendable, Hashable, CustomStringConvertible {
    public enum Code: String, Sendable, Hashable {
        /// An address in the configuration cannot be used.
        case badAddress = "bad_address"
        /// No connection, or no complete answer.
        case unreachable
        /// User or password is wrong.
        case unauthorised
        /// The user lacks a tag or a right.
        case forbidden
        /// There is no such virtual host or object.
        case notFound = "not_found"
        /// The broker refused a change.
        case refused
        /// Whatever answered is not a RabbitMQ management API.
        case malformed
    }

    public let code: Code
    public let message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    public var description: String { message }

    static func badAddress(_ message: String) -> ManagementError { ManagementError(.badAddress, message) }
}
