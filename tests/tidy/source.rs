//! The project's Rust files as the checks see them: code without comments, literals and tests.

use std::fs;
use std::path::{Path, PathBuf};

/// One file.
pub(crate) struct Source {
    /// Below the package's root, with `/`.
    pub(crate) path: String,
    /// As it stands on the disk.
    pub(crate) text: String,
    /// The same lines with comments, the insides of literals, and items under `#[cfg(test)]` blanked.
    pub(crate) code: String,
}

/// A function's name, its first line (from 1) and its length in lines.
pub(crate) struct Function {
    pub(crate) name: String,
    pub(crate) line: usize,
    pub(crate) lines: usize,
}

pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every Rust file below `src` that is not a test.
pub(crate) fn library() -> Vec<Source> {
    let mut paths = Vec::new();
    collect(&root().join("src"), "rs", &mut paths);
    let sources: Vec<_> = paths
        .into_iter()
        .filter(|path| {
            !path.ends_with("tests.rs") && !path.components().any(|part| part.as_os_str() == "tests")
        })
        .map(|path| {
            let text = fs::read_to_string(&path).unwrap();
            let code = without_tests(&without_comments(&text));
            let path = path
                .strip_prefix(root())
                .unwrap()
                .to_str()
                .unwrap()
                .replace('\\', "/");
            Source { path, text, code }
        })
        .collect();
    assert!(sources.len() > 10, "the sources were not found");
    sources
}

/// Files with this extension below a directory; none if there is no such directory.
pub(crate) fn collect(directory: &Path, extension: &str, into: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(directory) else {
        return;
    };
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            collect(&path, extension, into);
        } else if path.extension().is_some_and(|found| found == extension) {
            into.push(path);
        }
    }
}

impl Source {
    /// The room: `src/token/pin.rs` and `src/token.rs` are of `token`.
    pub(crate) fn room(&self) -> &str {
        let below = self.path.trim_start_matches("src/");
        below.split('/').next().unwrap().trim_end_matches(".rs")
    }

    /// The rooms that `crate::…` names here, with the line.
    pub(crate) fn imports(&self) -> Vec<(usize, String)> {
        let mut found = Vec::new();
        for (at, _) in self.code.match_indices("crate::") {
            let line = line_of(&self.code, at);
            let rest = &self.code[at + "crate::".len()..];
            if let Some(group) = rest.strip_prefix('{') {
                found.extend(group_heads(group).into_iter().map(|head| (line, head)));
            } else {
                found.push((line, identifier(rest)));
            }
        }
        found
    }

    /// Every function with a body.
    pub(crate) fn functions(&self) -> Vec<Function> {
        let code = &self.code;
        let mut found = Vec::new();
        for (at, _) in code.match_indices("fn ") {
            let name = identifier(&code[at + 3..]);
            let starts_a_word = code[..at]
                .chars()
                .next_back()
                .is_none_or(|before| !is_word(before));
            if name.is_empty() || !starts_a_word {
                continue;
            }
            if let Some(open) = body(&code[at..]) {
                let end = at + open + closing(&code[at + open..]);
                let (line, last) = (line_of(code, at), line_of(code, end));
                found.push(Function {
                    name,
                    line,
                    lines: last - line + 1,
                });
            }
        }
        found
    }
}

/// The number of the line, from 1.
pub(crate) fn line_of(text: &str, at: usize) -> usize {
    text[..at].matches('\n').count() + 1
}

fn is_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

fn identifier(text: &str) -> String {
    text.chars().take_while(|letter| is_word(*letter)).collect()
}

/// `a, b::{c, d}}…` has the heads `a` and `b`.
fn group_heads(group: &str) -> Vec<String> {
    let (mut depth, mut heads, mut start) = (0, vec![], true);
    for (at, letter) in group.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => start = true,
            letter if start && is_word(letter) => {
                heads.push(identifier(&group[at..]));
                start = false;
            }
            _ => {}
        }
    }
    heads
}

/// Where the body's brace opens; `None` for a declaration.
fn body(code: &str) -> Option<usize> {
    let mut depth = 0;
    for (at, letter) in code.char_indices() {
        match letter {
            '(' | '[' => depth += 1,
            ')' | ']' => depth -= 1,
            ';' if depth == 0 => return None,
            '{' if depth == 0 => return Some(at),
            _ => {}
        }
        if depth < 0 {
            return None; // a function pointer's type inside something else
        }
    }
    None
}

/// Where the brace that opens at 0 is closed.
fn closing(code: &str) -> usize {
    let mut depth = 0;
    for (at, letter) in code.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at;
        }
    }
    code.len()
}

fn without_tests(code: &str) -> String {
    let mut out = code.to_owned();
    while let Some(at) = out.find("#[cfg(test)]") {
        let end = match body(&out[at + "#[cfg(test)]".len()..]) {
            Some(open) => {
                let open = at + "#[cfg(test)]".len() + open;
                open + closing(&out[open..]) + 1
            }
            None => at + "#[cfg(test)]".len(),
        };
        let blank: String = out[at..end]
            .chars()
            .map(|letter| if letter == '\n' { '\n' } else { ' ' })
            .collect();
        out.replace_range(at..end, &blank);
    }
    out
}

/// Blanks comments and the insides of literals; lines stay where they are.
fn without_comments(text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while at < letters.len() {
        let end = match letters[at..] {
            ['/', '/', ..] => at + letters[at..].iter().take_while(|letter| **letter != '\n').count(),
            ['/', '*', ..] => block_comment(&letters, at),
            ['"', ..] => string(&letters, at),
            ['r', '"' | '#', ..] if at == 0 || !is_word(letters[at - 1]) || letters[at - 1] == 'b' => {
                raw_string(&letters, at)
            }
            ['\'', '\\', ..] => {
                at + 3
                    + letters[at + 3..]
                        .iter()
                        .take_while(|letter| **letter != '\'')
                        .count()
                    + 1
            }
            ['\'', _, '\'', ..] => at + 3,
            _ => at,
        };
        if end == at {
            out.push(letters[at]);
            at += 1;
        } else {
            out.extend(
                letters[at..end]
                    .iter()
                    .map(|letter| if *letter == '\n' { '\n' } else { ' ' }),
            );
            at = end;
        }
    }
    out
}

fn block_comment(letters: &[char], mut at: usize) -> usize {
    let mut depth = 0;
    while at < letters.len() {
        match letters[at..] {
            ['/', '*', ..] => (depth, at) = (depth + 1, at + 2),
            ['*', '/', ..] => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            break;
        }
    }
    at
}

fn string(letters: &[char], mut at: usize) -> usize {
    at += 1;
    while at < letters.len() && letters[at] != '"' {
        at += if letters[at] == '\\' { 2 } else { 1 };
    }
    at + 1
}

/// The end of `r"…"` or `r#"…"#`; `at` itself for a raw identifier.
fn raw_string(letters: &[char], at: usize) -> usize {
    let marks = letters[at + 1..]
        .iter()
        .take_while(|letter| **letter == '#')
        .count();
    let mut end = at + 1 + marks;
    if letters.get(end) != Some(&'"') {
        return at;
    }
    loop {
        end += 1;
        match letters.get(end) {
            None => return letters.len(),
            Some('"')
                if letters[end + 1..]
                    .iter()
                    .take_while(|letter| **letter == '#')
                    .count()
                    >= marks =>
            {
                return end + 1 + marks;
            }
            Some(_) => {}
        }
    }
}
