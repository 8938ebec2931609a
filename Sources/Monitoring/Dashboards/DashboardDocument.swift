internal import JSON

extension Dashboard {
    /// The page as Grafana imports it: pick a data source, and it works.
    public var document: String {
        JSONValue.object([
            .init("uid", .string(slug)), .init("title", .string(title)), .init("description", .string(purpose)),
            .init("tags", .array([.string("flotilla")])), .init("schemaVersion", .int(39)), .init("version", .int(1)),
            .init("editable", .bool(true)), .init("graphTooltip", .int(1)), .init("refresh", .string("30s")),
            .init("time", ["from": "now-6h", "to": "now"]), .init("timezone", .string("browser")),
            .init("templating", ["list": .array(variables)]), .init("panels", .array(panels)),
        ]).pretty() + "\n"
    }

    private var variables: [JSONValue] {
        let source: JSONValue = [
            "name": "source", "label": "Data source", "type": "datasource", "query": "prometheus", "hide": .int(0),
        ]
        return [source, Self.variable("platform"), Self.variable("lane")]
    }

    private static func variable(_ label: String) -> JSONValue {
        [
            "name": .string(label), "type": "query", "datasource": dataSource,
            "query": .string("label_values(flotilla_job_wait_seconds_count, \(label))"), "refresh": .int(2),
            "includeAll": .bool(true), "allValue": ".*", "multi": .bool(false),
            "current": ["text": "All", "value": "$__all"],
        ]
    }

    private static let dataSource: JSONValue = ["type": "prometheus", "uid": "${source}"]

    private var panels: [JSONValue] {
        var made: [JSONValue] = []
        var y: Int64 = 0
        for row in rows {
            made.append([
                "type": "row", "title": .string(row.title), "collapsed": .bool(false), "panels": .array([]),
                "id": .int(Int64(made.count + 1)),
                "gridPos": ["x": .int(0), "y": .int(y), "w": .int(24), "h": .int(1)],
            ])
            y += 1
            let width = Int64(24 / row.panels.count)
            let height: Int64 = row.panels.allSatisfy(\.isFigure) ? 4 : 8
            for (index, panel) in row.panels.enumerated() {
                let place: JSONValue = [
                    "x": .int(Int64(index) * width), "y": .int(y), "w": .int(width), "h": .int(height),
                ]
                made.append(panel.document(id: Int64(made.count + 1), place: place, dataSource: Self.dataSource))
            }
            y += height
        }
        return made
    }
}

extension Dashboard.Panel {
    fileprivate func document(id: Int64, place: JSONValue, dataSource: JSONValue) -> JSONValue {
        [
            "id": .int(id), "type": .string(isFigure ? "stat" : "timeseries"), "title": .string(title),
            "datasource": dataSource, "gridPos": place,
            "fieldConfig": ["defaults": ["unit": .string(unit), "min": .int(0)], "overrides": .array([])],
            "targets": .array(
                lines.enumerated().map { index, line in
                    [
                        "refId": .string(String(UnicodeScalar(UInt8(65 + index)))), "datasource": dataSource,
                        "expr": .string(line.expression), "legendFormat": .string(line.legend),
                    ]
                }
            ),
        ]
    }
}
