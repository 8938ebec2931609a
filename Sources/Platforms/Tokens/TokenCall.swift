/// A field of a header, where ``TokenCall/Field`` is one of a form.
typealias HeaderField = Field

/// How a platform is asked for a token, as data: the address, and from where each field takes its value.
public struct TokenCall: Sendable {
    /// Where a field's value comes from.
    public enum Source: Sendable, Equatable {
        case text(String)
        case clientID, clientSecret, code, redirect, verifier, token
        /// The application's id and secret joined by `|`, which Meta takes for an application's own token.
        case appToken
    }

    /// A field of the query or the form.
    public struct Field: Sendable, Equatable {
        let name: String
        let source: Source

        init(_ name: String, _ source: Source) {
            self.name = name
            self.source = source
        }
    }

    /// How the application or the account's owner proves who asks, besides the fields.
    public enum Proof: Sendable, Equatable {
        /// The fields are enough.
        case none
        /// Id and secret as HTTP Basic when the application has a secret; otherwise its id stands in the form.
        case basic
        /// The token in the `Authorization` header.
        case bearer
    }

    let method: PlatformRequest.Method
    /// Scheme and host of the real platform.
    let origin: String
    /// The path; `{version}` and `{account}` are filled in.
    let path: String
    let fields: [Field]
    let proof: Proof
    /// Further headers; a value of `{version}` is filled in.
    let headers: [HeaderField]

    init(
        _ method: PlatformRequest.Method,
        _ origin: String,
        _ path: String,
        _ fields: [Field] = [],
        proof: Proof = .none,
        headers: [HeaderField] = []
    ) {
        self.method = method
        self.origin = origin
        self.path = path
        self.fields = fields
        self.proof = proof
        self.headers = headers
    }

    /// The usual authorisation code exchange.
    static func codeExchange(
        _ origin: String,
        _ path: String,
        clientField: String = "client_id",
        proof: Proof = .none,
        pkce: Bool = false,
        extra: [Field] = []
    ) -> TokenCall {
        let client = [Field(clientField, .clientID), Field("client_secret", .clientSecret)]
        return TokenCall(
            .post,
            origin,
            path,
            [
                Field("grant_type", .text("authorization_code")), Field("code", .code),
                Field("redirect_uri", .redirect),
            ] + (pkce ? [Field("code_verifier", .verifier)] : []) + (proof == .basic ? [] : client) + extra,
            proof: proof
        )
    }

    /// The usual exchange of a refresh token.
    static func refresh(
        _ origin: String,
        _ path: String,
        clientField: String = "client_id",
        proof: Proof = .none,
        extra: [Field] = []
    ) -> TokenCall {
        let client = [Field(clientField, .clientID), Field("client_secret", .clientSecret)]
        return TokenCall(
            .post,
            origin,
            path,
            [Field("grant_type", .text("refresh_token")), Field("refresh_token", .token)]
                + (proof == .basic ? [] : client) + extra,
            proof: proof
        )
    }

    /// Whether a request that was written down goes to this address.
    func isAddress(of request: PlatformRequest) -> Bool {
        let wanted = path.split(separator: "/")
        var actual = request.path.split(separator: "/")
        guard request.origin == origin else { return false }
        // The version may be left out or be another one.
        if wanted.first == "{version}" {
            if actual.first.map(GraphPath.isVersion) ?? false { actual.removeFirst() }
            return actual.elementsEqual(wanted.dropFirst())
        }
        return actual.elementsEqual(wanted)
    }
}

/// An application as a platform knows it.
public struct AppCredential: Hashable, Sendable {
    /// The public id.
    public let id: String
    /// The secret; nil for a public client.
    public let secret: SecretText?

    /// An application.
    public init(id: String, secret: SecretText?) {
        self.id = id
        self.secret = secret
    }
}

/// What a token request is filled with.
public struct TokenInputs: Sendable {
    /// Who asks.
    public var app: AppCredential
    /// The token that is renewed, exchanged or looked at.
    public var token: SecretText?
    /// The authorisation code of a callback.
    public var code: SecretText?
    /// The PKCE verifier.
    public var verifier: SecretText?
    /// The address the user was sent back to.
    public var redirect: String?
    /// The account's id at the platform.
    public var account: String?

    /// Inputs.
    public init(
        app: AppCredential,
        token: SecretText? = nil,
        code: SecretText? = nil,
        verifier: SecretText? = nil,
        redirect: String? = nil,
        account: String? = nil
    ) {
        self.app = app
        self.token = token
        self.code = code
        self.verifier = verifier
        self.redirect = redirect
        self.account = account
    }

    func value(_ source: TokenCall.Source) -> SecretText? {
        switch source {
        case .text(let text): SecretText(text)
        case .clientID: SecretText(app.id)
        case .clientSecret: app.secret
        case .code: code
        case .redirect: redirect.map { SecretText($0) }
        case .verifier: verifier
        case .token: token
        case .appToken: app.secret.map { SecretText("\(app.id)|\($0.reveal())") }
        }
    }
}
