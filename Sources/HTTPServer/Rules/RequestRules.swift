/// Why a request is refused before any handler sees it.
struct RequestFault: Error, Equatable {
    let status: Int
    let title: String

    static func bad(_ title: String) -> RequestFault { RequestFault(status: 400, title: title) }

    var response: ServerResponse {
        var response = ServerResponse.problem(status, title)
        if status == 503 { response.headers.append((name: "Retry-After", value: "1")) }
        return response
    }
}

/// What RFC 9112 and our limits demand of a request's head, beyond what libmicrohttpd checks. Pure.
enum RequestRules {
    /// The fault of a head whose bytes were laid out correctly, if it has one.
    static func check(target: String, version: String, headers: HeaderFields, options: HTTPServerOptions)
        -> RequestFault?
    {
        if target.utf8.count > options.maximumTargetBytes {
            return RequestFault(status: 414, title: "The request target is too long.")
        }
        if headers.count > options.maximumHeaderFields {
            return RequestFault(status: 431, title: "The request has too many header fields.")
        }
        guard version == "HTTP/1.1" || version == "HTTP/1.0" else {
            return RequestFault(status: 505, title: "The HTTP version is not supported.")
        }
        if !target.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) {
            return .bad("The request target holds a character that is not allowed.")
        }
        return headers.lineFault() ?? hostFault(headers, version) ?? framingFault(headers, version)
    }

    /// The path and query of the target; nil when it names another host than the header does.
    static func originForm(of target: String, method: String, host: String?) -> String? {
        if target.utf8.first == UInt8(ascii: "/") { return target }
        if target == "*" && method == "OPTIONS" { return "*" }
        let lower = target.utf8.prefix(8).map(lowercased)
        let scheme = lower.starts(with: "http://".utf8) ? 7 : lower.starts(with: "https://".utf8) ? 8 : 0
        guard scheme > 0 else { return nil }
        let rest = target.utf8.dropFirst(scheme)
        let end = rest.firstIndex { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?") } ?? rest.endIndex
        guard let host, rest[..<end].map(lowercased).elementsEqual(host.utf8.map(lowercased)) else { return nil }
        let path = String(Substring(rest[end...]))
        return path.utf8.first == UInt8(ascii: "/") ? path : "/" + path
    }

    private static func hostFault(_ headers: HeaderFields, _ version: String) -> RequestFault? {
        let hosts = headers.values("host")
        guard hosts.count == 1 || (hosts.isEmpty && version == "HTTP/1.0") else {
            return .bad("The request needs exactly one Host.")
        }
        let isPlain = hosts.allSatisfy { host in
            !host.utf8.contains { byte in
                byte <= 0x20 || byte >= 0x7F || [0x2C, 0x2F, 0x3F, 0x40, 0x5C].contains(byte)  // , / ? @ \
            }
        }
        return isPlain ? nil : .bad("The Host is malformed.")
    }

    /// One unambiguous length, or none. Chunked request bodies are refused altogether: that ends a whole class of attacks,
    /// and RFC 9112 §6.3 lets a server ask for a length.
    private static func framingFault(_ headers: HeaderFields, _ version: String) -> RequestFault? {
        let lengths = headers.values("content-length")
        if lengths.count > 1 { return .bad("The request has more than one Content-Length.") }
        if let length = lengths.first, length.isEmpty || !length.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) {
            return .bad("The Content-Length is not a plain number.")
        }
        let codings = headers.values("transfer-encoding")
        if codings.isEmpty { return nil }
        if !lengths.isEmpty { return .bad("The request has both Content-Length and Transfer-Encoding.") }
        if version == "HTTP/1.0" { return .bad("HTTP/1.0 has no Transfer-Encoding.") }
        return codings.count == 1 && codings[0].utf8.map(lowercased).elementsEqual("chunked".utf8)
            ? RequestFault(status: 411, title: "The request body needs a Content-Length.")
            : RequestFault(status: 501, title: "The transfer coding is not supported.")
    }
}

extension HeaderFields {
    /// A name that is no token, or a value with a control character.
    fileprivate func lineFault() -> RequestFault? {
        for line in lines {
            if line.name.isEmpty || !bytes[line.name].allSatisfy(isTokenByte) {
                return .bad("A header name is malformed.")
            }
            if !bytes[line.value].allSatisfy({ ($0 >= 0x20 && $0 != 0x7F) || $0 == 0x09 }) {
                return .bad("A header value holds a control character.")
            }
        }
        return nil
    }
}

/// RFC 9110 §5.6.2 `tchar`.
private func isTokenByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"):
        true
    case UInt8(ascii: "!"), UInt8(ascii: "#"), UInt8(ascii: "$"), UInt8(ascii: "%"), UInt8(ascii: "&"),
        UInt8(ascii: "'"), UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."),
        UInt8(ascii: "^"), UInt8(ascii: "_"), UInt8(ascii: "`"), UInt8(ascii: "|"), UInt8(ascii: "~"):
        true
    default: false
    }
}
