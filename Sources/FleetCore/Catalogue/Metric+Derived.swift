extension Metric {
    /// Whether roll-ups compute it from others, so that nobody reads it anywhere.
    public var isDerived: Bool {
        [
            MetricID.engagementTotal, .engagementRateByViews, .engagementRateByReach, .engagementRateByFollowers,
            .postsPublished,
        ].contains(id)
    }
}
