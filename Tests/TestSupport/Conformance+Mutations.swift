internal import FleetCore
internal import JSON
public import Platforms

// What every platform's code must bear: answers that come broken give no crash and no number that nobody stated.
extension ConformanceCase {
    /// What the platform's code makes of another body in this answer's place; nil when the request is not recognised.
    public func reading(_ body: [UInt8], status: Int? = nil) -> PlatformAnswer? {
        let changed = PlatformResponse(status: status ?? response.status, headers: response.headers, body: body)
        return request.map { platform.read($0, changed, collectedAt) }
    }

    /// The lengths at which the body, cut there, still gave a page. None should.
    public func prefixesTakenForPages() -> [Int] {
        guard (try? JSONValue(parsing: response.body)) != nil else { return [] }
        return (0..<response.body.count).filter { count in
            if case .page? = reading(Array(response.body[..<count])) { true } else { false }
        }
    }

    /// Reads the body with single bits turned over, which must not crash.
    public func readTurnedBits() {
        for index in stride(from: 0, to: response.body.count, by: 3) {
            for mask: UInt8 in [0x01, 0x20, 0x80] {
                var body = response.body
                body[index] ^= mask
                _ = reading(body)
            }
        }
    }

    /// The numbers that were invented from answers with a member dropped or a value of another type; none should be.
    ///
    /// A sample's value must stand in the mutated answer, or be the sum of the parts that were read beside it.
    public func inventions() -> [String] {
        guard let body = try? JSONValue(parsing: response.body) else { return [] }
        return AnswerMutation.all(of: body).flatMap { mutation -> [String] in
            guard case .page(let page)? = reading(mutation.body.rendered(), status: 200) else { return [] }
            var stated = StatedNumbers(mutation.body)
            return page.samples.compactMap { sample in
                if stated.contain(sample.value, scale: MetricCatalogue.scale(of: sample.metric)) { return nil }
                if isWholeSum(sample, in: page) { return nil }
                return "\(mutation.what) gave \(ConformanceCase.value(of: sample))"
            }
        }
    }

    private func isWholeSum(_ sample: Sample, in page: SamplePage) -> Bool {
        guard sample.dimensions.isEmpty else { return false }
        let parts = page.samples.filter {
            !$0.dimensions.isEmpty && $0.metric == sample.metric && $0.post == sample.post
                && $0.period == sample.period && $0.start == sample.start
        }
        return parts.reduce(0) { $0 &+ $1.value } == sample.value
    }
}
