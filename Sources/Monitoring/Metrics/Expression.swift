/// What can be known of a PromQL expression without Prometheus.
public enum Expression {
    /// Series of the broker's own exporter that expressions use; RabbitMQ 3.10 and later.
    public static let brokerSeries: Set<String> = [
        "rabbitmq_alarms_memory_used_watermark", "rabbitmq_alarms_free_disk_space_watermark",
        "rabbitmq_disk_space_available_bytes", "rabbitmq_disk_space_available_limit_bytes",
    ]

    /// The names of series in an expression: words that are neither called, nor labels, nor part of the language.
    public static func series(in expression: String) -> Set<String> {
        let tokens = tokens(of: expression)
        var found: Set<String> = []
        var isList = false  // what follows `by (` and the like
        var depth = 0  // inside braces stand labels, inside brackets times
        for (index, token) in tokens.enumerated() {
            let next = index + 1 < tokens.count ? tokens[index + 1] : ""
            switch token {
            case "{", "[": depth += 1
            case "}", "]": depth -= 1
            case "(": isList = index > 0 && grouping.contains(tokens[index - 1])
            case ")": isList = false
            default:
                let isName = token.first.map { $0.isLetter || $0 == "_" } ?? false
                let isCalled = next == "(" || grouping.contains(next)
                if isName, !isCalled, !isList, depth == 0, !words.contains(token) { found.insert(token) }
            }
        }
        return found
    }

    /// Words and single signs, without blanks and quoted text.
    private static func tokens(of expression: String) -> [String] {
        var tokens: [String] = []
        var word = ""
        var isQuoted = false
        for character in expression {
            if character == "\"" { isQuoted.toggle() }
            let isPart = !isQuoted && (character.isLetter || character.isNumber || character == "_" || character == ":")
            if isPart {
                word.append(character)
                continue
            }
            if !word.isEmpty { tokens.append(word) }
            word = ""
            if !isQuoted, character != " ", character != "\"" { tokens.append(String(character)) }
        }
        return word.isEmpty ? tokens : tokens + [word]
    }

    private static let grouping: Set<String> = ["by", "without", "on", "ignoring", "group_left", "group_right"]
    private static let words: Set<String> = grouping.union(["and", "or", "unless", "bool", "offset", "inf", "nan"])
}
