internal import FleetCore
internal import JSON
internal import Platforms

/// Several calls of Graph in one: a batch in a form, or one question about many ids. Each part counts as a call.
struct GraphBatch {
    private enum Shape {
        case batch
        /// Keyed by these ids.
        case ids([String])
    }

    private static let most = 50

    private let shape: Shape
    private let parts: [SimulatedCall]
    /// What is wrong with the whole call.
    private let fault: GraphFault?

    /// The parts of a call, or nil when it is a call like any other.
    init?(_ call: SimulatedCall) {
        let segments = call.segments
        let isVersion = segments.count == 1 && segments[0].first == "v" && segments[0] != "v1.0"
        guard segments.isEmpty || isVersion else { return nil }
        if call.isPost {
            let form = call.form
            guard let text = form.first(where: { $0.name == "batch" })?.value else { return nil }
            shape = .batch
            let entries = (try? JSONValue(parsing: text))?.array ?? []
            fault =
                entries.isEmpty
                ? .invalidParameter("batch must be a JSON array")
                : entries.count > GraphBatch.most ? .invalidParameter("Too many requests in batch message") : nil
            parts = entries.prefix(GraphBatch.most).map { GraphBatch.part($0, of: call) }
        } else {
            let ids = call.list("ids")
            guard !ids.isEmpty else { return nil }
            shape = .ids(ids)
            fault = ids.count > GraphBatch.most ? .invalidParameter("Too many IDs. Maximum: 50") : nil
            parts = ids.prefix(GraphBatch.most).map { id in
                var part = call
                part.path = (isVersion ? "/\(segments[0])" : "") + "/\(id)"
                part.query.removeAll { $0.name == "ids" }
                return part
            }
        }
    }

    private static func part(_ entry: JSONValue, of call: SimulatedCall) -> SimulatedCall {
        var part = call
        let address = entry["relative_url"]?.string ?? ""
        let mark = address.firstIndex(of: "?") ?? address.endIndex
        part.isPost = entry["method"]?.string?.uppercased() == "POST"
        part.path = "/" + address[..<mark].drop { $0 == "/" }
        part.query = mark == address.endIndex ? [] : FormText.fields(Array(address[mark...].utf8.dropFirst()))
        part.body = Array((entry["body"]?.string ?? "").utf8)
        return part
    }

    /// The parts' answers in one. `single` answers one part, or nil when it leads nowhere.
    func answer(_ single: (SimulatedCall) -> SimulatedReply?) -> SimulatedReply {
        if let fault { return fault.reply(trace: 1) }
        let replies = parts.map { part in
            single(part) ?? GraphFault.unknownObject(part.segments.last ?? "").reply(trace: 1)
        }
        switch shape {
        case .batch: return GraphBatch.batch(replies)
        case .ids(let ids): return GraphBatch.keyed(ids, replies)
        }
    }

    private static func batch(_ replies: [SimulatedReply]) -> SimulatedReply {
        var writer = JSONWriter(capacity: 1024)
        writer.beginArray()
        for reply in replies {
            // A part whose server did not answer in time is not there.
            guard reply.status != 502 else {
                writer.null()
                continue
            }
            writer.beginObject()
            writer.field("code", reply.status)
            writer.array("headers") { writer in
                for header in reply.headers {
                    writer.beginObject()
                    writer.field("name", header.name)
                    writer.field("value", header.value)
                    writer.endObject()
                }
            }
            writer.field("body", String(decoding: reply.body, as: UTF8.self))
            writer.endObject()
        }
        writer.endArray()
        return .json(writer.finish(), headers: usage(replies))
    }

    /// An object by id; one that fails makes the whole call fail.
    private static func keyed(_ ids: [String], _ replies: [SimulatedReply]) -> SimulatedReply {
        if let failed = replies.first(where: { $0.status != 200 }) { return failed }
        var writer = JSONWriter(capacity: 1024)
        writer.beginObject()
        for (id, reply) in zip(ids, replies) {
            writer.key(dynamic: id)
            writer.raw(reply.body)
        }
        writer.endObject()
        return .json(writer.finish(), headers: usage(replies))
    }

    /// The last word on usage is the whole call's.
    private static func usage(_ replies: [SimulatedReply]) -> [Field] {
        replies.last?.headers.filter { $0.name != "Content-Type" } ?? []
    }
}
