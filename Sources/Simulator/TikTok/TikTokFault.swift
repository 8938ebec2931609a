internal import JSON
internal import Platforms

/// An error as TikTok words it: a word with a status in the Display interface, a number with status 200 in the Business one.
struct TikTokFault: Error, Equatable {
    var word: String
    var status: Int
    var code: Int64
    var message: String

    static let badToken = TikTokFault(
        word: "access_token_invalid",
        status: 401,
        code: 40105,
        message: "The access token is invalid or not found in the request."
    )
    static let expiredToken = TikTokFault(
        word: "access_token_invalid",
        status: 401,
        code: 40102,
        message: "The access token is expired."
    )
    static let revokedToken = TikTokFault(
        word: "access_token_invalid",
        status: 401,
        code: 40104,
        message: "The access token was revoked."
    )
    static let missingScope = TikTokFault(
        word: "scope_not_authorized",
        status: 401,
        code: 40001,
        message: "The user did not authorize the scope required for completing this request."
    )
    static let tooMany = TikTokFault(
        word: "rate_limit_exceeded",
        status: 429,
        code: 40100,
        message: "The API rate limit was exceeded. Please try again later."
    )
    static let internalError = TikTokFault(
        word: "internal_error",
        status: 500,
        code: 50000,
        message: "Something went wrong. Please try again later."
    )
    static func invalid(_ message: String) -> TikTokFault {
        TikTokFault(word: "invalid_params", status: 400, code: 40002, message: message)
    }

    /// The fault of a token that is not accepted; nil when it is.
    static func of(_ access: Access) -> TikTokFault? {
        switch access.standing {
        case .good: nil
        case .absent, .unknown: .badToken
        case .expired: .expiredToken
        case .revoked: .revokedToken
        }
    }

    /// The whole answer in either interface.
    func reply(isBusiness: Bool, log: String) -> SimulatedReply {
        guard isBusiness else {
            return .json(status: status) { writer in
                writer.beginObject()
                writer.object("data") { _ in }
                TikTokFault.write(word, message, log, &writer)
                writer.endObject()
            }
        }
        return .json { writer in
            writer.beginObject()
            writer.field("code", code)
            writer.field("message", message)
            writer.field("request_id", log)
            writer.object("data") { _ in }
            writer.endObject()
        }
    }

    /// The `error` of the Display interface, which says `ok` in good answers.
    static func write(_ word: String, _ message: String, _ log: String, _ writer: inout JSONWriter) {
        writer.object("error") { writer in
            writer.field("code", word)
            writer.field("message", message)
            writer.field("log_id", log)
        }
    }
}
