internal import FleetCore
internal import JSON
internal import Platforms

/// The answers of Pinterest to one call.
struct PinterestServing {
    let call: SimulatedCall
    let world: World

    var truth: PlatformTruth { world[.pinterest] }

    func owner(_ scope: String) throws(PinterestFault) -> SimulatedAccount {
        guard let owner = call.access.owner else { throw .authentication }
        guard call.access.holds(scope) else { throw .missingScope(scope) }
        return owner
    }

    // MARK: The account

    func account() throws(PinterestFault) -> SimulatedReply {
        let owner = try owner("user_accounts:read")
        func level(_ metric: MetricID) -> Int64 { truth.level(owner.number, metric, at: call.now) ?? 0 }
        return .json { writer in
            writer.beginObject()
            writer.field("id", owner.externalID)
            writer.field("username", "sim_account_\(owner.number)")
            writer.field("account_type", "BUSINESS")
            writer.field("follower_count", level(.followers))
            writer.field("following_count", level(.following))
            writer.field("pin_count", level(.posts))
            writer.field("board_count", 14)
            writer.field("monthly_views", level(.monthlyViews))
            writer.field("website_url", "")
            writer.endObject()
        }
    }

    // MARK: Pins

    /// A page of pins, newest first; a bookmark of null ends it.
    func pins() throws(PinterestFault) -> SimulatedReply {
        let owner = try owner("pins:read")
        let size = call.value("page_size").map { Int($0) ?? 0 } ?? 25
        guard (1...250).contains(size) else { throw .invalid("page_size must be between 1 and 250.") }
        var before: Int?
        if let bookmark = call.value("bookmark"), !bookmark.isEmpty {
            before = PinterestServing.number(bookmark: bookmark)
            guard before != nil else { throw .invalid("The bookmark is invalid.") }
        }
        let pins = truth.posts(owner, before: before, limit: size + 1, at: call.now)
        let page = pins.prefix(size)
        return .json { writer in
            writer.beginObject()
            writer.array("items") { writer in
                for pin in page { write(pin, &writer) }
            }
            if pins.count > size, let last = page.last {
                writer.field("bookmark", PinterestServing.bookmark(number: last.id.number))
            } else {
                writer.key("bookmark")
                writer.null()
            }
            writer.endObject()
        }
    }

    func pin(_ id: String) throws(PinterestFault) -> SimulatedReply {
        let owner = try owner("pins:read")
        guard let pin = world.post(.pinterest, id, at: call.now) else { throw .notFound }
        guard pin.id.account == owner else { throw .notOwned }
        return .json { write(pin, &$0) }
    }

    private func write(_ pin: TruePost, _ writer: inout JSONWriter) {
        writer.beginObject()
        writer.field("id", pin.id.externalID)
        // Without a zone.
        writer.field("created_at", String(pin.publishedAt.text(.seconds).dropLast()))
        writer.field("title", "Simulated pin \(pin.id.number)")
        writer.object("media") { $0.field("media_type", pin.isVideo ? "video" : "image") }
        if call.value("pin_metrics") == "true" {
            writer.key("pin_metrics")
            if !truth.isCounted(pin, at: call.now) {
                writer.null()
            } else {
                writer.beginObject()
                writer.object("90d") { writeCounts(pin, &$0) { $0 / 2 } }
                writer.object("lifetime_metrics") { writeCounts(pin, &$0) { $0 } }
                writer.endObject()
            }
        }
        writer.endObject()
    }

    private func writeCounts(_ pin: TruePost, _ writer: inout JSONWriter, _ share: (Int64) -> Int64) {
        func value(_ metric: MetricID) -> Int64 { share(truth.value(pin, metric, at: call.now) ?? 0) }
        writer.field("impression", value(.impressions))
        writer.field("pin_click", value(.clicks))
        writer.field("clickthrough", value(.linkClicks))
        writer.field("save", value(.saves))
        writer.field("reaction", value(.reactions))
        writer.field("comment", value(.comments))
    }

    static func bookmark(number: Int) -> String { "LT4sim" + String(number, radix: 36) }

    static func number(bookmark: String) -> Int? {
        bookmark.hasPrefix("LT4sim") ? Int(bookmark.dropFirst(6), radix: 36) : nil
    }
}
