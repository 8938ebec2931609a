internal import FleetCore
internal import JSON

/// Gathers samples from the objects of a Graph answer: fields of a node, insights and posts expanded under it.
struct GraphHarvest {
    let dialect: GraphDialect
    let request: PlatformRequest
    let response: PlatformResponse
    let collectedAt: Instant
    var page = SamplePage()

    init(dialect: GraphDialect, request: PlatformRequest, response: PlatformResponse, collectedAt: Instant) {
        self.dialect = dialect
        self.request = request
        self.response = response
        self.collectedAt = collectedAt
    }

    private func metrics(of post: String?) -> GraphDialect.Metrics { post == nil ? dialect.account : dialect.post }

    /// Reads a list of insights.
    mutating func readInsights(
        _ reader: inout JSONReader,
        of post: String?,
        _ window: GraphWindow? = nil
    ) throws(JSONError) {
        var insights = GraphInsights(
            table: metrics(of: post).insights,
            zone: .pacific,
            window: (window ?? GraphWindow(request)).days(at: collectedAt),
            collectedAt: collectedAt,
            post: post
        )
        try insights.readList(&reader, in: response.body)
        page.add(insights.page)
    }

    /// Reads an insights edge: an object with a list, or with an error. Its paging is nobody's.
    mutating func readInsights(
        in range: Range<Int>,
        of post: String?,
        item: String,
        _ window: GraphWindow? = nil
    ) throws(JSONError) {
        var reader = JSONReader(response.body, range: range)
        try reader.beginObject()
        while let key = try reader.nextKey() {
            switch key {
            case "data": try readInsights(&reader, of: post, window)
            case "error": try readError(&reader, item: item)
            default: break
            }
        }
    }

    /// Reads a node that may stand under its id.
    mutating func readNode(
        in range: Range<Int>,
        of post: String?,
        item: String,
        _ fields: GraphFields
    ) throws(JSONError) {
        var reader = JSONReader(response.body, range: range)
        try reader.beginObject()
        while let key = try reader.nextKey() {
            if key == "error" {
                try readError(&reader, item: item)
            } else {
                try readMember(key, &reader, of: post, fields)
            }
        }
    }

    private mutating func readError(_ reader: inout JSONReader, item: String) throws(JSONError) {
        guard try reader.peek() == .object else { return }
        let error = try GraphError(&reader).classified(request, response, isRetired: dialect.isRetired)
        page.itemErrors.append(.init(error: error, item: item))
    }

    /// Reads one member of a node: a metric, or an edge that was expanded.
    mutating func readMember(
        _ key: JSONText,
        _ reader: inout JSONReader,
        of post: String?,
        _ fields: GraphFields
    ) throws(JSONError) {
        let field = fields[key.string]
        let name = field.map { JSONText($0.name) } ?? key
        let metrics = metrics(of: post)
        if let metric = metrics.fields.metric(named: name.bytes.span) {
            try readField(metric, &reader, of: post)
            return
        }
        guard try reader.peek() == .object else { return }
        let edge = name.string
        if dialect.insights.contains(edge) {
            let item = post ?? request.post ?? "account"
            let window = field.map { GraphWindow($0.arguments) }
            try readInsights(in: try reader.rawSlice(), of: post, item: item, window)
        } else if post == nil, dialect.lists.contains(edge) {
            try reader.beginObject()
            while let key = try reader.nextKey() {
                if key == "data" { try readPosts(&reader, edge: edge, field?.fields ?? GraphFields()) }
            }
        } else if metrics.fields.leads(edge), field?.arguments["type"] == nil {
            // A summary of one type only would be taken for that of all.
            try readInside(edge, &reader, of: post, metrics.fields)
        }
    }

    /// Reads the metrics inside an object among the fields, such as `comments.summary.total_count`.
    private mutating func readInside(
        _ path: String,
        _ reader: inout JSONReader,
        of post: String?,
        _ table: GraphMetricTable
    ) throws(JSONError) {
        try reader.beginObject()
        while let key = try reader.nextKey() {
            let inner = path + "." + key.string
            if let metric = table.metric(named: inner.utf8.span) {
                try readField(metric, &reader, of: post)
            } else if table.leads(inner), try reader.peek() == .object {
                try readInside(inner, &reader, of: post, table)
            }
        }
    }

    /// Levels of an account are of now; figures of a post are of its whole life.
    private mutating func readField(
        _ metric: GraphMetric,
        _ reader: inout JSONReader,
        of post: String?
    ) throws(JSONError) {
        page.record(
            metric.entry,
            try reader.sampleValue(metric.entry.metric, metric.entry.conversion),
            SamplePlace(post == nil ? .instant : .lifetime, .moment(collectedAt)),
            post: post
        )
    }
}
