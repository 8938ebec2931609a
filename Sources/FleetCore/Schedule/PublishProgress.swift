/// How far a run is published, while pages of its accounts are confirmed in any order: only what is confirmed without a gap
/// counts, because planning goes on from there after a crash.
public struct PublishProgress: Equatable, Sendable {
    /// The last account up to which all jobs are confirmed.
    public private(set) var cursor: Int64
    /// The jobs confirmed up to the cursor.
    public private(set) var published: Int64
    private var pages: [(last: Int64, jobs: Int64, isConfirmed: Bool)] = []
    private var first = 0

    public init(cursor: Int64, published: Int64) {
        self.cursor = cursor
        self.published = published
    }

    /// Pages on their way.
    public var open: Int { pages.count }

    /// Notes that a page up to an account is on its way; returns its number.
    public mutating func began(last: Int64, jobs: Int64) -> Int {
        pages.append((last, jobs, false))
        return first + pages.count - 1
    }

    /// Notes that a page is confirmed.
    public mutating func confirmed(_ page: Int) {
        pages[page - first].isConfirmed = true
        while let page = pages.first, page.isConfirmed {
            cursor = page.last
            published += page.jobs
            pages.removeFirst()
            first += 1
        }
    }

    public static func == (left: PublishProgress, right: PublishProgress) -> Bool {
        left.cursor == right.cursor && left.published == right.published && left.first == right.first
            && left.pages.elementsEqual(right.pages, by: ==)
    }
}
