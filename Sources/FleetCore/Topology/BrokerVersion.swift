/// The version of a RabbitMQ broker, as far as decisions need it: `4.0.0-rc.1` reads as 4.0.0.
public struct BrokerVersion: Hashable, Sendable, Comparable, CustomStringConvertible {
    public var major: Int
    public var minor: Int
    public var patch: Int

    public init(_ major: Int, _ minor: Int, _ patch: Int = 0) {
        self.major = major
        self.minor = minor
        self.patch = patch
    }

    /// Reads `3.10.8`, `4.1`, `4.0.0-rc.1` or `3.13.7+dirty`. Nil when the text does not start with two numbers.
    public init?(_ text: String) {
        var numbers: [Int] = []
        for part in text.split(separator: ".", maxSplits: 2, omittingEmptySubsequences: false) {
            let digits = part.prefix { $0.isASCII && $0.isNumber }
            guard let number = Int(digits) else { break }
            numbers.append(number)
            if digits.count < part.count { break }
        }
        guard numbers.count >= 2 else { return nil }
        self.init(numbers[0], numbers[1], numbers.count > 2 ? numbers[2] : 0)
    }

    /// The oldest broker that the fleet supports: the first one with at-least-once dead lettering.
    public static let oldestSupported = BrokerVersion(3, 10)

    /// From 4.0 on a quorum queue without a delivery limit has one of 20, and -1 means none. Before, none is the default,
    /// and -1 throws a message away at its first return.
    public var hasDefaultDeliveryLimit: Bool { self >= BrokerVersion(4, 0) }

    public var description: String { "\(major).\(minor).\(patch)" }

    public static func < (left: BrokerVersion, right: BrokerVersion) -> Bool {
        (left.major, left.minor, left.patch) < (right.major, right.minor, right.patch)
    }
}
