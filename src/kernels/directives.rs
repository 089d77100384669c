//! Directives of the kernels' source files, in comments.
//!
//! A kernel's registers are arrays, and those stay registers only where every index is a constant. WGSL has no way to say that
//! a loop is to be unrolled, so the files say it: the lines between `//@ unroll r ROWS` and `//@ end` are written once for each
//! number below the constant ROWS, with the number in place of `$r`; those between `//@ if ROWS` and `//@ end` are left out
//! where the constant is 0. Names in upper case are constants: of the kernel's specialisation, or declared by one of its files.

use std::collections::HashSet;

use crate::{Error, Result};

/// A file of WGSL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SourceFile {
    /// Its name, for messages.
    pub name: &'static str,
    pub text: &'static str,
}

/// The [`SourceFile`] of that name in the folder of the Rust file that asks for it.
macro_rules! wgsl {
    ($name:literal) => {
        $crate::kernels::SourceFile { name: $name, text: include_str!($name) }
    };
}

pub(crate) use wgsl;

/// Appends the files to `source` with their directives carried out.
///
/// # Errors
/// A GPU error that names file and line: for an unknown directive, a block that is not closed or closed twice, and a constant
/// or a variable of an unrolled loop that there is not.
pub fn expand(files: &[SourceFile], constants: &[(&str, u32)], source: &mut String) -> Result<()> {
    let mut names: HashSet<&str> = constants.iter().map(|(name, _)| *name).collect();
    for line in files.iter().flat_map(|file| file.text.lines()) {
        names.extend(line.trim_start().strip_prefix("const ").and_then(|rest| words(rest).next()));
    }
    for file in files {
        let lines: Vec<Line> = file.text.lines().zip(1..).map(|(text, number)| (number, text.to_string())).collect();
        Expansion { file, constants, names: &names }.append(&lines, source)?;
    }
    Ok(())
}

/// A line with its number in the file, which stays the same wherever the line is repeated.
type Line = (usize, String);

struct Expansion<'a> {
    file: &'a SourceFile,
    constants: &'a [(&'a str, u32)],
    /// Of all constants, those that the files declare themselves among them.
    names: &'a HashSet<&'a str>,
}

impl Expansion<'_> {
    fn append(&self, lines: &[Line], source: &mut String) -> Result<()> {
        let mut at = 0;
        while at < lines.len() {
            let (number, text) = &lines[at];
            let Some(directive) = directive(text) else {
                self.check(*number, text)?;
                source.push_str(text);
                source.push('\n');
                at += 1;
                continue;
            };
            let unknown = || {
                self.error("a directive `unroll VARIABLE COUNT`, `if CONSTANT` or `end` in its place", text, *number)
            };
            let (end, body) = match directive.as_slice() {
                ["unroll", ..] | ["if", ..] => self.block(lines, at)?,
                _ => return Err(unknown()),
            };
            match directive.as_slice() {
                ["unroll", variable, count] => {
                    for i in 0..self.constant(count, *number)? {
                        let name = format!("${variable}");
                        let body: Vec<Line> =
                            body.iter().map(|(number, text)| (*number, text.replace(&name, &i.to_string()))).collect();
                        self.append(&body, source)?;
                    }
                }
                ["if", condition] => {
                    if self.constant(condition, *number)? != 0 {
                        self.append(body, source)?;
                    }
                }
                _ => return Err(unknown()),
            }
            at = end + 1;
        }
        Ok(())
    }

    /// Where the block ends that the directive at line `start` begins, and what is in it.
    fn block<'l>(&self, lines: &'l [Line], start: usize) -> Result<(usize, &'l [Line])> {
        let mut depth = 0;
        for (at, (_, text)) in lines.iter().enumerate().skip(start) {
            match directive(text).as_deref() {
                Some(["end"]) => depth -= 1,
                Some(_) => depth += 1,
                None => {}
            }
            if depth == 0 {
                return Ok((at, &lines[start + 1..at]));
            }
        }
        let (number, text) = &lines[start];
        Err(self.error("an `//@ end` for every block", &format!("none for {}", text.trim()), *number))
    }

    fn constant(&self, name: &str, number: usize) -> Result<u32> {
        let found = self.constants.iter().find(|(other, _)| *other == name);
        found.map(|(_, value)| *value).ok_or_else(|| self.error("a constant of the kernel", name, number))
    }

    /// Checks a line of code: no name of a constant or of an unrolled loop's variable stands for nothing.
    fn check(&self, number: usize, text: &str) -> Result<()> {
        let code = text.split("//").next().unwrap_or_default();
        if let Some(at) = code.find('$') {
            let found = &code[at..(at + 2).min(code.len())];
            return Err(self.error("the variable of an unrolled loop", found, number));
        }
        let is_constant = |word: &&str| {
            word.len() > 1
                && word.starts_with(|c: char| c.is_ascii_uppercase())
                && word.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
        };
        match words(code).filter(is_constant).find(|word| !self.names.contains(word)) {
            Some(unknown) => Err(self.error("a constant of the kernel", unknown, number)),
            None => Ok(()),
        }
    }

    fn error(&self, expected: &str, found: &str, number: usize) -> Error {
        Error::gpu(expected, format!("{} in {}:{number}", found.trim(), self.file.name))
    }
}

/// The words of a line that is a directive.
fn directive(line: &str) -> Option<Vec<&str>> {
    Some(line.trim_start().strip_prefix("//@")?.split_whitespace().collect())
}

/// Identifiers and numbers.
fn words(code: &str) -> impl Iterator<Item = &str> {
    code.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expanded(text: &'static str, constants: &[(&str, u32)]) -> Result<String> {
        let mut source = String::new();
        expand(&[SourceFile { name: "test.wgsl", text }], constants, &mut source)?;
        Ok(source)
    }

    fn error(text: &'static str) -> String {
        expanded(text, &[("ROWS", 2)]).unwrap_err().to_string()
    }

    #[test]
    fn a_loop_is_written_out_as_often_as_its_constant_says() {
        assert_eq!(
            expanded("//@ unroll r ROWS\nx[$ru]\n//@ end\ny", &[("ROWS", 3)]).unwrap(),
            "x[0u]\nx[1u]\nx[2u]\ny\n"
        );
    }

    #[test]
    fn loops_nest() {
        let file = "//@ unroll r A\n//@ unroll c B\n$r$c\n//@ end\n//@ end";
        assert_eq!(expanded(file, &[("A", 2), ("B", 2)]).unwrap(), "00\n01\n10\n11\n");
    }

    #[test]
    fn a_block_stays_where_its_constant_is_not_0() {
        let file = "//@ if A\na\n//@ end\n//@ if B\nb\n//@ end";
        assert_eq!(expanded(file, &[("A", 1), ("B", 0)]).unwrap(), "a\n");
    }

    #[test]
    fn a_mistyped_directive_is_an_error_with_its_line() {
        let found = error("let a = 1;\n//@ unrol r ROWS\nx[$ru]\n//@ end");
        assert!(found.ends_with("found //@ unrol r ROWS in test.wgsl:2"), "{found}");
        let found = error("//@unroll r\n//@ end");
        assert!(found.ends_with("found //@unroll r in test.wgsl:1"), "{found}");
    }

    #[test]
    fn a_mistyped_directive_within_a_loop_is_an_error_with_its_line_in_the_file() {
        let found = error("//@ unroll r ROWS\nx\n//@ iff ROWS\ny\n//@ end\n//@ end");
        assert!(found.ends_with("found //@ iff ROWS in test.wgsl:3"), "{found}");
    }

    #[test]
    fn an_end_too_many_is_an_error_with_its_line() {
        let found = error("//@ if ROWS\na\n//@ end\n//@ end");
        assert!(found.ends_with("found //@ end in test.wgsl:4"), "{found}");
    }

    #[test]
    fn a_missing_end_is_an_error_with_the_line_of_its_block() {
        let found = error("a\n//@ if ROWS\nb");
        assert!(found.ends_with("found none for //@ if ROWS in test.wgsl:2"), "{found}");
    }

    #[test]
    fn an_unknown_constant_in_a_directive_is_an_error_with_its_line() {
        let found = error("a\n//@ unroll r ROWZ\nb\n//@ end");
        assert!(found.ends_with("found ROWZ in test.wgsl:2"), "{found}");
    }

    #[test]
    fn an_unknown_constant_in_code_is_an_error_with_its_line() {
        let found = error("// ROWZ in a comment\nlet a = ROWS;\nlet b = ROWZ + 0x0Fu;");
        assert!(found.ends_with("found ROWZ in test.wgsl:3"), "{found}");
    }

    #[test]
    fn a_constant_that_a_file_declares_is_known() {
        assert_eq!(expanded("const UNIT: f32 = 1.0;\nx * UNIT", &[]).unwrap(), "const UNIT: f32 = 1.0;\nx * UNIT\n");
    }

    #[test]
    fn a_variable_of_no_loop_is_an_error_with_its_line() {
        let found = error("//@ unroll r ROWS\nx[$ru]\ny[$c]\n//@ end");
        assert!(found.ends_with("found $c in test.wgsl:3"), "{found}");
    }
}
