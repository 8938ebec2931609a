internal import FleetCore
internal import JSON

extension XAnswer {
    /// One item of an analytics answer: buckets of time, or totals on the item itself.
    mutating func readAnalytics(_ range: Range<Int>) throws(JSONError) {
        let bytes = response.body
        guard let id = try JSONReader.word(["id", "media_key"], in: range, of: bytes) ?? request.post else { return }
        let stamp = try JSONReader.word(["timestamp"], in: range, of: bytes)
        let own = place(stamp: stamp, isBucket: stamp != nil)
        let first = page.samples.count
        var reader = JSONReader(bytes, range: range)
        try reader.beginObject()
        while let key = try reader.nextKey() {
            switch key {
            case "timestamped_metrics": try readBuckets(&reader, post: id)
            case "metrics":
                try page.readMembers(&reader, XMetrics.analytics, unknown: .unmapped, post: id) { _ in own }
            default:
                try page.readMember(key, &reader, XMetrics.analytics, post: id, since: first) { _ in own }
            }
        }
    }

    private mutating func readBuckets(_ reader: inout JSONReader, post: String) throws(JSONError) {
        guard try reader.enterArray() else { return }
        while try reader.nextElement() {
            guard try reader.peek() == .object else { continue }
            let range = try reader.rawSlice()
            let stamp = try JSONReader.word(["timestamp"], in: range, of: response.body)
            let place = place(stamp: stamp, isBucket: true)
            var bucket = JSONReader(response.body, range: range)
            try bucket.beginObject()
            while let key = try bucket.nextKey() {
                guard key == "metrics" else { continue }
                try page.readMembers(
                    &bucket,
                    XMetrics.analytics,
                    group: "timestamped_metrics",
                    unknown: .unmapped,
                    post: post
                ) { _ in place }
            }
        }
    }

    /// The stretch of time of a bucket, which the granularity asked for and its stamp tell, or of an item without buckets.
    /// Nil where it cannot be told, and for hours, which no period of ours is.
    private func place(stamp: String?, isBucket: Bool) -> SamplePlace? {
        let window = request.window ?? XRequests.window(of: request)
        let granularity = request.queryValue("granularity") ?? "daily"
        guard granularity != "total", isBucket else {
            guard let window else { return nil }
            return SamplePlace(.range, .date(window.lowerBound), lastDay: window.upperBound)
        }
        guard let date = stamp.flatMap(Instant.init)?.utcDate else { return nil }
        switch granularity {
        case "daily": return SamplePlace(.day, .date(date))
        case "weekly":
            let last = date + 6
            // A week that the window cuts is no week.
            if let window, window.upperBound < last || date < window.lowerBound {
                return SamplePlace(.range, .date(date), lastDay: max(date, min(last, window.upperBound)))
            }
            return SamplePlace(.week, .date(last))
        default: return nil
        }
    }
}
