/// Shells that get a completion script.
enum Shell: String, CaseIterable, Sendable { case bash, zsh, fish }

extension CommandTable {
    /// A script that completes words, flags and the values of flags that have few.
    func completion(for shell: Shell) -> String {
        switch shell {
        case .bash: bashCompletion
        case .zsh: zshCompletion
        case .fish: fishCompletion
        }
    }

    /// What may follow each beginning: `""` for the first word, `jobs ` for its verbs, `jobs show` for its flags.
    private var continuations: [(after: String, words: [String])] {
        let nouns = commands.map { $0.words[0] }.reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
        let common = Self.switches.map(\.flag) + program.forms.keys.sorted()
        var all = [(after: "", words: nouns + ["help"])]
        for noun in nouns {
            let verbs = commands.filter { $0.words.count == 2 && $0.words[0] == noun }.map { $0.words[1] }
            let isCommand = commands.contains { $0.words == [noun] }
            if !verbs.isEmpty, !isCommand { all.append((noun, verbs)) }
        }
        for command in commands {
            let verbs = commands.filter { $0.words.count == 2 && [$0.words[0]] == command.words }.map { $0.words[1] }
            let own = command.arguments.flatMap(\.words) + command.options.map(\.flag)
            all.append((command.name, verbs + own + common))
        }
        return all
    }

    /// Flags with their few values.
    private var flagWords: [(flag: String, words: [String])] {
        var found: [String: [String]] = [:]
        for option in commands.flatMap(\.options) where option.form.takesValue {
            found[option.flag] = option.form.words
        }
        for row in program.rows where row.form.takesValue { if let flag = row.flag { found[flag] = row.form.words } }
        return found.filter { !$0.value.isEmpty }.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    /// Flags that are followed by a value, as a shell pattern.
    private var valueFlags: String {
        let options = commands.flatMap(\.options).filter(\.form.takesValue).map(\.flag)
        return Set(options + program.forms.filter(\.value.takesValue).map(\.key)).sorted().joined(separator: "|")
    }

    /// The body that bash and zsh share: sets `candidates` from `words` (typed so far) and `previous`.
    private func cases(indent: String) -> String {
        var text = "\(indent)case \"$previous\" in\n"
        for (flag, words) in flagWords {
            text += "\(indent)\(flag)) candidates=\"\(words.joined(separator: " "))\" ;;\n"
        }
        text += "\(indent)*) case \"$typed\" in\n"
        let ordered = continuations.sorted {
            $0.after.split(separator: " ").count > $1.after.split(separator: " ").count
        }
        for (after, words) in ordered {
            let isCommand = commands.contains { $0.name == after }
            let pattern = after.isEmpty ? "\"\"" : isCommand ? "\"\(after)\"|\"\(after) \"*" : "\"\(after)\""
            text += "\(indent)\(pattern)) candidates=\"\(words.joined(separator: " "))\" ;;\n"
        }
        return text + "\(indent)esac ;;\n\(indent)esac\n"
    }

    private var function: String { "_" + program.name.map { $0 == "-" ? "_" : String($0) }.joined() }

    private var bashCompletion: String {
        """
        # bash completion for \(program.name); load with: source <(\(program.name) completion bash)
        \(function)() {
          local word typed="" before="" candidates="" current="${COMP_WORDS[COMP_CWORD]}" previous="${COMP_WORDS[COMP_CWORD-1]}"
          for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
            case "$before" in
            \(valueFlags)) ;;
            *) [[ $word == -* ]] || typed="${typed:+$typed }$word" ;;
            esac
            before="$word"
          done
        \(cases(indent: "  "))  COMPREPLY=($(compgen -W "$candidates" -- "$current"))
        }
        complete -o default -F \(function) \(program.name)

        """
    }

    private var zshCompletion: String {
        """
        #compdef \(program.name)
        # zsh completion for \(program.name); load with: source <(\(program.name) completion zsh)
        \(function)() {
          local word typed="" before="" candidates="" previous="${words[CURRENT-1]}"
          for word in "${(@)words[2,CURRENT-1]}"; do
            case "$before" in
            \(valueFlags)) ;;
            *) [[ $word == -* ]] || typed="${typed:+$typed }$word" ;;
            esac
            before="$word"
          done
        \(cases(indent: "  "))  if [[ -n $candidates ]]; then compadd -- ${=candidates}; else _files; fi
        }
        compdef \(function) \(program.name)

        """
    }

    private var fishCompletion: String {
        var text = "# fish completion for \(program.name); load with: \(program.name) completion fish | source\n"
        let start = "complete -c \(program.name)"
        for (after, words) in continuations {
            let parts = after.split(separator: " ")
            var conditions = parts.map { "__fish_seen_subcommand_from \($0)" }
            if parts.isEmpty { conditions = ["__fish_use_subcommand"] }
            let verbs = commands.filter { $0.words.count == 2 && $0.words[0] == after }.map { $0.words[1] }
            if !verbs.isEmpty { conditions.append("not __fish_seen_subcommand_from \(verbs.joined(separator: " "))") }
            let plain = words.filter { !$0.hasPrefix("-") }
            let condition = conditions.joined(separator: "; and ")
            if !plain.isEmpty { text += "\(start) -f -n '\(condition)' -a '\(plain.joined(separator: " "))'\n" }
            for flag in words where flag.hasPrefix("--") {
                let values =
                    flagWords.first { $0.flag == flag }.map { " -x -a '\($0.words.joined(separator: " "))'" } ?? ""
                text += "\(start) -n '\(condition)' -l \(flag.dropFirst(2))\(values)\n"
            }
        }
        return text
    }
}
