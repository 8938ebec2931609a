import FleetCore
import Platforms
import TestSupport

/// One exchange with a platform written down in a test, and what the platform's code makes of it in short texts.
struct Exchanged {
    var request: PlatformRequest
    var answer: PlatformAnswer
    var signals: [LimitSignal]

    static let now = Instant("2026-11-20T06:00:00Z")!

    init(
        _ platform: Platform,
        _ path: String,
        method: PlatformRequest.Method = .get,
        query: KeyValuePairs<String, String> = [:],
        sent: String = "",
        status: Int = 200,
        headers: KeyValuePairs<String, String> = [:],
        account: String? = nil,
        _ body: String
    ) {
        let written = PlatformRequest(
            method,
            origin: "https://platform.example",
            path: path,
            query: query.map { Field($0.key, $0.value) },
            body: Array(sent.utf8)
        )
        guard let request = platform.recognise(written, account) else { fatalError("\(path) is not recognised") }
        let response = PlatformResponse(
            status: status,
            headers: headers.map { Field($0.key, $0.value) },
            body: Array(body.utf8)
        )
        self.request = request
        answer = platform.read(request, response, Exchanged.now)
        signals = platform.signals(request, response, Exchanged.now)
    }

    var page: SamplePage? { if case .page(let page) = answer { page } else { nil } }

    var error: PlatformError? { if case .error(let error) = answer { error } else { nil } }

    /// Each sample as `metric value period place [post] [dimension=value]`, sorted.
    var samples: [String] {
        (page?.samples ?? []).map { sample in
            let value = FixedPoint.text(sample.value, scale: MetricCatalogue.scale(of: sample.metric))
            let place =
                switch sample.start {
                case .date(let date): date.description + (sample.lastDay.map { "..\($0)" } ?? "")
                case .moment: "now"
                }
            let words = [sample.metric.name, value, sample.period.name, place]
            return (words + [sample.post].compactMap(\.self) + sample.dimensions.map { "\($0.name)=\($0.value)" })
                .joined(separator: " ")
        }.sorted()
    }

    /// Each error of a part as `class reason item`, sorted.
    var itemErrors: [String] {
        (page?.itemErrors ?? []).map { "\($0.error.kind.rawValue) \($0.error.reason ?? "-") \($0.item)" }.sorted()
    }

    /// Each skip as `metric reason`, in order.
    var skipped: [String] { (page?.skipped ?? []).map { "\($0.metric) \($0.reason)" } }
}
