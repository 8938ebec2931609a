/// Filled by the change that needs it.
enum Migration0010 {
    static let sql = "select 1"
}
