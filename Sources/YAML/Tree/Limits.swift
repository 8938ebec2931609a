/// What a file may cost. libyaml's scanner is quadratic in nesting, so the depth is checked event by event.
enum Limits {
    static let bytes = 256 * 1024
    static let depth = 64
}
