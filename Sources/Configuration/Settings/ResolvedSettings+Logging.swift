public import Runtime

extension ResolvedSettings {
    /// Gives the process's loggers the level and the form that were set, and facts for every line. The program's table
    /// lists `CommonSettings.process`.
    public func configureLogging(facts: KeyValuePairs<String, LogValue>? = nil) {
        LogPipeline.standard.configure(
            level: self[CommonSettings.logLevel],
            format: self[CommonSettings.logFormat],
            facts: facts
        )
    }
}
