extension TopologyDoctor {
    /// At-least-once was asked for and is not in force.
    func fallsBackToAtMostOnce() -> [Finding] {
        queues.filter { $0.effective("dead-letter-strategy")?.string == "at-least-once" }.flatMap { queue in
            var findings: [Finding] = []
            func found(_ detail: String, fix: String) {
                findings.append(Finding(.critical, .atLeastOnceFallback, at: "queue \(queue.name)", detail, fix: fix))
            }
            if queue.definition.type != "quorum" {
                found("strategy at-least-once on a \(queue.definition.type) queue", fix: Self.recreate)
            }
            let overflow = queue.effective("overflow")?.string ?? "drop-head"
            if overflow != "reject-publish" {
                found("strategy at-least-once with overflow \(overflow)", fix: removal(of: "overflow", from: queue))
            }
            // Later versions have the flag built in and may not list it any more.
            if live.featureFlags?["stream_queue"] == false {
                found("feature flag stream_queue is off", fix: "rabbitmqctl enable_feature_flag stream_queue")
            }
            return findings
        }
    }

    /// A queue dead-letters and never asked for at-least-once.
    func deadLettersAtMostOnce() -> [Finding] {
        queues.filter {
            $0.effective("dead-letter-exchange") != nil
                && $0.effective("dead-letter-strategy")?.string != "at-least-once"
        }.map {
            let exchange = $0.effective("dead-letter-exchange")?.description ?? ""
            return Finding(
                .critical,
                .atMostOnce,
                at: "queue \($0.name)",
                "dead-letters to '\(exchange)' at most once",
                fix: Self.recreate
            )
        }
    }

    /// Every dead-letter exchange exists and has somewhere to put what it cannot route.
    func deadLetterTargets() -> [Finding] {
        let sources = Dictionary(grouping: queues) { $0.effective("dead-letter-exchange")?.string }
        return sources.sorted { ($0.key ?? "") < ($1.key ?? "") }.compactMap { target, queues -> Finding? in
            guard let target, !target.isEmpty else { return nil }
            let sources = "target of \(Self.few(queues.map(\.name)))"
            guard exchange(target) != nil else {
                return Finding(
                    .critical,
                    .deadLetterTargetMissing,
                    at: "exchange \(target)",
                    "does not exist; \(sources)",
                    fix: "flotilla topology apply"
                )
            }
            guard let alternate = graph.alternateExchange(of: target) else {
                return unguarded(target, "has no alternate exchange; \(sources)")
            }
            if exchange(alternate) == nil {
                return unguarded(target, "alternate exchange '\(alternate)' does not exist; \(sources)")
            }
            if graph.queues(from: alternate, key: nil).isEmpty {
                return unguarded(target, "alternate exchange '\(alternate)' leads to no queue; \(sources)")
            }
            return nil
        }
    }

    private func unguarded(_ target: String, _ detail: String) -> Finding {
        let policy =
            "rabbitmqctl set_policy\(inVirtualHost) park-\(target) '^\(target)$' "
            + "'{\"alternate-exchange\":\"\(topology.parkedExchange)\"}' --apply-to exchanges"
        return Finding(
            .critical,
            .deadLetterTargetUnguarded,
            at: "exchange \(target)",
            detail,
            fix: "flotilla topology apply --recreate, or at once: \(policy)"
        )
    }

    func stuckDeadLetters() -> [Finding] {
        queues.filter { $0.stuckDeadLetters > 0 }.map {
            let target = $0.effective("dead-letter-exchange")?.description ?? "its dead-letter exchange"
            return Finding(
                $0.stuckDeadLetters >= 32 ? .critical : .warning,
                .deadLettersStuck,
                at: "queue \($0.name)",
                "\($0.stuckDeadLetters) dead letters wait for a route from '\(target)'",
                fix: "give '\(target)' its bindings and alternate exchange back (flotilla topology apply); "
                    + "the broker tries again every 180 s"
            )
        }
    }

    /// Length limits on queues that receive dead letters.
    func limitedTargets() -> [Finding] {
        let receivers: [String: [LiveQueue]] = queues.reduce(into: [:]) { result, source in
            for target in graph.deadLetterTargets(of: source) { result[target, default: []].append(source) }
        }
        return receivers.sorted { $0.key < $1.key }.compactMap { name, sources -> Finding? in
            guard let target = queue(name), target.definition.type != "stream",
                let limit = target.effective("max-length") ?? target.effective("max-length-bytes")
            else { return nil }
            let unsafe = sources.filter { $0.effective("dead-letter-strategy")?.string != "at-least-once" }
            let overflow = target.effective("overflow")?.string ?? "drop-head"
            if overflow != "reject-publish" {
                return Finding(
                    .critical,
                    .deadLetterTargetLimited,
                    at: "queue \(name)",
                    "length limit \(limit) with overflow \(overflow) drops dead letters of \(Self.few(sources.map(\.name)))",
                    fix: removal(of: "max-length", from: target)
                )
            }
            if unsafe.isEmpty { return nil }
            return Finding(
                .critical,
                .deadLetterTargetLimited,
                at: "queue \(name)",
                "length limit \(limit) does not hold for at-most-once dead letters of \(Self.few(unsafe.map(\.name)))",
                fix: "make the sources at-least-once: \(Self.recreate)"
            )
        }
    }

    /// Ways round through dead lettering on which nobody rejects.
    func cycles() -> [Finding] {
        var next: [String: [String]] = [:]
        for queue in queues where Self.leavesByItself(queue) {
            next[queue.name] = graph.deadLetterTargets(of: queue).sorted()
        }
        return next.keys.sorted().compactMap { start -> Finding? in
            // Each cycle is told once, at its first name.
            guard let cycle = Self.shortestCycle(through: start, next), cycle.min() == start else { return nil }
            return Finding(
                .critical,
                .automaticCycle,
                at: "queue \(start)",
                (cycle + [start]).joined(separator: " → "),
                fix: "dead-letter at least one of them elsewhere, or take its time to live and limits away"
            )
        }
    }

    /// Whether messages become dead letters without a consumer's rejection.
    private static func leavesByItself(_ queue: LiveQueue) -> Bool {
        if queue.effective("message-ttl") != nil || (queue.effective("delivery-limit")?.integer ?? -1) >= 0 {
            return true
        }
        let limited = queue.effective("max-length") != nil || queue.effective("max-length-bytes") != nil
        return limited && queue.effective("overflow")?.string ?? "drop-head" == "drop-head"
    }

    static func shortestCycle(through start: String, _ next: [String: [String]]) -> [String]? {
        var paths = [[start]]
        var seen: Set = [start]
        while !paths.isEmpty {
            let path = paths.removeFirst()
            for name in next[path[path.count - 1]] ?? [] {
                if name == start { return path }
                if seen.insert(name).inserted { paths.append(path + [name]) }
            }
        }
        return nil
    }

    /// Up to three names, and how many more.
    static func few(_ names: [String]) -> String {
        let shown = names.sorted().prefix(3).joined(separator: ", ")
        return names.count > 3 ? "\(shown) and \(names.count - 3) more" : shown
    }
}
