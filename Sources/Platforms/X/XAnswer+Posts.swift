internal import FleetCore
internal import JSON

extension XAnswer {
    /// A post's numbers: public ones as totals, private ones as totals of their own names, and parts by traffic.
    mutating func readPost(_ range: Range<Int>, isListed: Bool) throws(JSONError) {
        guard let id = try JSONReader.word(["id"], in: range, of: response.body) ?? request.post else { return }
        let now = collectedAt
        func place(_ metric: PlatformMetric) -> SamplePlace { .asOf(now, metric, post: id) }
        func read(
            _ reader: inout JSONReader,
            _ table: MetricTable,
            _ group: String,
            traffic: String? = nil
        ) throws(JSONError) {
            try page.readMembers(
                &reader,
                table,
                group: group,
                post: id,
                dimensions: traffic.map { [Sample.Dimension("traffic", $0)] } ?? [],
                place: place
            )
        }
        var post = DiscoveredPost(externalID: id)
        var reader = JSONReader(response.body, range: range)
        try reader.beginObject()
        while let key = try reader.nextKey() {
            switch key {
            case "public_metrics": try read(&reader, XMetrics.post, "public_metrics")
            case "non_public_metrics": try read(&reader, XMetrics.privatePost, "non_public_metrics")
            case "organic_metrics": try read(&reader, XMetrics.traffic, "organic_metrics", traffic: "organic")
            case "promoted_metrics": try read(&reader, XMetrics.traffic, "promoted_metrics", traffic: "promoted")
            case "created_at":
                post.publishedAt = try reader.textIfString().flatMap { Instant(rfc3339: $0.bytes.span) }
            case "referenced_tweets", "referenced_posts":
                if try XAnswer.isRepost(&reader) { post.kind = .repost }
            default: break
            }
        }
        if isListed { page.posts.append(post) }
    }

    /// Whether one of the references says that the post is another's, only sent on.
    private static func isRepost(_ reader: inout JSONReader) throws(JSONError) -> Bool {
        var isRepost = false
        guard try reader.enterArray() else { return false }
        while try reader.nextElement() {
            guard try reader.enterObject() else { continue }
            while let key = try reader.nextKey() {
                guard key == "type", let type = try reader.textIfString() else { continue }
                isRepost = isRepost || type == "retweeted" || type == "reposted"
            }
        }
        return isRepost
    }
}
