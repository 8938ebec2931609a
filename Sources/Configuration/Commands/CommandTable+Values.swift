extension CommandTable {
    /// Arguments and options by name, or all that is wrong with them.
    func values(
        of command: Command,
        _ scan: FlagScanner
    ) -> (values: [String: ResolvedValue], faults: [ConfigurationFault]) {
        var values: [String: ResolvedValue] = [:]
        var faults: [ConfigurationFault] = []
        var rest = scan.words.dropFirst(command.words.count)
        for argument in command.arguments {
            do throws(ConfigurationFault) {
                values[argument.name] = try value(of: argument, &rest, command)
            } catch { faults.append(error) }
        }
        for (index, word) in zip(rest.indices, rest) where !scan.doubtfulWords.contains(index) {
            faults.append(
                ConfigurationFault(place: word, message: "is one word too many; usage: \(usage(of: command))")
            )
        }
        for option in command.options {
            do throws(ConfigurationFault) {
                values[option.flag] = try value(of: option, scan.occurrences)
            } catch { faults.append(error) }
        }
        return (values, faults)
    }

    private func value(
        of argument: ArgumentRow,
        _ rest: inout ArraySlice<String>,
        _ command: Command
    ) throws(ConfigurationFault) -> ResolvedValue {
        let taken: [String]
        switch argument.count {
        case .one, .optional: taken = Array(rest.prefix(1))
        case .many: taken = Array(rest)
        }
        rest = rest.dropFirst(taken.count)
        if taken.isEmpty, argument.count != .optional {
            throw ConfigurationFault(
                place: "<\(argument.name)>",
                message: "is missing; usage: \(usage(of: command))"
            )
        }
        do throws(ValueFault) { return try argument.parse(taken) } catch {
            throw ConfigurationFault(place: "<\(argument.name)>", message: error.message)
        }
    }

    private func value(
        of option: OptionRow,
        _ occurrences: [FlagScanner.Occurrence]
    ) throws(ConfigurationFault) -> ResolvedValue {
        let texts = occurrences.filter { $0.flag == option.flag }.map { $0.value ?? "true" }
        guard let first = texts.first else {
            if let fallback = option.form.fallback { return fallback }
            throw ConfigurationFault(place: option.flag, message: "is missing; it takes \(option.form.shape)")
        }
        do throws(ValueFault) {
            return try option.form.parse(option.form.repeats ? texts.joined(separator: ",") : first)
        } catch {
            throw ConfigurationFault(place: option.flag, message: error.message)
        }
    }

    func usage(of command: Command) -> String {
        ([program.name, command.name] + command.arguments.map(\.usage)).joined(separator: " ")
    }
}
