internal import Runtime
internal import YAML

/// The configuration file: mappings nested as the keys are dotted, or dotted keys, or both.
struct FileSource {
    private(set) var candidates: [String: Candidate] = [:]
    private(set) var faults: [ConfigurationFault] = []
    private let path: String
    private let rows: [String: SettingRow]
    private let section: String
    private let commonKeys = Set(CommonSettings.all.map(\.row.key))

    /// - Parameters:
    ///   - isExplicit: Somebody named the file, so it must be there.
    ///   - section: The program's name; sections of other programs are not looked into.
    init(_ path: String, isExplicit: Bool, _ rows: [SettingRow], _ inputs: ProcessInputs, section: String) {
        self.path = path
        self.section = section
        self.rows = Dictionary(uniqueKeysWithValues: rows.map { ($0.key, $0) })
        do throws(FileError) {
            let bytes = try inputs.readFile(path, 256 * 1024, false)
            do throws(YAMLFault) {
                collect(try YAML.parse(bytes, file: path), key: "")
            } catch {
                faults.append(ConfigurationFault(error))
            }
            if holdsSecrets { try refuseIfReadableByOthers(inputs) }
        } catch FileError.missing where !isExplicit {
            return
        } catch {
            faults.append(ConfigurationFault(place: path, message: "the configuration file \(error)"))
        }
    }

    private var holdsSecrets: Bool {
        candidates.contains { key, candidate in
            switch rows[key]?.form.sensitivity {
            case .secret: true
            case .credentials: ServiceURL(candidate.text)?.hasPassword ?? true
            case .open, nil: false
            }
        }
    }

    private func refuseIfReadableByOthers(_ inputs: ProcessInputs) throws(FileError) {
        _ = try inputs.readFile(path, 256 * 1024, true)
    }

    private mutating func collect(_ node: YAMLNode, key: String) {
        if node.isNull { return }
        guard case .mapping(let entries) = node.content else {
            if key.isEmpty {
                add("the file must be a mapping of settings", at: node.position)
            } else {
                collect(value: node, key: key)
            }
            return
        }
        for entry in entries {
            let child = key.isEmpty ? entry.key : "\(key).\(entry.key)"
            if isForeign(child) { continue }
            if isKnown(child) || isPrefix(child) {
                collect(entry.value, key: child)
            } else {
                let hint = suggestion(for: child, among: rows.keys.sorted() + commonKeys.sorted())
                add("no setting is called `\(child)`\(hint)", at: entry.keyPosition)
            }
        }
    }

    private mutating func collect(value node: YAMLNode, key: String) {
        guard let row = rows[key] else {
            if !commonKeys.contains(key) {
                add("`\(key)` is a group of settings, not one; nest them below it", at: node.position)
            }
            return
        }
        guard candidates[key] == nil else {
            add("`\(key)` is set above as well; keep one of the two", at: node.position)
            return
        }
        guard let text = text(of: node, row) else { return }
        let place = "\(path):\(node.position.line):\(node.position.column)"
        candidates[key] = Candidate(text: text, origin: .file(path, line: node.position.line), place: place)
    }

    private mutating func text(of node: YAMLNode, _ row: SettingRow) -> String? {
        switch node.content {
        case .scalar(let text, _): return text
        case .mapping: return nil
        case .sequence(let items):
            guard row.form.repeats else {
                add("`\(row.key)` takes one value, not a list", at: node.position)
                return nil
            }
            var texts: [String] = []
            for item in items {
                guard case .scalar(let text, _) = item.content, !text.contains(",") else {
                    add("`\(row.key)` takes a list of single values without commas", at: item.position)
                    return nil
                }
                texts.append(text)
            }
            return texts.joined(separator: ",")
        }
    }

    private func isKnown(_ key: String) -> Bool { rows[key] != nil || commonKeys.contains(key) }
    private func isPrefix(_ key: String) -> Bool {
        rows.keys.contains { $0.hasPrefix(key + ".") } || commonKeys.contains { $0.hasPrefix(key + ".") }
    }
    private func isForeign(_ key: String) -> Bool {
        SettingName.section(of: key).map { $0 != section } ?? false
    }

    private mutating func add(_ message: String, at position: YAMLPosition) {
        faults.append(ConfigurationFault(place: "\(path):\(position.line):\(position.column)", message: message))
    }
}

extension ConfigurationFault {
    init(_ fault: YAMLFault) {
        self.init(place: "\(fault.file):\(fault.position.line):\(fault.position.column)", message: fault.message)
    }
}
