/// URLs as text: made from constants and values that are always percent-encoded.
public enum HTTPURL {
    /// `origin` (scheme, host and port, a constant) followed by encoded path segments and query items.
    /// A segment can never add a slash, a query or a dot segment of its own.
    public static func make(
        origin: String,
        path: [String] = [],
        query: [(name: String, value: String)] = []
    ) -> String {
        var url = origin
        for segment in path {
            url.append("/")
            if segment == "." || segment == ".." {
                for _ in segment.utf8 { url.append("%2E") }
            } else {
                appendEncoded(segment, to: &url)
            }
        }
        if path.isEmpty { url.append("/") }
        for (index, item) in query.enumerated() {
            url.append(index == 0 ? "?" : "&")
            appendEncoded(item.name, to: &url)
            url.append("=")
            appendEncoded(item.value, to: &url)
        }
        return url
    }

    /// Percent-encodes everything but RFC 3986 unreserved characters and the comma, which APIs read as a list.
    public static func percentEncoded(_ text: String) -> String {
        var encoded = ""
        appendEncoded(text, to: &encoded)
        return encoded
    }

    private static func appendEncoded(_ text: String, to url: inout String) {
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"), UInt8(ascii: ","):
                url.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                url.append("%")
                url.unicodeScalars.append(hexDigit(byte >> 4))
                url.unicodeScalars.append(hexDigit(byte & 15))
            }
        }
    }

    private static func hexDigit(_ value: UInt8) -> Unicode.Scalar {
        Unicode.Scalar(value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "A") + value - 10)
    }
}
