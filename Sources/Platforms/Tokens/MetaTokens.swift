/// What Instagram, Facebook and Threads share of Meta's tokens.
enum MetaTokens {
    static let graph = "https://graph.facebook.com"

    /// 60 days.
    static let longLife = 5_184_000

    static func facebookConsent() -> Login.Consent {
        Login.Consent(origin: "https://www.facebook.com", path: "/{version}/dialog/oauth", separator: ",")
    }

    /// A code for a user token that lives an hour or two.
    static let exchange = TokenCall(
        .get,
        graph,
        "/{version}/oauth/access_token",
        [
            .init("client_id", .clientID), .init("redirect_uri", .redirect), .init("client_secret", .clientSecret),
            .init("code", .code),
        ]
    )

    /// A user token for one that lives 60 days. Given a long-lived one, a new one comes back.
    static let lengthen = TokenCall(
        .get,
        graph,
        "/{version}/oauth/access_token",
        [
            .init("grant_type", .text("fb_exchange_token")), .init("client_id", .clientID),
            .init("client_secret", .clientSecret), .init("fb_exchange_token", .token),
        ]
    )

    /// What a token may do and until when.
    static let inspection = TokenCall(
        .get,
        graph,
        "/{version}/debug_token",
        [.init("input_token", .token), .init("access_token", .appToken)]
    )

    /// The pages that a user manages.
    static func pages(_ fields: String) -> TokenCall {
        TokenCall(
            .get,
            graph,
            "/{version}/me/accounts",
            [.init("fields", .text(fields)), .init("limit", .text("100"))],
            proof: .bearer
        )
    }

    static func identity(_ origin: String, _ fields: String) -> TokenCall {
        TokenCall(.get, origin, "/{version}/{account}", [.init("fields", .text(fields))], proof: .bearer)
    }

    /// The exchanges of a login of its own: a short-lived token by form, a long-lived one and renewals by query.
    static func ownLogin(
        _ name: String,
        consent: Login.Consent,
        codes: String,
        tokens: String,
        prefix: String,
        scopes: [String]
    ) -> Login {
        Login(
            name,
            consent: consent,
            exchange: .codeExchange(codes, "/oauth/access_token"),
            longLived: TokenCall(
                .get,
                tokens,
                "/access_token",
                [
                    .init("grant_type", .text("\(prefix)_exchange_token")), .init("client_secret", .clientSecret),
                    .init("access_token", .token),
                ]
            ),
            renewal: .accessToken,
            renew: TokenCall(
                .get,
                tokens,
                "/refresh_access_token",
                [.init("grant_type", .text("\(prefix)_refresh_token")), .init("access_token", .token)]
            ),
            identity: identity(tokens, "id,username"),
            scopes: scopes,
            lifetime: longLife,
            minimumAge: 86_400
        )
    }
}
