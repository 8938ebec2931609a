/// Filled by the change that needs it.
enum Migration0007 {
    static let sql = "select 1"
}
