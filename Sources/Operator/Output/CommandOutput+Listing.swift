import Configuration
import JSON
import Runtime

extension CommandOutput {
    /// A list in the form that the caller wants: a table, one JSON array, or one JSON document per line.
    func list(_ items: [JSONValue], table: TextTable, empty: String) {
        switch format {
        case .json: print(JSONValue.array(items).pretty())
        case .ndjson: for item in items { print(item.description) }
        case .table:
            if table.isEmpty { note(empty) } else { table.print(on: self) }
        }
    }

    /// One thing in the form that the caller wants.
    func show(_ document: JSONValue, text: () -> Void) {
        switch format {
        case .json: print(document.pretty())
        case .ndjson: print(document.description)
        case .table: text()
        }
    }

    /// Names and values below each other; what has no value is left out, control characters are not shown.
    func facts(_ facts: [(name: String, value: String)]) {
        let shown = facts.filter { !$0.value.isEmpty }
        let width = shown.reduce(0) { max($0, $1.name.count) }
        for (name, value) in shown {
            let padding = String(repeating: " ", count: width - name.count)
            print(style(.faint, Terminal.visible(name)) + padding + "  " + Terminal.visible(value))
        }
    }
}
