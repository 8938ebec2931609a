@_exported public import Conformance
public import FleetCore
internal import Platforms

extension ConformanceCase {
    /// The cases of a folder of fixtures, for the platform the folder is named after. Traps when a file is not of the form.
    public static func all(of platform: PlatformName) -> [ConformanceCase] {
        CaseFiles().entries(at: "\(Fixtures.root)/platforms/\(platform.rawValue)").map { entry in
            switch entry.result {
            case .success(let found): return found
            case .failure(let fault): fatalError("\(entry.name): \(fault)")
            }
        }
    }

    /// The cases of every platform that the registry holds.
    public static let all: [ConformanceCase] = PlatformRegistry.all.flatMap { all(of: $0.name) }
}
