//! Tells code from comments and from the insides of strings, without a parser.
//!
//! A rule about words must not trip over a comment that explains the rule, nor over a string that
//! contains one. Both views keep every line where it was.

/// The same text twice: once with everything but code blanked, once with everything but comments.
pub(super) struct Views {
    pub(super) code: String,
    pub(super) comments: String,
}

pub(super) fn views(text: &str) -> Views {
    let mut lexer = Lexer {
        rest: text.chars().collect(),
        at: 0,
        views: Views {
            code: String::with_capacity(text.len()),
            comments: String::with_capacity(text.len()),
        },
    };
    lexer.run();
    lexer.views
}

struct Lexer {
    rest: Vec<char>,
    at: usize,
    views: Views,
}

#[derive(Clone, Copy)]
enum View {
    Code,
    Comment,
    Neither,
}

impl Lexer {
    fn run(&mut self) {
        while let Some(character) = self.peek(0) {
            match character {
                '/' if self.peek(1) == Some('/') => self.line_comment(),
                '/' if self.peek(1) == Some('*') => self.block_comment(),
                '"' => self.string(),
                'r' if !self.inside_word() && self.raw_hashes().is_some() => self.raw_string(),
                '\'' => self.quote(),
                _ => self.take(View::Code),
            }
        }
    }

    fn peek(&self, ahead: usize) -> Option<char> {
        self.rest.get(self.at + ahead).copied()
    }

    fn take(&mut self, view: View) {
        let Some(character) = self.peek(0) else {
            return;
        };
        self.at += 1;
        let (code, comment) = match (character, view) {
            ('\n', _) => ('\n', '\n'),
            (_, View::Code) => (character, ' '),
            (_, View::Comment) => (' ', character),
            (_, View::Neither) => (' ', ' '),
        };
        self.views.code.push(code);
        self.views.comments.push(comment);
    }

    /// Whether the character before belongs to a word, so that `for"` is no raw string. The `b`
    /// and `c` of `br"…"` and `cr"…"` do not count.
    fn inside_word(&self) -> bool {
        let before = |back: usize| self.at.checked_sub(back).and_then(|at| self.rest.get(at));
        let word = |character: Option<&char>| {
            character.is_some_and(|character| character.is_alphanumeric() || *character == '_')
        };
        match before(1) {
            Some('b' | 'c') => word(before(2)),
            other => word(other),
        }
    }

    fn line_comment(&mut self) {
        while self.peek(0).is_some_and(|character| character != '\n') {
            self.take(View::Comment);
        }
    }

    fn block_comment(&mut self) {
        let mut depth = 0_u32;
        while self.peek(0).is_some() {
            match (self.peek(0), self.peek(1)) {
                (Some('/'), Some('*')) => depth += 1,
                (Some('*'), Some('/')) => depth -= 1,
                _ => {
                    self.take(View::Comment);
                    continue;
                }
            }
            self.take(View::Comment);
            self.take(View::Comment);
            if depth == 0 {
                break;
            }
        }
    }

    fn string(&mut self) {
        self.take(View::Code);
        while let Some(character) = self.peek(0) {
            match character {
                '\\' => {
                    self.take(View::Neither);
                    self.take(View::Neither);
                }
                '"' => {
                    self.take(View::Code);
                    break;
                }
                _ => self.take(View::Neither),
            }
        }
    }

    /// How many `#` the raw string that may start here has.
    fn raw_hashes(&self) -> Option<usize> {
        let hashes = (1..)
            .take_while(|ahead| self.peek(*ahead) == Some('#'))
            .count();
        (self.peek(hashes + 1) == Some('"')).then_some(hashes)
    }

    fn raw_string(&mut self) {
        let hashes = self.raw_hashes().unwrap_or(0);
        for _ in 0..hashes + 2 {
            self.take(View::Code);
        }
        while self.peek(0).is_some() {
            let closes = self.peek(0) == Some('"')
                && (1..=hashes).all(|ahead| self.peek(ahead) == Some('#'));
            if closes {
                for _ in 0..=hashes {
                    self.take(View::Code);
                }
                break;
            }
            self.take(View::Neither);
        }
    }

    /// A character literal, or the tick of a lifetime.
    fn quote(&mut self) {
        let literal = self.peek(1) == Some('\\') || self.peek(2) == Some('\'');
        self.take(View::Code);
        if !literal {
            return;
        }
        while let Some(character) = self.peek(0) {
            match character {
                '\\' => {
                    self.take(View::Neither);
                    self.take(View::Neither);
                }
                '\'' => {
                    self.take(View::Code);
                    break;
                }
                _ => self.take(View::Neither),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_strings_are_no_code() {
        let seen = views("let a = \"diesel\"; // diesel\n/* diesel /* nested */ */ let b;");
        assert!(!seen.code.contains("diesel"));
        assert!(seen.code.contains("let b;"));
        assert_eq!(seen.comments.matches("diesel").count(), 2);
    }

    #[test]
    fn raw_strings_and_escapes_end_where_they_end() {
        let seen = views("a(r#\"x \" y\"#, \"\\\"\", '\"', b'\\'', br\"z\"); diesel");
        assert!(seen.code.ends_with("); diesel"), "{}", seen.code);
    }

    #[test]
    fn a_lifetime_is_no_character() {
        let seen = views("fn f<'a>(x: &'a str) { diesel(x) }");
        assert!(seen.code.contains("diesel"));
    }

    #[test]
    fn every_line_stays_where_it_was() {
        let text = "a\n\"b\nc\" // d\n/* e\nf */\n";
        let seen = views(text);
        assert_eq!(seen.code.lines().count(), text.lines().count());
        assert_eq!(seen.comments.lines().count(), text.lines().count());
    }
}
