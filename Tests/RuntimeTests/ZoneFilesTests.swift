import Runtime
import TestSupport
import Testing

@Suite struct ZoneFilesTests {
    @Test(arguments: ["UTC", "America/Los_Angeles", "America/Argentina/Buenos_Aires", "Etc/GMT+5"])
    func `names of zones are accepted`(name: String) {
        #expect(ZoneFiles.isZoneName(name))
    }

    @Test(arguments: [
        "", "/", "/etc/passwd", "../UTC", "America/../UTC", "America//Lima", "America/", ".hidden", "America/.x", "a b",
        "UTC\0", "Zürich", "A/B/C/D/E", "-UTC", String(repeating: "a", count: 65),
    ])
    func `names that could leave the folder are refused`(name: String) {
        #expect(!ZoneFiles.isZoneName(name))
        #expect(throws: ZoneFiles.LoadError.invalidName(name)) { try ZoneFiles.load(name, folder: Fixtures.root) }
    }

    @Test func `a file is read whole and a missing one is said`() throws {
        #expect(try ZoneFiles.load("fixture", folder: Fixtures.root + "/zones") == Array("TZif\n".utf8))
        #expect(throws: ZoneFiles.LoadError.self) { try ZoneFiles.load("absent", folder: Fixtures.root) }
    }
}
