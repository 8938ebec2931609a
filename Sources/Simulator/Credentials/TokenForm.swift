internal import FleetCore
internal import JSON
internal import Platforms

/// How a platform words grants and refusals of tokens.
enum TokenForm: Sendable {
    case graph, google, linkedin, x, tiktok, pinterest

    // MARK: Grants

    func grant(_ grant: CredentialBook.Grant, isCode: Bool) -> SimulatedReply {
        switch self {
        case .graph: TokenForm.graphGrant(grant, isCode: isCode)
        case .google, .linkedin, .x, .tiktok, .pinterest: oauthGrant(grant, isCode: isCode)
        }
    }

    /// Facebook's users get tokens of their own, from which page tokens derive.
    private static func graphGrant(_ grant: CredentialBook.Grant, isCode: Bool) -> SimulatedReply {
        let isUser = grant.refresh?.kind == .user
        return .json { writer in
            writer.beginObject()
            writer.field("access_token", isUser ? grant.refresh?.text ?? "" : grant.access.text)
            writer.field("token_type", "bearer")
            writer.field("expires_in", ifPresent: isUser ? grant.refreshExpiresIn : grant.expiresIn)
            if isCode && !isUser {
                writer.field("user_id", grant.access.account.externalID)
                writer.field("permissions", grant.scopes)
            }
            writer.endObject()
        }
    }

    private func oauthGrant(_ grant: CredentialBook.Grant, isCode: Bool) -> SimulatedReply {
        .json { writer in
            writer.beginObject()
            writer.field("access_token", grant.access.text)
            writer.field("token_type", self == .x || self == .pinterest ? "bearer" : "Bearer")
            writer.field("expires_in", ifPresent: grant.expiresIn)
            writer.field("scope", grant.scopes.joined(separator: self == .tiktok || self == .linkedin ? "," : " "))
            // Google hands out its refresh token with the consent only.
            if self != .google || isCode { writer.field("refresh_token", ifPresent: grant.refresh?.text) }
            switch self {
            case .tiktok:
                writer.field("refresh_expires_in", ifPresent: grant.refreshExpiresIn)
                writer.field("open_id", grant.access.account.externalID)
            case .linkedin, .pinterest:
                writer.field("refresh_token_expires_in", ifPresent: grant.refreshExpiresIn)
            case .graph, .google, .x: break
            }
            writer.endObject()
        }
    }

    // MARK: Refusals

    func failure(_ refusal: CredentialBook.Refusal) -> SimulatedReply {
        switch self {
        case .graph: TokenForm.graphFault(refusal).reply(trace: 2)
        case .google: failure("invalid_grant", "Token has been expired or revoked.", status: 400)
        case .linkedin: failure("invalid_request", "The provided refresh token or code is invalid.", status: 400)
        case .x: failure("invalid_request", "Value passed for the token was invalid.", status: 400)
        case .tiktok: failure("invalid_grant", "The refresh token or code is invalid or expired.", status: 400)
        case .pinterest: failure("invalid_grant", "The provided authorization grant is invalid.", status: 400)
        }
    }

    private static func graphFault(_ refusal: CredentialBook.Refusal) -> GraphFault {
        switch refusal {
        case .unknown: .unparseableToken
        case .expired: .expiredToken
        case .revoked: .revokedToken
        case .used:
            GraphFault(message: "This authorization code has been used.", code: 100, subcode: 36_009)
        case .tooYoung:
            GraphFault(message: "(#100) The access token must be at least 24 hours old to be refreshed", code: 100)
        }
    }

    func failure(_ error: String, _ description: String, status: Int) -> SimulatedReply {
        .json(status: status) { writer in
            writer.beginObject()
            switch self {
            case .graph:
                writer.object("error") { writer in
                    writer.field("message", "Error validating application. \(description)")
                    writer.field("type", "OAuthException")
                    writer.field("code", 101)
                }
            case .pinterest:
                writer.field("code", 283)
                writer.field("message", "\(error): \(description)")
            case .google, .linkedin, .x:
                writer.field("error", error)
                writer.field("error_description", description)
            case .tiktok:
                writer.field("error", error)
                writer.field("error_description", description)
                writer.field("log_id", "20260101000000SIM")
            }
            writer.endObject()
        }
    }

    // MARK: Inspection

    func inspection(
        _ token: SimulatedToken?,
        _ standing: Access.Standing,
        _ expiry: Instant?,
        _ scopes: [String],
        at now: Instant
    ) -> SimulatedReply {
        let isGood = standing == .good
        if self == .google {
            guard isGood, let token else { return failure("invalid_token", "Invalid Value", status: 400) }
            return .json { writer in
                writer.beginObject()
                writer.field("scope", scopes.joined(separator: " "))
                writer.field("expires_in", expiry.map { String(($0 - now).components.seconds) } ?? "3599")
                writer.field("access_type", "offline")
                writer.field("sub", token.account.externalID)
                writer.endObject()
            }
        }
        return .json { writer in
            writer.beginObject()
            guard self == .graph else {
                writer.field("active", isGood)
                writer.field("status", isGood ? "active" : standing == .expired ? "expired" : "revoked")
                writer.field("scope", scopes.joined(separator: ","))
                writer.field("expires_at", ifPresent: expiry?.seconds)
                return writer.endObject()
            }
            writer.object("data") { writer in
                writer.field("app_id", "1")
                writer.field("type", token?.kind == .access && token?.account.platform == .facebook ? "PAGE" : "USER")
                writer.field("is_valid", isGood)
                writer.field("expires_at", expiry?.seconds ?? 0)
                writer.field("data_access_expires_at", (now + .hours(90 * 24)).seconds)
                writer.field("scopes", scopes)
                writer.field("user_id", ifPresent: token?.account.externalID)
            }
            writer.endObject()
        }
    }
}
