extension TokenRules {
    /// X: access tokens of two hours. Every refresh gives a new refresh token and kills the old one.
    static let x = TokenRules(
        Login(
            "x",
            consent: Login.Consent(origin: "https://x.com", path: "/i/oauth2/authorize", pkce: true),
            exchange: .codeExchange("https://api.x.com", "/2/oauth2/token", proof: .basic, pkce: true),
            renewal: .refreshToken,
            renew: .refresh("https://api.x.com", "/2/oauth2/token", proof: .basic),
            identity: TokenCall(.get, "https://api.x.com", "/2/users/me", proof: .bearer),
            scopes: ["tweet.read", "users.read", "offline.access"],
            lifetime: 7200,
            isSingleUse: true
        )
    )
}
