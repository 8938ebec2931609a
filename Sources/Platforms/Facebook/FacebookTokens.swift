extension TokenRules {
    /// Facebook Pages: calls are made with the page's token, which does not end. It derives from a user token of 60 days,
    /// which is kept beside it and renewed, so that a new page token can be had at any time.
    static let facebook = TokenRules(
        Login(
            "facebook_login",
            consent: MetaTokens.facebookConsent(),
            exchange: MetaTokens.exchange,
            longLived: MetaTokens.lengthen,
            renewal: .refreshToken,
            renew: MetaTokens.lengthen,
            derive: TokenCall(
                .get,
                MetaTokens.graph,
                "/{version}/{account}",
                [.init("fields", .text("access_token"))],
                proof: .bearer
            ),
            pages: .init(call: MetaTokens.pages("id,access_token"), form: .pageTokens),
            identity: MetaTokens.identity(MetaTokens.graph, "id,name"),
            inspection: MetaTokens.inspection,
            scopes: ["pages_read_engagement", "read_insights", "pages_read_user_content"],
            lifetime: nil,
            refreshLifetime: MetaTokens.longLife
        )
    )
}
