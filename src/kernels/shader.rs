//! Puts the source of a GPU kernel together: constants, the prelude, the kernel's own files, and its loops written out.
//!
//! A kernel's registers are arrays, and those stay registers only where every index is a constant. WGSL has no way to say that
//! a loop is to be unrolled, so the files say it in comments: the lines between `//@ unroll r ROWS` and `//@ end` are written
//! once for each number below the constant ROWS, with the number in place of `$r`; those between `//@ if ROWS` and `//@ end`
//! are left out where the constant is 0.

use std::fmt::Write;

const PRELUDE: &str = include_str!("prelude.wgsl");

/// A kernel's source with the constants it is specialised for.
#[derive(Debug, Clone, PartialEq)]
pub struct Shader {
    pub name: &'static str,
    pub constants: Vec<(&'static str, u32)>,
    pub files: &'static [&'static str],
}

impl Shader {
    /// What tells one specialisation from another, as the label of its pipeline.
    pub fn label(&self) -> String {
        let mut label = self.name.to_string();
        for (name, value) in &self.constants {
            // Writing to a string cannot fail.
            let _ = write!(label, " {name}={value}");
        }
        label
    }

    /// The source.
    pub fn wgsl(&self) -> String {
        let mut source = String::new();
        for (name, value) in &self.constants {
            let _ = writeln!(source, "const {name}: u32 = {value}u;");
        }
        for file in [PRELUDE].iter().chain(self.files) {
            self.expand(&file.lines().map(str::to_string).collect::<Vec<_>>(), &mut source);
        }
        source
    }

    fn expand(&self, lines: &[String], source: &mut String) {
        let mut at = 0;
        while at < lines.len() {
            let Some(directive) = directive(&lines[at]) else {
                source.push_str(&lines[at]);
                source.push('\n');
                at += 1;
                continue;
            };
            let end = end_of_block(lines, at);
            let body = &lines[at + 1..end.min(lines.len())];
            match directive.as_slice() {
                ["unroll", variable, count] => {
                    for i in 0..self.constant(count) {
                        let name = format!("${variable}");
                        let body: Vec<String> = body.iter().map(|l| l.replace(&name, &i.to_string())).collect();
                        self.expand(&body, source);
                    }
                }
                ["if", condition] if self.constant(condition) == 0 => {}
                _ => self.expand(body, source),
            }
            at = end + 1;
        }
    }

    fn constant(&self, name: &str) -> u32 {
        self.constants.iter().find(|(other, _)| *other == name).map_or(0, |(_, value)| *value)
    }
}

/// The words of a line that is a directive.
fn directive(line: &str) -> Option<Vec<&str>> {
    Some(line.trim_start().strip_prefix("//@ ")?.split_whitespace().collect())
}

/// The line that ends the block which the directive at line `start` begins.
fn end_of_block(lines: &[String], start: usize) -> usize {
    let mut depth = 0;
    for (at, line) in lines.iter().enumerate().skip(start) {
        match directive(line).as_deref() {
            Some(["end"]) => depth -= 1,
            Some(_) => depth += 1,
            None => {}
        }
        if depth == 0 {
            return at;
        }
    }
    lines.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expanded(file: &'static str, constants: &[(&'static str, u32)]) -> String {
        let shader = Shader { name: "test", constants: constants.to_vec(), files: &[] };
        let mut source = String::new();
        shader.expand(&file.lines().map(str::to_string).collect::<Vec<_>>(), &mut source);
        source
    }

    #[test]
    fn a_loop_is_written_out_as_often_as_its_constant_says() {
        assert_eq!(expanded("//@ unroll r ROWS\nx[$ru]\n//@ end\ny", &[("ROWS", 3)]), "x[0u]\nx[1u]\nx[2u]\ny\n");
    }

    #[test]
    fn loops_nest() {
        let file = "//@ unroll r A\n//@ unroll c B\n$r$c\n//@ end\n//@ end";
        assert_eq!(expanded(file, &[("A", 2), ("B", 2)]), "00\n01\n10\n11\n");
    }

    #[test]
    fn a_block_stays_where_its_constant_is_not_0() {
        let file = "//@ if A\na\n//@ end\n//@ if B\nb\n//@ end";
        assert_eq!(expanded(file, &[("A", 1), ("B", 0)]), "a\n");
    }
}
