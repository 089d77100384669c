//! Numbers as titles have them, in the notations of several languages: `1,5`, `1.000`, `950 000`, `2-1/2`, `10.4.6`.

/// A number; its separators may leave two values possible.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Number {
    /// As in English notation; 0 for more than 15 digits.
    pub value: f64,
    /// The other possible value where three digits follow one `.` or `,`: `1.500` is 1500 grams but 1.5 litres.
    pub other: Option<f64>,
    pub form: Form,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// Digits only, this many.
    Integer(usize),
    /// With this many digits after the decimal separator.
    Decimal(usize),
    /// With separators between thousands.
    Grouped,
    Fraction,
    /// Several points, as in a version: the value has the first two parts.
    Dotted,
}

const MAX_DIGITS: usize = 15;
/// Most bytes of a number of several parts: more of them are a list, and reading to its end from each of its numbers would
/// take time with the square of its length.
const MAX_BYTES: usize = 64;

impl Number {
    fn new(value: f64, form: Form) -> Number {
        Number { value, other: None, form }
    }

    /// The value where it is a whole number written in digits alone, otherwise none.
    pub fn integer(&self) -> Option<u32> {
        (matches!(self.form, Form::Integer(_)) && self.value < 1e9).then_some(self.value as u32)
    }

    /// The number at the start of `text`, which begins with an ASCII digit, and its length in bytes.
    pub fn scan(text: &str) -> (Number, usize) {
        let first = digits(text);
        if let Some((fraction, length)) = fraction(text, first) {
            return (Number::new(fraction, Form::Fraction), length);
        }
        if let Some(length) = spaced_thousands(text, first) {
            return (Number::new(value(text[..length].bytes()), Form::Grouped), length);
        }
        let plain = Number::new(value(text[..first].bytes()), Form::Integer(first));
        let Some((point, second)) = part(&text[first..]) else {
            return (plain, first);
        };
        let two = first + point.len() + second;
        let decimal = decimal(&text[..first], &text[two - second..two]);
        let groupable = second == 3 && (1..=3).contains(&first) && !text.starts_with('0');
        let Some((next, third)) = part(&text[two..]) else {
            let mut number = Number::new(decimal, Form::Decimal(second));
            if groupable {
                number.other = Some(value(text[..two].bytes()));
                if point == "," {
                    number = Number { value: number.other.unwrap_or(0.0), other: Some(decimal), form: Form::Grouped };
                }
            }
            return (number, two);
        };
        let Some(length) = all_parts(text, two) else {
            return (plain, first);
        };
        let groups = text[..length].split(['.', ',']).skip(1).all(|group| group.len() == 3);
        let alike = text[first..length].bytes().all(|byte| byte.is_ascii_digit() || point.as_bytes() == [byte]);
        if groupable && groups && alike {
            return (Number::new(value(text[..length].bytes()), Form::Grouped), length);
        }
        if groupable && next != point && length == two + next.len() + third {
            let whole: String = text[..two].chars().filter(char::is_ascii_digit).collect();
            return (Number::new(self::decimal(&whole, &text[length - third..length]), Form::Decimal(third)), length);
        }
        match alike && point == "." {
            true => (Number::new(decimal, Form::Dotted), length),
            false => (plain, first),
        }
    }
}

fn digits(text: &str) -> usize {
    text.bytes().take_while(u8::is_ascii_digit).count()
}

/// All digits of `bytes` as one number, 0 where they are too many.
fn value(bytes: impl Iterator<Item = u8>) -> f64 {
    let mut digits = bytes.filter(u8::is_ascii_digit).skip_while(|&digit| digit == b'0');
    let value = digits.by_ref().take(MAX_DIGITS).fold(0.0, |value, digit| value * 10.0 + f64::from(digit - b'0'));
    if digits.next().is_some() { 0.0 } else { value }
}

fn decimal(whole: &str, part: &str) -> f64 {
    match whole.len() + part.len() <= MAX_DIGITS {
        true => value(whole.bytes().chain(part.bytes())) / 10f64.powi(part.len() as i32),
        false => 0.0,
    }
}

/// A separator with digits after it: the separator and the number of digits. Tokenised text has `3 .0` for `3.0`.
fn part(text: &str) -> Option<(&str, usize)> {
    let point = if text.starts_with(" .") { 2 } else { 1 };
    let separator = text.get(..point).filter(|s| matches!(*s, "." | "," | " ."))?;
    match digits(&text[point..]) {
        0 => None,
        n => Some((separator, n)),
    }
}

/// The length of all parts of a number whose first two have that `length`; `None` past [`MAX_BYTES`].
fn all_parts(text: &str, mut length: usize) -> Option<usize> {
    while let Some((separator, n)) = part(&text[length..]).filter(|(separator, _)| separator.len() == 1) {
        length += separator.len() + n;
        if length > MAX_BYTES {
            return None;
        }
    }
    Some(length)
}

/// The length of `950 000`; a group other than `000` may be a number of its own, as in `iphone 12 128 gb`.
fn spaced_thousands(text: &str, first: usize) -> Option<usize> {
    if first > 3 || text.starts_with('0') {
        return None;
    }
    let mut length = first;
    while text[length..].starts_with(" 000") && digits(&text[length + 1..]) == 3 {
        length += 4;
    }
    (length > first).then_some(length)
}

/// `1/2`, `2-1/2`, `2 1/2`, and `21⁄2`, which NFKC makes of `2½`.
fn fraction(text: &str, first: usize) -> Option<(f64, usize)> {
    let after = &text[first..];
    if after.starts_with('⁄') {
        let below = first + '⁄'.len_utf8();
        let n = digits(&text[below..]);
        let (whole, above) = (value(text[..first - 1].bytes()), value(text[first - 1..first].bytes()));
        let under = value(text[below..below + n].bytes());
        return (under > 0.0 && n <= 2).then(|| (whole + above / under, below + n));
    }
    if let Some(part) = simple_fraction(text) {
        return Some(part);
    }
    let rest = after.strip_prefix(['-', ' '])?;
    let (part, length) = simple_fraction(rest)?;
    Some((value(text[..first].bytes()) + part, first + 1 + length))
}

fn simple_fraction(text: &str) -> Option<(f64, usize)> {
    let above = digits(text);
    let rest = text[above..].strip_prefix('/')?;
    let below = digits(rest);
    let (over, under) = (value(text[..above].bytes()), value(rest[..below].bytes()));
    let inch_part = matches!(under as u32, 2 | 3 | 4 | 8 | 16 | 32 | 64);
    let ends = !rest[below..].starts_with('/');
    (inch_part && ends && over > 0.0 && over < under).then_some((over / under, above + 1 + below))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn separators_are_read_in_the_notations_of_several_languages() {
        for (text, value, other, length) in [
            ("400ml", 400.0, None, 3),
            ("1,5 l", 1.5, None, 3),
            ("1.5l", 1.5, None, 3),
            ("1,000 g", 1000.0, Some(1.0), 5),
            ("1.500 g", 1.5, Some(1500.0), 5),
            ("0,750 l", 0.75, None, 5),
            ("1,234.5 kg", 1234.5, None, 7),
            ("1.234,5 kg", 1234.5, None, 7),
            ("1.000.000", 1e6, None, 9),
            ("950 000 clips", 950_000.0, None, 7),
            ("12 128 gb", 12.0, None, 2),
            ("3 .0 ( mac )", 3.0, None, 4),
            ("10.4.6 tiger", 10.4, None, 6),
            ("36,37,38", 36.0, None, 2),
            ("2-1/2 '", 2.5, None, 5),
            ("1/2 inch", 0.5, None, 3),
            ("33-1/3 rpm", 33.0 + 1.0 / 3.0, None, 6),
            ("21⁄2 in", 2.5, None, 6),
            ("10/100base", 10.0, None, 2),
            ("1111111111111111111111111111", 0.0, None, 28),
        ] {
            let (number, read) = Number::scan(text);
            assert!((number.value - value).abs() < 1e-9 && number.other == other, "{text}: {number:?}");
            assert_eq!(read, length, "{text}");
        }
    }

    #[test]
    fn a_list_is_read_number_by_number_without_looking_to_its_end() {
        for list in ["1.2.3,4,", "36,", "1,000,", "1.1,"].map(|part| part.repeat(500)) {
            assert_eq!(Number::scan(&list), Number::scan(&list[..MAX_BYTES * 2]), "{}", &list[..8]);
            assert!(Number::scan(&list).1 <= MAX_BYTES, "{}", &list[..8]);
        }
    }
}
