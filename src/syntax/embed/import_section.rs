//! How much of a Go file `go/build` hands to its parser: all up to the first declaration that is not an import, so
//! that faults further down do not matter.
//!
//! Source: `importReader` and `readGoInfo` in `go/build/read.go`.

/// The part of a file that is parsed for its imports: all of it where the reader loses its way. `None` if the reader
/// meets a NUL byte. `text` is without a byte order mark.
pub(super) fn import_section(text: &[u8]) -> Option<&[u8]> {
    let mut reader = ByteReader { text, at: 0, peeked: 0, at_end: false, fault: None };
    reader.file();
    match reader.fault {
        Some(ReadStop::Nul) => None,
        Some(ReadStop::Syntax) => Some(text),
        None if reader.at_end => Some(text),
        // It has read one byte more to know that it is done.
        None => Some(&text[..reader.at - 1]),
    }
}

/// Why reading stopped.
#[derive(Clone, Copy, PartialEq, Eq)]
enum ReadStop {
    Syntax,
    Nul,
}

/// A reader that stops at the first fault, and then gives zeros.
struct ByteReader<'a> {
    text: &'a [u8],
    at: usize,
    /// The byte that was looked at and not yet taken; 0 if there is none.
    peeked: u8,
    at_end: bool,
    fault: Option<ReadStop>,
}

impl ByteReader<'_> {
    fn file(&mut self) {
        self.keyword("package");
        self.identifier();
        while self.peek_token() == b'i' {
            self.keyword("import");
            if self.peek_token() != b'(' {
                self.import();
                continue;
            }
            self.take();
            while self.peek_token() != b')' && self.fault.is_none() {
                self.import();
            }
            self.take();
        }
    }

    /// Reads an optional name and a string.
    fn import(&mut self) {
        match self.peek_token() {
            b'.' => self.peeked = 0,
            byte if is_identifier(byte) => self.identifier(),
            _ => {}
        }
        self.string();
    }

    fn keyword(&mut self, keyword: &str) {
        self.peek_token();
        if keyword.bytes().any(|byte| self.take() != byte) || is_identifier(self.peek()) {
            self.lose_way();
        }
    }

    fn identifier(&mut self) {
        if !is_identifier(self.peek_token()) {
            return self.lose_way();
        }
        while is_identifier(self.peek()) {
            self.peeked = 0;
        }
    }

    fn string(&mut self) {
        self.peek_token();
        let quote = self.take();
        if !matches!(quote, b'`' | b'"') {
            return self.lose_way();
        }
        while self.fault.is_none() {
            let byte = self.take();
            if byte == quote {
                return;
            }
            if self.at_end || byte == b'\n' && quote == b'"' {
                self.lose_way();
            }
            if byte == b'\\' && quote == b'"' {
                self.take();
            }
        }
    }

    fn lose_way(&mut self) {
        self.fault.get_or_insert(ReadStop::Syntax);
    }

    /// Takes the next byte, which [`Self::peek`] or [`Self::peek_token`] may have looked at.
    fn take(&mut self) -> u8 {
        let byte = self.peek();
        self.peeked = 0;
        byte
    }

    /// The next byte.
    fn peek(&mut self) -> u8 {
        if self.fault.is_some() {
            return 0;
        }
        if self.peeked == 0 {
            self.peeked = self.read();
        }
        self.peeked
    }

    /// The next byte that is not part of white space, a comment or a semicolon.
    fn peek_token(&mut self) -> u8 {
        let mut byte = self.peek();
        while self.fault.is_none() && !self.at_end {
            match byte {
                b' ' | b'\x0c' | b'\t' | b'\r' | b'\n' | b';' => {}
                b'/' => self.comment(),
                _ => break,
            }
            byte = self.read();
        }
        self.peeked = byte;
        byte
    }

    /// Reads a comment whose first slash was read.
    fn comment(&mut self) {
        match self.read() {
            b'/' => while self.read() != b'\n' && self.fault.is_none() && !self.at_end {},
            b'*' => {
                let (mut last, mut byte) = (0, self.read());
                while (last, byte) != (b'*', b'/') && self.fault.is_none() {
                    if self.at_end {
                        self.lose_way();
                    }
                    (last, byte) = (byte, self.read());
                }
            }
            _ => self.lose_way(),
        }
    }

    /// Reads a byte of the text; 0 at its end, which is no fault yet.
    fn read(&mut self) -> u8 {
        match self.text.get(self.at) {
            Some(0) => {
                self.at += 1;
                self.fault.get_or_insert(ReadStop::Nul);
                0
            }
            Some(&byte) => {
                self.at += 1;
                byte
            }
            None => {
                self.at_end = true;
                0
            }
        }
    }
}

fn is_identifier(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || !byte.is_ascii()
}
