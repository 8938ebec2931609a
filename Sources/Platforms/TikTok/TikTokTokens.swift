extension TokenRules {
    /// TikTok: access tokens of a day and refresh tokens of a year; the refresh token that comes back is the one to keep.
    static let tiktok = TokenRules(
        Login(
            "tiktok",
            consent: Login.Consent(
                origin: "https://www.tiktok.com",
                path: "/v2/auth/authorize/",
                clientField: "client_key",
                separator: ","
            ),
            exchange: .codeExchange("https://open.tiktokapis.com", "/v2/oauth/token/", clientField: "client_key"),
            renewal: .refreshToken,
            renew: .refresh("https://open.tiktokapis.com", "/v2/oauth/token/", clientField: "client_key"),
            identity: TokenCall(
                .get,
                "https://open.tiktokapis.com",
                "/v2/user/info/",
                [.init("fields", .text("open_id,display_name"))],
                proof: .bearer
            ),
            scopes: ["user.info.basic", "user.info.stats", "video.list"],
            lifetime: 86_400,
            refreshLifetime: 31_536_000
        )
    )
}
