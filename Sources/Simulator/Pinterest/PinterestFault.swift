internal import JSON
internal import Platforms

/// An error as Pinterest words it: a code of its own and a message.
struct PinterestFault: Error, Equatable {
    var status: Int
    var code: Int64
    var message: String

    static let authentication = PinterestFault(status: 401, code: 2, message: "Authentication failed.")
    static let tooMany = PinterestFault(
        status: 429,
        code: 8,
        message: "This request exceeded a rate limit. This can happen if the client exceeds one of the published rate "
            + "limits within a short time window."
    )
    static let notFound = PinterestFault(status: 404, code: 50, message: "Pin not found.")
    static let noPath = PinterestFault(status: 404, code: 0, message: "Not found.")
    static let notOwned = PinterestFault(
        status: 403,
        code: 29,
        message: "You are not permitted to access that resource."
    )
    static let internalError = PinterestFault(status: 500, code: 0, message: "Something went wrong on our end.")

    static func missingScope(_ scope: String) -> PinterestFault {
        PinterestFault(
            status: 403,
            code: 3,
            message: "Your application consumer type is not supported, please contact support. Missing: ['\(scope)']"
        )
    }
    static func invalid(_ message: String) -> PinterestFault { PinterestFault(status: 400, code: 1, message: message) }

    func reply() -> SimulatedReply { .json(status: status) { write(&$0) } }

    func write(_ writer: inout JSONWriter) {
        writer.beginObject()
        writer.field("code", code)
        writer.field("message", message)
        writer.endObject()
    }
}
