internal import FleetCore
internal import Platforms

/// The parameters of a call in Rest.li's writing: of protocol 2.0.0 when the header says so, dotted otherwise.
struct LinkedInQuery {
    let call: SimulatedCall
    /// The UTC days asked about; nil for a total.
    private(set) var days: ClosedRange<CivilDate>?
    private let isNew: Bool

    init(_ call: SimulatedCall) throws(LinkedInFault) {
        self.call = call
        isNew = call.header("x-restli-protocol-version") == "2.0.0"
        if isNew { try LinkedInQuery.checkEncoding(call.rawQuery) }
        days = try timeIntervals()
    }

    /// Colons belong to the structure; those in URNs are percent-encoded.
    private static func checkEncoding(_ raw: String) throws(LinkedInFault) {
        guard !raw.contains("urn:li:") else { throw .invalid("a URN is not encoded") }
    }

    var now: Instant { call.now }

    func value(_ name: String) -> String? { call.value(name) }

    func number(_ name: String, default usual: Int, _ range: ClosedRange<Int>) throws(LinkedInFault) -> Int {
        guard let text = call.value(name) else { return usual }
        guard let value = Int(text), range.contains(value) else { throw .invalid(name) }
        return value
    }

    private func timeIntervals() throws(LinkedInFault) -> ClosedRange<CivilDate>? {
        let whole = call.value("timeIntervals")
        let dotted = call.value("timeIntervals.timeRange.start")
        guard whole != nil || dotted != nil else { return nil }
        guard isNew ? dotted == nil : whole == nil else { throw .invalid("timeIntervals") }
        let value = whole.flatMap { RestLiValue($0) }
        let range = value?["timeRange"]
        let granularity = value?["timeGranularityType"]?.text ?? call.value("timeIntervals.timeGranularityType")
        let start = range?["start"]?.text ?? dotted
        let end = range?["end"]?.text ?? call.value("timeIntervals.timeRange.end")
        guard granularity == "DAY", let first = start.flatMap({ Int64($0) }), let last = end.flatMap({ Int64($0) }),
            (0..<last).contains(first), last < 4_102_444_800_000
        else { throw .invalid("timeIntervals") }
        return Instant(milliseconds: first).utcDate...Instant(milliseconds: last - 1).utcDate
    }

    /// A list of URNs; nil when it is absent.
    func list(_ name: String) throws(LinkedInFault) -> [String]? {
        guard isNew else {
            let items = call.query.filter { $0.name.hasPrefix(name + "[") }.map(\.value)
            return items.isEmpty ? nil : items
        }
        guard let text = call.value(name) else { return nil }
        guard case .list(let values)? = RestLiValue(text) else { throw .invalid(name) }
        return values.compactMap(\.text)
    }
}
