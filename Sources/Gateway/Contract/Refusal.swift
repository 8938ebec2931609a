import HTTPServer
import JSON

/// Why a question is not answered, as problem details with a type that stays the same from version to version.
struct Refusal: Error, Equatable {
    /// The closed list of reasons; the raw value ends the type's address.
    enum Kind: String, CaseIterable {
        case invalidRequest = "invalid-request"
        case unauthenticated, forbidden
        case notFound = "not-found"
        case tooManyRequests = "too-many-requests"
        case unavailable
        case failed

        var status: Int {
            switch self {
            case .invalidRequest: 400
            case .unauthenticated: 401
            case .forbidden: 403
            case .notFound: 404
            case .tooManyRequests: 429
            case .failed: 500
            case .unavailable: 503
            }
        }

        var title: String {
            switch self {
            case .invalidRequest: "The request does not follow the contract."
            case .unauthenticated: "The request carries no valid key."
            case .forbidden: "The key does not allow this."
            case .notFound: "There is nothing of that number in this workspace."
            case .tooManyRequests: "This key has asked too often."
            case .failed: "The gateway failed."
            case .unavailable: "The database does not answer."
            }
        }
    }

    /// One thing that is wrong with a request.
    struct Fault: Equatable {
        /// Where: `query/from`, or a JSON pointer into the body.
        var place: String
        var detail: String
    }

    var kind: Kind
    var detail: String?
    var faults: [Fault] = []
    var retryAfter: Int?

    init(_ kind: Kind, _ detail: String? = nil, faults: [Fault] = [], retryAfter: Int? = nil) {
        (self.kind, self.detail, self.faults, self.retryAfter) = (kind, detail, faults, retryAfter)
    }

    static func notFound(_ what: String) -> Refusal { Refusal(.notFound, "There is no \(what) in this workspace.") }

    var document: JSONValue {
        var members: [JSONValue.Member] = [
            .init("type", .string("/problems/\(kind.rawValue)")), .init("title", .string(kind.title)),
            .init("status", .int(kind.status)),
        ]
        if let detail { members.append(.init("detail", .string(detail))) }
        if !faults.isEmpty {
            let faults = faults.map {
                JSONValue.object([.init("at", .string($0.place)), .init("detail", .string($0.detail))])
            }
            members.append(.init("errors", .array(faults)))
        }
        return .object(members)
    }

    var response: ServerResponse {
        var response = ServerResponse.bytes(document.rendered(), type: "application/problem+json", status: kind.status)
        if let retryAfter { response.headers.append((name: "Retry-After", value: String(retryAfter))) }
        if kind == .unauthenticated { response.headers.append((name: "WWW-Authenticate", value: "Bearer")) }
        response.headers.append((name: "Cache-Control", value: "no-store"))
        return response
    }
}
