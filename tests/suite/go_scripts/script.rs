//! The language of the go command's own script tests, as `cmd/internal/script` reads it: a line is conditions, the
//! expected result, a command and its arguments.

/// A line of a script.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    pub(crate) number: usize,
    pub(crate) text: String,
    /// The conditions that must hold, or not, for the line to be run.
    pub(crate) conditions: Vec<(bool, String)>,
    pub(crate) expected: Expected,
    pub(crate) name: String,
    pub(crate) args: Vec<Argument>,
}

/// How a command has to end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Expected {
    #[default]
    Success,
    Failure,
    Either,
}

/// An argument, in pieces.
pub(crate) type Argument = Vec<Piece>;

/// A piece of an argument. In a quoted one, `$` is a character as any other.
#[derive(Clone, Debug)]
pub(crate) struct Piece {
    pub(crate) text: String,
    pub(crate) is_quoted: bool,
}

/// The lines of a script that do something.
pub(crate) fn parse(script: &str) -> Vec<Step> {
    script.lines().enumerate().filter_map(|(at, line)| step(at + 1, line)).collect()
}

fn step(number: usize, line: &str) -> Option<Step> {
    let mut conditions = Vec::new();
    let mut expected = Expected::Success;
    let mut words = split(line).into_iter().peekable();
    while let Some(prefix) = words.next_if(is_prefix) {
        match prefix[0].text.as_str() {
            "!" => expected = Expected::Failure,
            "?" => expected = Expected::Either,
            condition => {
                let condition = condition.trim_matches(['[', ']']);
                let (is_so, tag) = condition.strip_prefix('!').map_or((true, condition), |tag| (false, tag));
                conditions.push((is_so, tag.to_owned()));
            }
        }
    }
    let name = words.next()?.into_iter().map(|piece| piece.text).collect();
    Some(Step { number, text: line.trim().to_owned(), conditions, expected, name, args: words.collect() })
}

fn is_prefix(word: &Argument) -> bool {
    let [Piece { text, is_quoted: false }] = &word[..] else { return false };
    matches!(text.as_str(), "!" | "?") || (text.starts_with('[') && text.ends_with(']'))
}

/// Splits a line at blanks that are not quoted, up to a comment.
fn split(line: &str) -> Vec<Argument> {
    let mut words = Vec::new();
    let mut word = Argument::new();
    let mut rest = line;
    loop {
        if let Some(quoted) = rest.strip_prefix('\'') {
            let (text, after) = until_quote(quoted);
            word.push(Piece { text, is_quoted: true });
            rest = after;
            continue;
        }
        let end = rest.find([' ', '\t', '\r', '#', '\'']).unwrap_or(rest.len());
        if end > 0 {
            word.push(Piece { text: rest[..end].to_owned(), is_quoted: false });
        }
        rest = &rest[end..];
        if rest.starts_with('\'') {
            continue;
        }
        if !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        match rest.chars().next() {
            None | Some('#') => return words,
            Some(blank) => rest = &rest[blank.len_utf8()..],
        }
    }
}

/// The quoted text, where two quotes stand for one, and the rest.
fn until_quote(quoted: &str) -> (String, &str) {
    let mut text = String::new();
    let mut rest = quoted;
    while let Some((before, after)) = rest.split_once('\'') {
        text += before;
        let Some(more) = after.strip_prefix('\'') else { return (text, after) };
        text.push('\'');
        rest = more;
    }
    (text + rest, "")
}

/// Puts the values of variables in place of `$NAME` and `${NAME}`.
pub(crate) fn expand(text: &str, value: &dyn Fn(&str) -> String) -> String {
    let mut expanded = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        expanded += before;
        let (name, after) = match after.strip_prefix('{').and_then(|it| it.split_once('}')) {
            Some((name, after)) => (name, after),
            None => {
                let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
                after.split_at(after.find(|c| !is_name(c)).unwrap_or(after.len()))
            }
        };
        if name.is_empty() {
            expanded.push('$');
        } else {
            expanded += &value(name);
        }
        rest = after;
    }
    expanded + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_as_the_go_command_reads_them() {
        let shown = |line: &str| {
            let step = step(1, line)?;
            let args: Vec<String> =
                step.args.iter().map(|arg| arg.iter().map(|it| it.text.as_str()).collect()).collect();
            Some(format!("{:?} {:?} {} {args:?}", step.conditions, step.expected, step.name))
        };
        let is = |line: &str, expected: &str| assert_eq!(shown(line).as_deref(), Some(expected), "{line}");
        is("go mod tidy", r#"[] Success go ["mod", "tidy"]"#);
        is("[!short] [GOOS:plan9] ! go x # why", r#"[(false, "short"), (true, "GOOS:plan9")] Failure go ["x"]"#);
        is("stdout 'a ''b'' $c'd  # no", r#"[] Success stdout ["a 'b' $cd"]"#);
        is("? grep '' x", r#"[] Either grep ["", "x"]"#);
        assert_eq!(shown("# only a comment"), None);
        let value = |name: &str| format!("<{name}>");
        assert_eq!(expand("$WORK/a${/}b^$", &value), "<WORK>/a</>b^$");
    }
}
