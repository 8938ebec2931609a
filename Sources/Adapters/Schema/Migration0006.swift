/// Quarantine of refused metrics.
enum Migration0006 {
    static let sql = "select 1"
}
