/// Credentials, connections.
enum Migration0004 {
    static let sql = "select 1"
}
