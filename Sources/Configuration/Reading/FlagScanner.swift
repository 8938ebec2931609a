internal import YAML

/// Splits a command line into flags and words, without knowing what either means.
struct FlagScanner {
    struct Occurrence: Equatable {
        let flag: String
        /// Nil for a switch that stood alone.
        let value: String?
    }

    /// What a known flag looks like.
    struct Form {
        let takesValue: Bool
        let repeats: Bool
    }

    private(set) var occurrences: [Occurrence] = []
    private(set) var words: [String] = []
    /// Places in `words` that follow an unknown flag: probably its value, perhaps a secret, so not to be repeated.
    private(set) var doubtfulWords: Set<Int> = []
    private(set) var faults: [ConfigurationFault] = []
    private(set) var asksForHelp = false

    /// - Parameter forms: Every flag there is, with its dashes.
    init(_ arguments: [String], forms: [String: Form]) {
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            if argument == "--" {
                words += rest
                return
            }
            if argument.hasPrefix("-") { doubtfulWords.remove(words.count) }
            if argument == "-h" || argument == "--help" {
                asksForHelp = true
            } else if argument.hasPrefix("-"), argument != "-" {
                read(argument, &rest, forms)
            } else {
                words.append(argument)
            }
        }
    }

    private mutating func read(_ argument: String, _ rest: inout ArraySlice<String>, _ forms: [String: Form]) {
        let name = String(argument.prefix { $0 != "=" })
        let attached = name.count < argument.count ? String(argument.dropFirst(name.count + 1)) : nil
        guard let form = forms[name] else {
            let hint = suggestion(for: name, among: forms.keys.sorted() + ["--help"])
            faults.append(ConfigurationFault(place: name, message: "unknown flag\(hint)"))
            if attached == nil { doubtfulWords.insert(words.count) }
            return
        }
        if !form.repeats, occurrences.contains(where: { $0.flag == name }) {
            faults.append(ConfigurationFault(place: name, message: "is given twice; keep one"))
        }
        if let attached {
            occurrences.append(Occurrence(flag: name, value: attached))
        } else if !form.takesValue {
            occurrences.append(Occurrence(flag: name, value: nil))
        } else if let value = rest.first, !value.hasPrefix("--") {
            rest.removeFirst()
            occurrences.append(Occurrence(flag: name, value: value))
        } else {
            faults.append(ConfigurationFault(place: name, message: "needs a value: \(name) <value> or \(name)=<value>"))
        }
    }
}
