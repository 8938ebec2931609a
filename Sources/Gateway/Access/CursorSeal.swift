import Adapters
import Crypto
import FleetCore

/// Writes and reads where a page ended. A cursor is signed for its list and its workspace: no other place can be made up,
/// and no cursor means anything elsewhere.
struct CursorSeal: Sendable {
    private let key: [UInt8]

    init(secret: String) { key = sha256(Array("flotilla cursors \(secret)".utf8)) }

    /// - Parameter list: which list, with all that chooses its items.
    func text(_ id: Int64, of list: String, workspace: Int64) -> String {
        "\(id).\(signature(id, list, workspace))"
    }

    /// The item after which the page begins; throws a ``Refusal`` for anything that this list has not given out.
    func position(_ text: String?, of list: String, workspace: Int64) throws -> Int64 {
        guard let text else { return 0 }
        let parts = text.split(separator: ".", maxSplits: 1)
        guard parts.count == 2, let id = Int64(parts[0]),
            constantTimeEquals(Array(parts[1].utf8), Array(signature(id, list, workspace).utf8))
        else {
            let fault = Refusal.Fault(place: "query/cursor", detail: "is not the `next` of a page of this list")
            throw Refusal(.invalidRequest, faults: [fault])
        }
        return id
    }

    private func signature(_ id: Int64, _ list: String, _ workspace: Int64) -> String {
        Array(hmacSHA256(Array("\(workspace) \(id) \(list)".utf8), key: key).prefix(16)).hexadecimal
    }
}
