/// One request, body complete.
public struct ServerRequest: Sendable {
    /// The methods that reach a handler; others are answered 501.
    public enum Method: String, Sendable, CaseIterable {
        case get = "GET"
        case head = "HEAD"
        case post = "POST"
        case put = "PUT"
        case patch = "PATCH"
        case delete = "DELETE"
        case options = "OPTIONS"
    }

    /// The method as sent.
    public let method: Method
    /// The path as sent, still percent-encoded, starting with a slash.
    public let path: String
    /// What follows the question mark, as sent; empty when there is none.
    public let query: String
    /// All header fields.
    public let headers: HeaderFields
    /// The whole body.
    public internal(set) var body: [UInt8] = []
    /// The address of the peer, without its port.
    public let peer: String
    /// What a route's `{name}` segments matched, decoded.
    public internal(set) var parameters: [String: String] = [:]

    init(method: Method, target: String, headers: HeaderFields, peer: String) {
        self.method = method
        self.headers = headers
        self.peer = peer
        if let mark = target.utf8.firstIndex(of: UInt8(ascii: "?")) {
            path = String(target[..<mark])
            query = String(target[target.utf8.index(after: mark)...])
        } else {
            path = target
            query = ""
        }
    }

    /// The first query item of this name, decoded; nil when it is absent.
    public func query(_ name: String) -> String? { queryItems.first { $0.name == name }?.value }

    /// All query items, decoded, in order. An item without `=` has an empty value.
    public var queryItems: [(name: String, value: String)] {
        query.utf8.split(separator: UInt8(ascii: "&")).map { item in
            let parts = item.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            return (
                name: percentDecoded(parts[0], plusIsSpace: true),
                value: parts.count > 1 ? percentDecoded(parts[1], plusIsSpace: true) : ""
            )
        }
    }
}

/// Decodes `%XX`; a broken escape stays as it is, invalid UTF-8 becomes the replacement character.
func percentDecoded(_ text: Substring.UTF8View, plusIsSpace: Bool = false) -> String {
    var decoded: [UInt8] = []
    decoded.reserveCapacity(text.count)
    var index = text.startIndex
    while index < text.endIndex {
        let byte = text[index]
        let rest = text[index...].dropFirst()
        if byte == UInt8(ascii: "%"), let high = rest.first.flatMap(hexValue),
            let low = rest.dropFirst().first.flatMap(hexValue)
        {
            decoded.append(high << 4 | low)
            index = text.index(index, offsetBy: 3)
        } else {
            decoded.append(plusIsSpace && byte == UInt8(ascii: "+") ? 0x20 : byte)
            index = text.index(after: index)
        }
    }
    return String(decoding: decoded, as: UTF8.self)
}

private func hexValue(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    default: nil
    }
}
