extension TokenRules {
    /// Pinterest: access tokens of 30 days, and refresh tokens of 60 days that every use prolongs.
    static let pinterest = TokenRules(
        Login(
            "pinterest",
            consent: Login.Consent(origin: "https://www.pinterest.com", path: "/oauth/", separator: ","),
            exchange: .codeExchange(
                "https://api.pinterest.com",
                "/v5/oauth/token",
                proof: .basic,
                extra: [.init("continuous_refresh", .text("true"))]
            ),
            renewal: .refreshToken,
            renew: .refresh("https://api.pinterest.com", "/v5/oauth/token", proof: .basic),
            identity: TokenCall(.get, "https://api.pinterest.com", "/v5/user_account", proof: .bearer),
            scopes: ["user_accounts:read", "pins:read", "boards:read"],
            lifetime: 2_592_000,
            refreshLifetime: 5_184_000
        )
    )
}
