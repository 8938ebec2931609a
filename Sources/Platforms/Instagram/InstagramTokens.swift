extension TokenRules {
    /// Instagram: over Facebook Login with user tokens, or over Instagram's own login.
    static let instagram = TokenRules(
        Login(
            "facebook_login",
            consent: MetaTokens.facebookConsent(),
            exchange: MetaTokens.exchange,
            longLived: MetaTokens.lengthen,
            renewal: .accessToken,
            renew: MetaTokens.lengthen,
            pages: .init(call: MetaTokens.pages("id,instagram_business_account{id}"), form: .businessProfiles),
            identity: MetaTokens.identity(MetaTokens.graph, "id,username"),
            inspection: MetaTokens.inspection,
            scopes: ["instagram_basic", "instagram_manage_insights", "pages_read_engagement"],
            lifetime: MetaTokens.longLife
        ),
        MetaTokens.ownLogin(
            "instagram_login",
            consent: Login.Consent(origin: "https://www.instagram.com", path: "/oauth/authorize", separator: ","),
            codes: "https://api.instagram.com",
            tokens: "https://graph.instagram.com",
            prefix: "ig",
            scopes: ["instagram_business_basic", "instagram_business_manage_insights"]
        )
    )
}
