internal import JSON

/// Paging of an object edge. Only a present `next` means that there is more: the last page has a cursor too.
struct GraphPaging {
    private var after: String?
    private var hasNext = false

    /// Reads the value of `paging`; anything but an object means a single page.
    init(_ reader: inout JSONReader) throws(JSONError) {
        guard try reader.enterObject() else { return }
        while let key = try reader.nextKey() {
            switch key {
            case "next": hasNext = try reader.textIfString().map { $0.count > 0 } ?? false
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

    /// What to change for the following page, or nil.
    var next: SamplePage.Next? {
        guard hasNext, let after, !after.isEmpty else { return nil }
        return .query([Field("after", after)])
    }
}
