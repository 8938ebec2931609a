import HTTPClient
import Testing

@Suite("Where the client may connect")
struct AddressTests {
    /// First and last address of each block that is not public, in order and without gaps to hide in.
    private static let refused: [(UInt32, UInt32)] = [
        (0x0000_0000, 0x00FF_FFFF), (0x0A00_0000, 0x0AFF_FFFF), (0x6440_0000, 0x647F_FFFF), (0x7F00_0000, 0x7FFF_FFFF),
        (0xA9FE_0000, 0xA9FE_FFFF), (0xAC10_0000, 0xAC1F_FFFF), (0xC000_0000, 0xC000_00FF), (0xC000_0200, 0xC000_02FF),
        (0xC058_6300, 0xC058_63FF), (0xC0A8_0000, 0xC0A8_FFFF), (0xC612_0000, 0xC613_FFFF), (0xC633_6400, 0xC633_64FF),
        (0xCB00_7100, 0xCB00_71FF), (0xE000_0000, 0xFFFF_FFFF),
    ]

    @Test(arguments: refused)
    func `a special IPv4 block is refused from edge to edge`(first: UInt32, last: UInt32) {
        for address in [first, first + 1, first + (last - first) / 2, last - 1, last] {
            #expect(!PublicAddress.isPublic(v4: address))
            // The same address in every IPv6 dress.
            #expect(!PublicAddress.isPublic(v6: 0, 0xFFFF_0000_0000 | UInt64(address)))
            #expect(!PublicAddress.isPublic(v6: 0, UInt64(address)))
            #expect(!PublicAddress.isPublic(v6: 0x0064_FF9B_0000_0000, UInt64(address)))
            #expect(!PublicAddress.isPublic(v6: 0x2002_0000_0000_0000 | UInt64(address) << 16, 1))
        }
        if first > 0 { #expect(PublicAddress.isPublic(v4: first - 1)) }
        if last < .max { #expect(PublicAddress.isPublic(v4: last + 1)) }
    }

    @Test func `IPv4-mapped addresses are refused even for public ones`() {
        #expect(!PublicAddress.isPublic(v6: 0, 0xFFFF_0808_0808))
        #expect(PublicAddress.isPublic(v6: 0x0064_FF9B_0000_0000, 0x0808_0808))
        #expect(!PublicAddress.isPublic(v6: 0x0064_FF9B_0001_0000, 0x0808_0808))
    }

    @Test(
        arguments: [
            (0x0000_0000_0000_0000, 0), (0, 1), (0x0100_0000_0000_0000, 0), (0x1FFF_FFFF_FFFF_FFFF, .max),
            (0x2001_0000_0000_0000, 0), (0x2001_01FF_FFFF_FFFF, .max), (0x2001_0DB8_0000_0000, 0),
            (0x2001_0DB8_FFFF_FFFF, .max), (0x2002_0000_0000_0000, 0), (0x2002_FFFF_FFFF_FFFF, .max),
            (0x3FFF_0000_0000_0000, 0), (0x3FFF_0FFF_FFFF_FFFF, .max), (0x4000_0000_0000_0000, 0),
            (0xFC00_0000_0000_0000, 1), (0xFD00_0000_0000_0000, 1), (0xFE80_0000_0000_0000, 1),
            (0xFEC0_0000_0000_0000, 1),
            (0xFF02_0000_0000_0000, 1), (.max, .max),
        ] as [(UInt64, UInt64)]
    )
    func `special IPv6 addresses are refused`(high: UInt64, low: UInt64) {
        #expect(!PublicAddress.isPublic(v6: high, low))
    }

    @Test(
        arguments: [
            0x2000_0000_0000_0000, 0x2001_0200_0000_0000, 0x2001_0DB7_FFFF_FFFF, 0x2001_0DB9_0000_0000,
            0x2003_0000_0000_0000,
            0x2606_4700_0000_0000, 0x3FFE_FFFF_FFFF_FFFF, 0x3FFF_1000_0000_0000,
        ] as [UInt64]
    )
    func `global IPv6 addresses are public`(high: UInt64) {
        #expect(PublicAddress.isPublic(v6: high, 1))
    }

    @Test(arguments: [
        "https://127.0.0.1", "https://localhost", "https://[::1]", "https://2130706433", "https://0x7f.1",
        "https://017700000001",
        "https://[::ffff:127.0.0.1]", "https://169.254.169.254", "https://10.0.0.1", "https://192.168.1.1",
        "https://[fd00::1]",
        "https://0.0.0.0", "https://127.1",
    ])
    func `private addresses are refused at connect, however they are written`(origin: String) async {
        let error = await #expect(throws: HTTPError.self) {
            try await HTTPClient().send(HTTPRequest(url: origin + ":1/", deadline: .seconds(5)))
        }
        #expect(error?.code == .refusedAddress)
    }

    @Test(arguments: [
        ("http://example.com/", HTTPError.Code.refusedOrigin), ("http://127.0.0.1:2/", .refusedOrigin),
        ("ftp://example.com/", .badURL), ("file:///etc/passwd", .badURL), ("https://user:pass@example.com/", .badURL),
        ("https://exa mple.com/", .badURL), ("https://example.com/\r\nX: y", .badURL), ("https:///path", .badURL),
        ("https://example.com:0/", .badURL), ("https://example.com:65536/", .badURL),
        ("https://example.com\\@evil/", .badURL),
        ("//example.com/", .badURL), ("", .badURL), ("https://exa%6Dple.com/", .badURL),
        ("https://exämple.com/", .badURL),
    ])
    func `other origins and odd URLs are refused before anything is resolved`(url: String, code: HTTPError.Code) async {
        var options = HTTPClientOptions()
        options.allowedOrigins = ["http://127.0.0.1:1"]
        let client = HTTPClient(options)
        let error = await #expect(throws: HTTPError.self) { try await client.send(HTTPRequest(url: url)) }
        #expect(error?.code == code)
    }

    @Test(arguments: [
        ("X-A", "a\r\nX-B: b"), ("X-A", "a\nb"), ("X A", "a"), ("", "a"), ("X-A", "\u{0}"), ("Host", "evil"),
        ("content-length", "3"), ("Transfer-Encoding", "chunked"), ("X-A", "ü"),
    ])
    func `headers that could change the request are refused`(name: String, value: String) async {
        let error = await #expect(throws: HTTPError.self) {
            try await HTTPClient().send(
                HTTPRequest(url: "https://example.com/", headers: .init([(name: name, value: value)]))
            )
        }
        #expect(error?.code == .badHeader)
    }

    @Test func `a URL made from values cannot leave its path`() {
        let url = HTTPURL.make(
            origin: "https://graph.example.com",
            path: ["v25.0", "../x/y?z#@", "..", "a b"],
            query: [(name: "metric", value: "views,reach"), (name: "q", value: "a&b=c\r\n")]
        )
        #expect(
            url
                == "https://graph.example.com/v25.0/..%2Fx%2Fy%3Fz%23%40/%2E%2E/a%20b?metric=views,reach&q=a%26b%3Dc%0D%0A"
        )
        #expect(HTTPURL.make(origin: "https://a") == "https://a/")
    }
}
