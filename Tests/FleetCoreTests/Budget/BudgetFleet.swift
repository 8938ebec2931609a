import FleetCore
import TestSupport

/// Workers, a ledger and a platform in one process and in simulated time: what the fleet does about limits, judged by what
/// the platform counts.
struct BudgetFleet {
    struct Options {
        var workers = 4
        var rules: [BudgetRule]
        var zone = TimeZoneRules.utc
        /// Calls last up to so long; the platform counts them at some moment in between.
        var longestCall = Duration.milliseconds(300)
        /// How long a question to the ledger takes at most.
        var longestQuestion = Duration.milliseconds(40)
        /// In thousandths: answers of the ledger that get lost, and turns at which a worker dies.
        var lostAnswers: UInt64 = 0
        var deaths: UInt64 = 0
        var accounts = 3
        var workspaces: Int64 = 1
        var units: Int64 = 1
        /// How many jobs each worker tries to start at a step.
        var eagerness = 8
        var waitersAtMost = 40
        var interactiveEvery: Duration?
        var seed: UInt64 = 1
        var start = Instant(seconds: 1_790_000_000)
    }

    struct Call {
        var permit: BudgetDesk.Permit
        var countedAt: Instant
        var endsAt: Instant
        var isCounted = false
    }

    struct Question {
        var asks: [BudgetAsk]
        var answers: [BudgetAnswer]
        var arrivesAt: Instant
        var isLost: Bool
    }

    struct Worker {
        var desk: BudgetDesk
        var calls: [Call] = []
        var question: Question?
        var waiting: [UInt64: (BudgetCall, Instant)] = [:]
    }

    var options: Options
    var terms: [BudgetTerms]
    var workers: [Worker] = []
    var ledgers: [BudgetKey: BudgetLedger] = [:]
    /// When the platform counted which call, in order of time.
    var counted: [(at: Instant, call: BudgetCall)] = []
    var interactiveWaits: [Duration] = []
    var now: Instant
    var generator: SeededGenerator
    var tickets: UInt64 = 0
    var nextInteractive: Instant
    var parked = 0

    init(_ options: Options) {
        self.options = options
        terms = options.rules.map { BudgetTerms($0, zone: options.zone) }
        generator = SeededGenerator(seed: options.seed)
        now = options.start
        nextInteractive = options.start + .seconds(20)
        for _ in 0..<options.workers { workers.append(makeWorker()) }
    }

    mutating func makeWorker() -> Worker {
        Worker(
            desk: BudgetDesk(
                holder: generator.next(),
                terms: [.x: terms],
                patience: .init(short: .seconds(20), long: .seconds(20)),
                sweep: .milliseconds(100)
            )
        )
    }

    mutating func chance(_ thousandths: UInt64) -> Bool { generator.next(upperBound: UInt64(1000)) < thousandths }

    mutating func moment(_ longest: Duration) -> Duration {
        .microseconds(Int64(generator.next(upperBound: UInt64(max(longest.wholeMicroseconds, 1)))))
    }

    /// Lets so much time pass in small steps.
    mutating func run(_ time: Duration, step: Duration = .milliseconds(50)) {
        let end = now + time
        while now < end {
            now = now + step
            for index in workers.indices {
                if chance(options.deaths) && chance(50) { workers[index] = makeWorker(dying: workers[index]) }
                advance(index)
            }
        }
        counted.sort { $0.at < $1.at }
    }

    /// Calls on their way when a worker dies still arrive.
    mutating func makeWorker(dying worker: Worker) -> Worker {
        for call in worker.calls where !call.isCounted { counted.append((call.countedAt, call.permit.call)) }
        return makeWorker()
    }

    mutating func advance(_ index: Int) {
        var worker = workers[index]
        for position in worker.calls.indices
        where !worker.calls[position].isCounted && worker.calls[position].countedAt <= now {
            worker.calls[position].isCounted = true
            counted.append((worker.calls[position].countedAt, worker.calls[position].permit.call))
        }
        for call in worker.calls where call.endsAt <= now { worker.desk.end(call.permit, at: now) }
        worker.calls.removeAll { $0.endsAt <= now }
        if let question = worker.question, question.arrivesAt <= now {
            worker.question = nil
            if question.isLost {
                worker.desk.failed(question.asks)
            } else {
                worker.desk.answered(question.answers, to: question.asks, at: now)
            }
        }
        for (ticket, verdict) in worker.desk.turn(at: now) {
            let call = worker.waiting.removeValue(forKey: ticket)
            take(verdict, call, &worker)
        }
        for _ in 0..<options.eagerness where worker.waiting.count < options.waitersAtMost { start(&worker, .normal) }
        if options.interactiveEvery != nil, index == 0, now >= nextInteractive {
            nextInteractive = now + options.interactiveEvery!
            start(&worker, .interactive)
        }
        if worker.question == nil {
            let asks = worker.desk.asks(at: now)
            if !asks.isEmpty { worker.question = decide(asks) }
        }
        workers[index] = worker
    }

    mutating func start(_ worker: inout Worker, _ lane: Lane) {
        let account = generator.next(upperBound: UInt64(options.accounts))
        let call = BudgetCall(
            platform: .x,
            endpoint: "reads",
            account: "a\(account)",
            workspace: Int64(account) % options.workspaces,
            lane: lane,
            units: options.units
        )
        tickets += 1
        if let verdict = worker.desk.admit(call, at: now) {
            take(verdict, (call, now), &worker)
        } else {
            worker.desk.wait(call, ticket: tickets, at: now)
            worker.waiting[tickets] = (call, now)
        }
    }

    mutating func take(_ verdict: BudgetDesk.Verdict, _ asked: (BudgetCall, Instant)?, _ worker: inout Worker) {
        guard case .admitted(let permit) = verdict else {
            parked += 1
            return
        }
        if permit.call.lane == .interactive, let asked { interactiveWaits.append(now - asked.1) }
        let length = moment(options.longestCall)
        worker.calls.append(Call(permit: permit, countedAt: now + moment(length), endsAt: now + length))
    }

    mutating func decide(_ asks: [BudgetAsk]) -> Question {
        var answers: [BudgetAnswer] = []
        for ask in asks {
            let terms = terms.first { $0.rule.name == ask.key.rule }!
            var ledger = ledgers[ask.key] ?? BudgetLedger()
            answers.append(ledger.decide(ask, terms, at: now))
            ledgers[ask.key] = BudgetLedger(packed: ledger.packed)
        }
        return Question(
            asks: asks,
            answers: answers,
            arrivesAt: now + moment(options.longestQuestion),
            isLost: chance(options.lostAnswers)
        )
    }

    /// The most that any window held, as the platform counts.
    func busiest(_ rule: BudgetRule) -> Int64 {
        var groups: [BudgetKey: [(Instant, Int64)]] = [:]
        for (at, call) in counted {
            if let key = rule.key(of: call) { groups[key, default: []].append((at, rule.cost(of: call))) }
        }
        return groups.values.map { busiest($0, rule.window) }.max() ?? 0
    }

    private func busiest(_ calls: [(Instant, Int64)], _ window: BudgetRule.Window) -> Int64 {
        guard case .sliding(let length) = window else {
            let windows = Dictionary(grouping: calls) { window.start(at: $0.0, zone: options.zone) }
            return windows.values.map { $0.reduce(0) { $0 + $1.1 } }.max() ?? 0
        }
        var (most, sum, first) = (Int64(0), Int64(0), 0)
        for (at, cost) in calls {
            sum += cost
            while calls[first].0 <= at - length {
                sum -= calls[first].1
                first += 1
            }
            most = max(most, sum)
        }
        return most
    }
}
