internal import FleetCore
internal import JSON

extension PinterestAnswer {
    /// Analytics of one of several pins: series, or an error of this pin alone.
    mutating func readAnalytics(of pin: String, _ reader: inout JSONReader) throws(JSONError) {
        guard try reader.peek() == .object else { return }
        let range = try reader.rawSlice()
        var members = JSONReader(response.body, range: range)
        var problem = JSONReader(response.body, range: range)
        let error = try ProblemDocument(&problem)
        if error.number != nil {
            let found = error.classifiedByPinterest(error.pinterestStatus, response, at: collectedAt)
            page.itemErrors.append(.init(error: found, item: pin))
            return
        }
        try members.beginObject()
        while let key = try members.nextKey() {
            if key == "daily_metrics" || key == "lifetime_metrics" {
                try readSeriesMember(key, &members, post: pin, dimensions: [])
            } else {
                try readSeries(&members, name: key, post: pin)
            }
        }
    }

    /// One series: of everything under the name `all`, or of a part under the part's name where the request splits.
    mutating func readSeries(_ reader: inout JSONReader, name: JSONText, post: String?) throws(JSONError) {
        let dimensions: [Sample.Dimension]
        if name == "all" {
            dimensions = []
        } else if let split = request.queryValue("split_field"), split != "NO_SPLIT", !split.isEmpty {
            dimensions = [Sample.Dimension(split.lowercased(), name.string)]
        } else {
            return
        }
        guard try reader.enterObject() else { return }
        while let key = try reader.nextKey() {
            try readSeriesMember(key, &reader, post: post, dimensions: dimensions)
        }
    }

    private mutating func readSeriesMember(
        _ key: JSONText,
        _ reader: inout JSONReader,
        post: String?,
        dimensions: [Sample.Dimension]
    ) throws(JSONError) {
        let now = collectedAt
        switch key {
        case "daily_metrics":
            guard try reader.enterArray() else { return }
            while try reader.nextElement() {
                guard try reader.peek() == .object else { continue }
                try readDay(try reader.rawSlice(), post: post, dimensions: dimensions)
            }
        case "lifetime_metrics":
            try page.readMembers(
                &reader,
                PinterestMetrics.reactions,
                group: "lifetime_metrics",
                post: post,
                dimensions: dimensions
            ) { .asOf(now, $0, post: post) }
        default: break
        }
    }

    /// A day's numbers count when its status says that they are measured or estimated; the zeros of other days are no data.
    private mutating func readDay(
        _ range: Range<Int>,
        post: String?,
        dimensions: [Sample.Dimension]
    ) throws(JSONError) {
        let status = try JSONReader.word(["data_status"], in: range, of: response.body)
        guard status == "READY" || status == "ESTIMATE" else {
            page.skipped.append(.init(metric: "daily_metrics", reason: PinterestAnswer.reason(status)))
            return
        }
        let date = try JSONReader.word(["date"], in: range, of: response.body).flatMap(CivilDate.init)
        var reader = JSONReader(response.body, range: range)
        try reader.beginObject()
        while let key = try reader.nextKey() {
            guard key == "metrics" else { continue }
            try page.readMembers(
                &reader,
                PinterestMetrics.analytics,
                group: "daily_metrics",
                post: post,
                dimensions: dimensions
            ) { _ in date.map { SamplePlace(.day, .date($0)) } }
        }
    }

    /// A status as it may stand in records: it comes from outside.
    private static func reason(_ status: String?) -> String {
        guard let status, status.utf8.count <= 40,
            status.utf8.allSatisfy({ $0 &- 65 < 26 || $0 &- 48 < 10 || $0 == UInt8(ascii: "_") })
        else { return "data_status" }
        return "data_status:\(status)"
    }
}
