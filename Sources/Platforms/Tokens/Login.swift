/// One way in which people connect accounts of a platform, and how the tokens it gives are kept alive.
public struct Login: Sendable {
    /// The page on which a user agrees.
    struct Consent: Sendable {
        /// Scheme and host.
        let origin: String
        /// The path; `{version}` is filled in.
        let path: String
        var clientField = "client_id"
        /// What stands between scopes.
        var separator = " "
        /// Whether the code is bound to a verifier (RFC 7636, S256).
        var pkce = false
        var extra: [Field] = []
    }

    /// A list of what the owner of a token manages.
    struct Pages: Sendable {
        enum Form: Sendable {
            /// Pages that have tokens of their own.
            case pageTokens
            /// Pages with an Instagram profile each.
            case businessProfiles
            /// Organisations by URN.
            case organizations
        }
        let call: TokenCall
        let form: Form
    }

    /// What keeps a connection alive.
    public enum Renewal: Sendable, Equatable {
        /// Nothing does.
        case none
        /// The access token itself, as long as it lives.
        case accessToken
        /// A refresh token.
        case refreshToken
    }

    /// The word in tables: `facebook_login`.
    public let name: String
    let consent: Consent
    let exchange: TokenCall
    /// Makes a short-lived token of the code exchange into one that lives long.
    let longLived: TokenCall?
    /// What renews.
    public let renewal: Renewal
    let renew: TokenCall?
    /// Derives the token that is called with from the one that was granted, which is then kept as the refresh token.
    let derive: TokenCall?
    /// Lists what the owner of a token manages, where that is what is collected.
    let pages: Pages?
    /// Asks whose a token is.
    let identity: TokenCall
    /// Asks what a token may do.
    let inspection: TokenCall?
    /// What is asked for when connecting.
    public let scopes: [String]
    /// Stands before every scope's short name in answers and requests; empty for most.
    let scopePrefix: String
    /// Seconds that an access token lives when the platform does not say; nil when it does not end by itself.
    public let lifetime: Int?
    /// Seconds that a refresh token lives when the platform does not say.
    let refreshLifetime: Int?
    /// Seconds before which a token cannot be renewed.
    let minimumAge: Int
    /// Whether a refresh token works once and dies with its use.
    public let isSingleUse: Bool

    init(
        _ name: String,
        consent: Consent,
        exchange: TokenCall,
        longLived: TokenCall? = nil,
        renewal: Renewal,
        renew: TokenCall?,
        derive: TokenCall? = nil,
        pages: Pages? = nil,
        identity: TokenCall,
        inspection: TokenCall? = nil,
        scopes: [String],
        scopePrefix: String = "",
        lifetime: Int?,
        refreshLifetime: Int? = nil,
        minimumAge: Int = 0,
        isSingleUse: Bool = false
    ) {
        self.name = name
        self.consent = consent
        self.exchange = exchange
        self.longLived = longLived
        self.renewal = renewal
        self.renew = renew
        self.derive = derive
        self.pages = pages
        self.identity = identity
        self.inspection = inspection
        self.scopes = scopes
        self.scopePrefix = scopePrefix
        self.lifetime = lifetime
        self.refreshLifetime = refreshLifetime
        self.minimumAge = minimumAge
        self.isSingleUse = isSingleUse
    }

    /// Whether the code exchange needs a verifier.
    public var usesPKCE: Bool { consent.pkce }

    /// The address to send a user to.
    /// - Parameters:
    ///   - client: the application's public id.
    ///   - challenge: base64url of the verifier's SHA-256, where ``usesPKCE``.
    ///   - scopes: what to ask for; everything that the login knows unless given.
    public func connectURL(
        client: String,
        redirect: String,
        state: String,
        challenge: String? = nil,
        scopes: [String]? = nil,
        version: String,
        settings: PlatformSettings = PlatformSettings()
    ) -> String {
        let wanted = (scopes ?? self.scopes).map { scopePrefix + $0 }.joined(separator: consent.separator)
        var fields = [
            Field("response_type", "code"), Field(consent.clientField, client), Field("redirect_uri", redirect),
            Field("scope", wanted), Field("state", state),
        ]
        if consent.pkce, let challenge {
            fields += [Field("code_challenge", challenge), Field("code_challenge_method", "S256")]
        }
        let query = (fields + consent.extra)
            .map { "\($0.name)=\(TokenRequest.encoded($0.value))" }.joined(separator: "&")
        let path = consent.path.split(separator: "/", omittingEmptySubsequences: false)
            .map { $0 == "{version}" ? version : String($0) }.joined(separator: "/")
        return "\(settings.origin ?? consent.origin)\(path)?\(query)"
    }

    /// A scope as we call it, from the platform's own spelling.
    func scopeName(_ text: String) -> String {
        !scopePrefix.isEmpty && text.hasPrefix(scopePrefix) ? String(text.dropFirst(scopePrefix.count)) : text
    }

    var calls: [TokenCall] { [exchange, longLived, renew].compactMap(\.self) }
}
