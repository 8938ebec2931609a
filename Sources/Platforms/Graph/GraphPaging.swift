internal import JSON

/// Paging of an object edge. Only a present `next` means that there is more: the last page has a cursor too.
struct GraphPaging {
    private var after: String?
    /// The address of the following page.
    private var link: String?

    /// Reads the value of `paging`; anything but an object means a single page.
    init(_ reader: inout JSONReader) throws(JSONError) {
        guard try reader.enterObject() else { return }
        while let key = try reader.nextKey() {
            switch key {
            case "next": link = try reader.textIfString()?.string
            case "cursors": try readCursors(&reader)
            default: break
            }
        }
    }

    private mutating func readCursors(_ reader: inout JSONReader) throws(JSONError) {
        guard try reader.enterObject() else { return }
        while let key = try reader.nextKey() {
            if key == "after" { after = try reader.textIfString()?.string }
        }
    }

    /// What to change for the following page, or nil. Pages by time have no cursor: what leads on stands in the link.
    var next: SamplePage.Next? {
        guard let link, !link.isEmpty else { return nil }
        if let after, !after.isEmpty { return .query([Field("after", after)]) }
        let query = link.split(separator: "?", maxSplits: 1).dropFirst().first ?? ""
        let ways = [Field](form: query).filter { GraphPaging.ways.contains($0.name) }
        return ways.isEmpty ? nil : .query(ways)
    }

    private static let ways: Set<String> = ["after", "since", "until", "__paging_token", "offset"]
}
