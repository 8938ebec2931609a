/// How a platform's access tokens are fetched and renewed.
public struct TokenRules: Sendable {
    /// How long a fresh access token lives, in seconds; nil when it does not end by itself.
    public let lifetime: Int?

    /// Rules.
    public init(lifetime: Int?) {
        self.lifetime = lifetime
    }
}
