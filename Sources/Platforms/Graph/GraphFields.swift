/// The `fields` of a request: names, each perhaps with arguments, another name in the answer, and fields of its own, such as
/// `id,comments.limit(0).summary(total_count),insights.metric(reach,views).as(numbers){name,values}`.
struct GraphFields: Sendable, Hashable {
    /// One field.
    struct Item: Sendable, Hashable {
        var name: String
        /// What stands in parentheses, by the word before them.
        var arguments: [Field] = []
        var fields = GraphFields()

        /// The name in the answer.
        var key: String { arguments["as"] ?? name }
        /// The metrics that an insights edge is asked for.
        var metrics: [String] { GraphFields.names(arguments["metric"] ?? "") }
    }

    private(set) var items: [Item] = []

    init() {}

    init(_ text: String) {
        var rest = Array(text.utf8)[...]
        self.init(&rest, depth: 0)
    }

    /// The field whose value stands under a key of the answer.
    subscript(key: String) -> Item? { items.first { $0.key == key } }

    /// A list of names, as `metric` holds it: with commas, or as a JSON array.
    static func names(_ list: String) -> [String] {
        list.split { !($0.isLetter || $0.isNumber || $0 == "_" || $0 == ".") }.map(String.init)
    }

    /// Nesting beyond what the platform accepts is left unread.
    private static let maximumDepth = 8

    private init(_ rest: inout ArraySlice<UInt8>, depth: Int) {
        while !rest.isEmpty, rest.first != UInt8(ascii: "}") {
            var item = Item(name: GraphFields.word(&rest))
            while let mark = rest.first, mark != UInt8(ascii: ","), mark != UInt8(ascii: "}") {
                rest.removeFirst()
                switch mark {
                case UInt8(ascii: "."):
                    let word = GraphFields.word(&rest)
                    if rest.first == UInt8(ascii: "(") {
                        item.arguments.append(Field(word, GraphFields.parenthesis(&rest)))
                    }
                case UInt8(ascii: "{") where depth < GraphFields.maximumDepth:
                    item.fields = GraphFields(&rest, depth: depth + 1)
                    if !rest.isEmpty { rest.removeFirst() }
                default: break
                }
            }
            if !item.name.isEmpty { items.append(item) }
            if rest.first == UInt8(ascii: ",") { rest.removeFirst() }
        }
    }

    private static func word(_ rest: inout ArraySlice<UInt8>) -> String {
        let word = rest.prefix { !",.{}()".utf8.contains($0) }
        rest = rest.dropFirst(word.count)
        return String(decoding: word.filter { $0 > 0x20 }, as: UTF8.self)
    }

    private static func parenthesis(_ rest: inout ArraySlice<UInt8>) -> String {
        let inside = rest.dropFirst().prefix { $0 != UInt8(ascii: ")") }
        rest = rest.dropFirst(inside.count + 2)
        return String(decoding: inside, as: UTF8.self)
    }
}
