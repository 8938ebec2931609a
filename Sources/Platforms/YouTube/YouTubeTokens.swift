extension TokenRules {
    /// YouTube: Google's tokens of an hour; the refresh token stays the same until it is revoked or six months unused.
    static let youtube = TokenRules(
        Login(
            "google",
            consent: Login.Consent(
                origin: "https://accounts.google.com",
                path: "/o/oauth2/v2/auth",
                pkce: true,
                // Without both, Google gives a refresh token only the first time that a user agrees.
                extra: [Field("access_type", "offline"), Field("prompt", "consent")]
            ),
            exchange: .codeExchange("https://oauth2.googleapis.com", "/token", pkce: true),
            renewal: .refreshToken,
            renew: .refresh("https://oauth2.googleapis.com", "/token"),
            identity: TokenCall(
                .get,
                "https://www.googleapis.com",
                "/youtube/v3/channels",
                [.init("part", .text("id,snippet")), .init("mine", .text("true"))],
                proof: .bearer
            ),
            inspection: TokenCall(.get, "https://oauth2.googleapis.com", "/tokeninfo", [.init("access_token", .token)]),
            scopes: ["youtube.readonly", "yt-analytics.readonly"],
            scopePrefix: "https://www.googleapis.com/auth/",
            lifetime: 3600
        )
    )
}
