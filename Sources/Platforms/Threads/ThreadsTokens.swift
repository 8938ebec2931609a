extension TokenRules {
    /// Threads: user tokens of 60 days that renew themselves while they live.
    static let threads = TokenRules(
        MetaTokens.ownLogin(
            "threads_login",
            consent: Login.Consent(origin: "https://threads.net", path: "/oauth/authorize", separator: ","),
            codes: "https://graph.threads.net",
            tokens: "https://graph.threads.net",
            prefix: "th",
            scopes: ["threads_basic", "threads_manage_insights"]
        )
    )
}
