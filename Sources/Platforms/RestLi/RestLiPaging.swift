internal import FleetCore
internal import JSON

/// Paging of a Rest.li collection by `start` and `count`. Only a link to the next page means that there is more.
struct RestLiPaging {
    private var start: Int?
    private var count: Int?
    private var nextLink: String?

    /// Reads the value of `paging`; anything but an object means a single page.
    init(_ reader: inout JSONReader) throws(JSONError) {
        guard try reader.enterObject() else { return }
        while let key = try reader.nextKey() {
            switch key {
            case "start": start = try reader.smallInteger()
            case "count": count = try reader.smallInteger()
            case "links":
                guard try reader.enterArray() else { continue }
                while try reader.nextElement() { try readLink(&reader) }
            default: break
            }
        }
    }

    private mutating func readLink(_ reader: inout JSONReader) throws(JSONError) {
        guard try reader.enterObject() else { return }
        var relation: String?
        var address: String?
        while let key = try reader.nextKey() {
            switch key {
            case "rel": relation = try reader.textIfString()?.string
            case "href": address = try reader.textIfString()?.string
            default: break
            }
        }
        if relation == "next" { nextLink = address ?? "" }
    }

    /// What to change for the page after the one that `request` asked for; nil on the last, and when the link leads back.
    func next(after request: PlatformRequest) -> SamplePage.Next? {
        guard let nextLink else { return nil }
        let here = request.queryValue("start").flatMap { Int($0) } ?? start ?? 0
        let (sum, overflow) = here.addingReportingOverflow(count ?? 0)
        guard let next = RestLiPaging.start(in: nextLink) ?? (overflow ? nil : sum), next > here else { return nil }
        return .query([Field("start", String(next))])
    }

    /// `start` in the query of an address.
    private static func start(in address: String) -> Int? {
        guard let mark = address.firstIndex(of: "?") else { return nil }
        let fields = address[address.index(after: mark)...].split(separator: "&")
        return fields.first { $0.hasPrefix("start=") }.flatMap { Int($0.dropFirst("start=".count)) }
    }
}
