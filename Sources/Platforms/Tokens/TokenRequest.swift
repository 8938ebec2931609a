/// A request to a token endpoint. It holds secrets, so it is no ``PlatformRequest``: printing one shows method and address
/// only, and whoever sends it must ask for the rest by name.
public struct TokenRequest: Sendable, CustomStringConvertible, CustomReflectable {
    /// The method.
    public let method: PlatformRequest.Method
    /// Scheme, host and port.
    public let origin: String
    /// The path, without any secret.
    public let path: String
    /// What goes into the `Authorization` header as HTTP Basic, to be joined by `:` and encoded.
    public let basic: (id: String, secret: SecretText)?
    /// What goes into the `Authorization` header as a bearer token.
    public let bearer: SecretText?
    /// Headers besides authorization.
    public let headers: [Field]
    private let fields: [(name: String, value: SecretText)]

    /// The call with everything filled in. A field without a value is left out.
    init(_ call: TokenCall, _ inputs: TokenInputs, _ settings: PlatformSettings, version: String) {
        method = call.method
        origin = settings.origin ?? call.origin
        path = call.path.split(separator: "/", omittingEmptySubsequences: false).map { segment in
            switch segment {
            case "{version}": version
            case "{account}": TokenRequest.encoded(inputs.account ?? "me")
            default: String(segment)
            }
        }.joined(separator: "/")
        var fields = call.fields.compactMap { field in inputs.value(field.source).map { (field.name, $0) } }
        switch (call.proof, inputs.app.secret) {
        case (.basic, let secret?): basic = (inputs.app.id, secret)
        case (.basic, nil):
            basic = nil
            fields.append(("client_id", SecretText(inputs.app.id)))
        case (.none, _), (.bearer, _): basic = nil
        }
        headers = call.headers.map { $0.value == "{version}" ? Field($0.name, version) : $0 }
        bearer = call.proof == .bearer ? inputs.token : nil
        self.fields = fields
    }

    /// The whole address, for the sender only.
    public func revealURL() -> String {
        method == .get && !fields.isEmpty ? "\(origin)\(path)?\(encodedFields())" : origin + path
    }

    /// The form of a POST, for the sender only.
    public func revealBody() -> [UInt8] { method == .post ? Array(encodedFields().utf8) : [] }

    /// Every secret that is sent, for looking whether an answer repeats one.
    public func revealSecrets() -> [String] {
        (fields.map(\.value) + [basic?.secret, bearer].compactMap(\.self)).map { $0.reveal() }
    }

    /// The same as a request that a platform's code can classify answers to, without fields.
    public var asPlatformRequest: PlatformRequest {
        PlatformRequest(method, origin: origin, path: path, purpose: TokenRules.purpose, endpoint: "token")
    }

    /// Method and address.
    public var description: String { "\(method.rawValue) \(origin)\(path)" }
    /// Keeps `dump` from looking inside.
    public var customMirror: Mirror { Mirror(self, children: []) }

    private func encodedFields() -> String {
        fields.map { "\(TokenRequest.encoded($0.name))=\(TokenRequest.encoded($0.value.reveal()))" }
            .joined(separator: "&")
    }

    /// Percent-encodes everything but RFC 3986's unreserved characters.
    static func encoded(_ text: String) -> String {
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                bytes.append(byte)
            default:
                bytes.append(UInt8(ascii: "%"))
                bytes.append(contentsOf: [byte >> 4, byte & 15].map { $0 < 10 ? 48 + $0 : 55 + $0 })
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
