internal import FleetCore
internal import JSON
internal import Platforms

/// What the platforms behind Graph share in serving.
enum GraphServing {
    /// The path's segments behind the version.
    static func segments(_ call: SimulatedCall) -> ArraySlice<Substring> {
        let segments = call.segments
        let hasVersion = segments.first.map { $0.first == "v" && $0.dropFirst().first?.isNumber == true } ?? false
        return hasVersion ? segments.dropFirst() : segments[...]
    }

    /// The fault of a token that is not accepted; nil when it is.
    static func fault(_ access: Access) -> GraphFault? {
        switch access.standing {
        case .good: nil
        case .absent, .unknown: .unparseableToken
        case .expired: .expiredToken
        case .revoked: .revokedToken
        }
    }

    /// The headers of usage: percent of the application's and of the account's budget. `type` is the use case's name.
    static func headers(
        _ type: String,
        _ account: SimulatedAccount?,
        _ standings: [LimitStanding],
        _ world: World,
        at now: Instant
    ) -> [Field] {
        let app = standings.first { $0.rule.subject == .app }
        let own = standings.first { $0.rule.subject == .account }
        let share = app?.percent ?? 3
        var headers = [
            Field("facebook-api-version", world.options.version),
            Field(
                "x-app-usage",
                #"{"call_count":\#(share),"total_cputime":\#(share / 3),"total_time":\#(share * 2 / 3)}"#
            ),
        ]
        guard let account else { return headers }
        let percent = own?.percent ?? 0
        let minutes = own.map { $0.isAllowed ? 0 : ($0.seconds(from: now) + 59) / 60 } ?? 0
        headers.append(
            Field(
                "x-business-use-case-usage",
                #"{"\#(account.externalID)":[{"type":"\#(type)","call_count":\#(percent),"#
                    + #""total_cputime":\#(percent / 2),"total_time":\#(percent / 2),"#
                    + #""estimated_time_to_regain_access":\#(minutes)}]}"#
            )
        )
        return headers
    }

    /// A page of an object list: `cursors.after` is always there, `next` only while there is more.
    static func writePaging(
        _ writer: inout JSONWriter,
        _ call: SimulatedCall,
        host: String,
        after: String,
        hasNext: Bool
    ) {
        writer.key("paging")
        writer.beginObject()
        writer.object("cursors") { writer in
            writer.field("before", "sim0")
            writer.field("after", after)
        }
        if hasNext {
            var query = call.query.filter { $0.name != "after" }.map { "\($0.name)=\($0.value)" }
            query.append("after=\(after)")
            writer.field("next", "\(host)\(call.path)?\(query.joined(separator: "&"))")
        }
        writer.endObject()
    }

    /// A cursor of a list of posts: the number of the last post shown.
    static func cursor(_ number: Int) -> String { "QVFIsim" + String(number) }

    /// The number in a cursor; nil for one that was never issued.
    static func number(cursor: String) -> Int? {
        cursor.hasPrefix("QVFIsim") ? Int(cursor.dropFirst(7)) : nil
    }
}

/// One field that a call wants, with what is wanted below it: `comments.summary(true)`, `insights.metric(a,b){values}`.
struct GraphField: Equatable {
    var name: String
    /// What stands in parentheses behind dots, by name.
    var arguments: [String: String] = [:]
    /// What stands in braces.
    var fields: [GraphField] = []

    /// The fields of a list; commas inside parentheses and braces belong to their field.
    static func list(_ text: some StringProtocol) -> [GraphField] {
        split(text).map { part in
            let brace = part.firstIndex(of: "{")
            let head = part[..<(brace ?? part.endIndex)]
            let words = split(head, at: ".")
            var field = GraphField(name: String(words.first ?? ""))
            for word in words.dropFirst() {
                guard let open = word.firstIndex(of: "(") else { continue }
                let inside = word[word.index(after: open)...].dropLast()
                field.arguments[String(word[..<open])] = String(inside)
            }
            if let brace { field.fields = list(part[part.index(after: brace)...].dropLast()) }
            return field
        }
    }

    private static func split(_ text: some StringProtocol, at separator: Character = ",") -> [Substring] {
        var depth = 0
        return Substring(text).split { character in
            switch character {
            case "(", "{": depth += 1
            case ")", "}": depth -= 1
            case separator: return depth == 0
            default: break
            }
            return false
        }
    }
}
