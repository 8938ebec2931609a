extension TokenRules {
    /// LinkedIn: access tokens of 60 days. Only approved applications get a refresh token; it lives a year from the first
    /// consent, and using it does not prolong it.
    static let linkedin = TokenRules(
        Login(
            "linkedin",
            consent: Login.Consent(origin: "https://www.linkedin.com", path: "/oauth/v2/authorization"),
            exchange: .codeExchange("https://www.linkedin.com", "/oauth/v2/accessToken"),
            renewal: .refreshToken,
            renew: .refresh("https://www.linkedin.com", "/oauth/v2/accessToken"),
            pages: .init(call: organizations, form: .organizations),
            identity: organizations,
            inspection: TokenCall(
                .post,
                "https://www.linkedin.com",
                "/oauth/v2/introspectToken",
                [.init("client_id", .clientID), .init("client_secret", .clientSecret), .init("token", .token)]
            ),
            scopes: ["rw_organization_admin", "r_organization_social"],
            lifetime: 5_184_000
        )
    )

    /// The organisations that a member administers.
    private static let organizations = TokenCall(
        .get,
        "https://api.linkedin.com",
        "/rest/organizationAcls",
        [
            .init("q", .text("roleAssignee")), .init("role", .text("ADMINISTRATOR")), .init("state", .text("APPROVED")),
        ],
        proof: .bearer,
        headers: [Field("LinkedIn-Version", "{version}"), Field("X-Restli-Protocol-Version", "2.0.0")]
    )
}
