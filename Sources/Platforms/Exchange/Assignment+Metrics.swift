internal import FleetCore

extension Assignment {
    /// The platform's names to ask for: those of `entries` that are wanted, served in the days asked about and not refused.
    func names(of entries: [PlatformMetric]) -> [String] {
        entries.filter { entry in
            (metrics.isEmpty || metrics.contains(entry.metric)) && entry.isServed(on: date)
                && !refused.contains(entry.native)
        }.map(\.native)
    }

    /// Makes sure that every metric wanted is among `entries`, which are all that the collection offers.
    func requireOffered(_ entries: [PlatformMetric], by title: String) throws(Death) {
        for metric in metrics where !entries.contains(where: { $0.metric == metric }) {
            throw Death(.unsupportedMetric, "\(title) does not serve \(metric.name) in this collection")
        }
    }
}
