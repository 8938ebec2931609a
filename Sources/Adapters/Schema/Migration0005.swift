/// Cadence.
enum Migration0005 {
    static let sql = "select 1"
}
