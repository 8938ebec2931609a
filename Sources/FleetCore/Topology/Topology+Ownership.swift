extension Topology {
    /// Whether a queue of this name is one that some version of this fleet's `queues.yaml` would declare. Other queues in
    /// the virtual host are nobody's business here.
    public func owns(queue name: String) -> Bool {
        if name == deadQueue || name == parkedQueue || name == changesQueue || name == ingestQueue
            || name == suspectsQueue
        {
            return true
        }
        return isRetryName(name) || isResultName(name) || isWorkName(name)
    }

    /// The same question for an exchange.
    public func owns(exchange name: String) -> Bool {
        let fixed = [
            jobsExchange, jobsBackExchange, jobsDeadExchange, resultsExchange, parkedExchange, changesExchange,
            ingestExchange, suspectsExchange,
        ]
        return fixed.contains(name) || isRetryName(name)
    }

    func isRetryName(_ name: String) -> Bool {
        rest(of: name, after: specification.prefix + specification.exchangeNames.retry)
            .map { DelayText.parse(String($0)) != nil } ?? false
    }

    func isResultName(_ name: String) -> Bool {
        rest(of: name, after: resultsExchange).map { !$0.isEmpty && $0.allSatisfy(\.isWholeNumber) } ?? false
    }

    func isWorkName(_ name: String) -> Bool {
        guard let words = rest(of: name, after: jobsExchange)?.split(separator: ".", omittingEmptySubsequences: false)
        else { return false }
        return words.count == 2 && words.allSatisfy { TopologySpecification.isWord(String($0)) }
    }

    private func rest(of name: String, after stem: String) -> Substring? {
        name.hasPrefix(stem + ".") ? name.dropFirst(stem.count + 1) : nil
    }
}
