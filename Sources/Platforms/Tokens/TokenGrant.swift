public import FleetCore

/// What a token endpoint gave.
public struct TokenGrant: Sendable, Equatable {
    /// The token to call with.
    public var accessToken: SecretText
    /// As the platform names it, in lower case; `bearer` unless it says otherwise.
    public var tokenType: String
    /// Seconds until the access token ends; nil when the platform does not say.
    public var expiresIn: Int?
    /// A refresh token that replaces the one used; nil when the old one stays.
    public var refreshToken: SecretText?
    /// Seconds until the refresh token ends; nil when the platform does not say.
    public var refreshExpiresIn: Int?
    /// What was granted; nil when the platform does not say.
    public var scopes: [String]?
    /// The platform's id of the one who granted it, where it is told.
    public var subject: String?

    /// A grant.
    public init(
        accessToken: SecretText,
        tokenType: String = "bearer",
        expiresIn: Int? = nil,
        refreshToken: SecretText? = nil,
        refreshExpiresIn: Int? = nil,
        scopes: [String]? = nil,
        subject: String? = nil
    ) {
        self.accessToken = accessToken
        self.tokenType = tokenType
        self.expiresIn = expiresIn
        self.refreshToken = refreshToken
        self.refreshExpiresIn = refreshExpiresIn
        self.scopes = scopes
        self.subject = subject
    }
}

/// What was made of a token endpoint's answer.
public enum TokenAnswer: Sendable, Equatable {
    /// A token.
    case grant(TokenGrant)
    /// A classified error.
    case error(PlatformError)
}

/// What a platform says about a token: whose it is and what it may do. Never the token.
public struct TokenIdentity: Sendable, Equatable {
    /// The platform's id of the owner, where it is told.
    public var subject: String?
    /// The owner's name, where it is told.
    public var name: String?
    /// What was granted; nil when the platform does not say.
    public var scopes: [String]?
    /// When the token ends; nil when the platform does not say, or it does not end.
    public var expiresAt: Instant?
    /// Whether the platform takes the token; nil when it does not say.
    public var isValid: Bool?

    /// Nothing known yet.
    public init() {}
}
