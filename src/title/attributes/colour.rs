//! The reader of colours: words of ten languages (`data/colours.tsv`) and the basic colours that they name.

use std::fmt;
use std::sync::LazyLock;

use super::tokens::Tokens;
use super::word_list::WordList;
use crate::sort::sorted_by;
use Colour::*;

/// A basic colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Colour {
    Black,
    White,
    Grey,
    Silver,
    Gold,
    RoseGold,
    Red,
    Pink,
    Orange,
    Yellow,
    Green,
    Blue,
    Purple,
    Brown,
    Beige,
}

impl Colour {
    /// The colour's English name in small letters.
    pub fn name(self) -> &'static str {
        match self {
            Black => "black",
            White => "white",
            Grey => "grey",
            Silver => "silver",
            Gold => "gold",
            RoseGold => "rose gold",
            Red => "red",
            Pink => "pink",
            Orange => "orange",
            Yellow => "yellow",
            Green => "green",
            Blue => "blue",
            Purple => "purple",
            Brown => "brown",
            Beige => "beige",
        }
    }

    /// The colour that a word names, folded as by [`words`](crate::title::words::words).
    pub fn of_word(word: &str) -> Option<Colour> {
        if word.len() < MIN_BYTES { None } else { lookup(word) }
    }

    fn parse(name: &str) -> Option<Colour> {
        ALL.into_iter().find(|colour| colour.name() == name)
    }
}

const ALL: [Colour; 15] =
    [Black, White, Grey, Silver, Gold, RoseGold, Red, Pink, Orange, Yellow, Green, Blue, Purple, Brown, Beige];

impl fmt::Display for Colour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

const TEXT: &str = include_str!("data/colours.tsv");

static WORDS: LazyLock<WordList<Colour>> = LazyLock::new(|| WordList::read(TEXT, Colour::parse));

/// Bytes of the shortest word in the list.
const MIN_BYTES: usize = 3;

/// The colours of a title in the order of [`Colour`], each once; their tokens are consumed.
pub(super) fn read(tokens: &mut Tokens) -> Vec<Colour> {
    let mut colours = Vec::new();
    for at in 0..tokens.len() {
        if let Some(colour) = colour_at(tokens, at) {
            colours.push(colour);
            tokens.consume(at, at);
        }
    }
    let mut colours = sorted_by(colours, Colour::cmp);
    colours.dedup();
    colours
}

fn colour_at(tokens: &Tokens, at: usize) -> Option<Colour> {
    let key = tokens.key(at);
    if key.len() < MIN_BYTES {
        return None;
    }
    let colour = lookup(key).or_else(|| misspelt(key))?;
    let next = if matches!(tokens.symbol(at + 1), Some('-' | '&')) { at + 2 } else { at + 1 };
    let brand = match (key, tokens.key(next)) {
        ("blu", "ray") => true,
        ("black", "decker") | ("red", "eye") => true,
        ("black", "and") => tokens.key(next + 1) == "decker",
        ("braun", _) => at == 0,
        ("blanc", _) => tokens.key_before(at) == "mont",
        _ => false,
    };
    if brand || tokens.continues(at) || tokens.follows_letters(at) {
        return None;
    }
    Some(match (tokens.key_before(at), key, tokens.key(next)) {
        ("rose" | "rosa", "gold" | "oro", _) => RoseGold,
        ("rosa", _, _) if colour == Gold => RoseGold,
        (_, "merah", "muda") => Pink,
        (_, "rosa", "gold" | "oro") => return None,
        _ => colour,
    })
}

/// The colour of a word's key. German and Dutch compounds begin with a shade: `dunkelblau`.
pub(super) fn lookup(key: &str) -> Option<Colour> {
    let shade = ["dunkel", "hell", "donker", "licht"].iter().find_map(|shade| key.strip_prefix(shade));
    WORDS.get(key).or_else(|| WORDS.get(shade?))
}

/// The English colour of which a word is a typing error: two inner letters transposed, one left out or doubled. A substituted
/// letter too often makes another word (block, while, Greek), as do a few of the other errors.
fn misspelt(key: &str) -> Option<Colour> {
    const SPELT: [(&str, Colour); 13] = [
        ("black", Black),
        ("white", White),
        ("grey", Grey),
        ("gray", Grey),
        ("silver", Silver),
        ("orange", Orange),
        ("yellow", Yellow),
        ("green", Green),
        ("blue", Blue),
        ("purple", Purple),
        ("brown", Brown),
        ("beige", Beige),
        ("pink", Pink),
    ];
    const OTHER_WORDS: [&str; 3] = ["back", "sliver", "gren"];
    if key.len() < 4 || !key.is_ascii() || OTHER_WORDS.contains(&key) {
        return None;
    }
    SPELT.iter().find(|(word, _)| is_typing_error(key.as_bytes(), word.as_bytes())).map(|(_, colour)| *colour)
}

/// Whether `written` is `word` with one typing error that keeps its first and last letters.
fn is_typing_error(written: &[u8], word: &[u8]) -> bool {
    let ends = written.first() == word.first() && written.last() == word.last();
    let same = word.iter().zip(written).take_while(|(a, b)| a == b).count();
    ends && match written.len() as isize - word.len() as isize {
        -1 => word[same + 1..] == written[same..],
        1 => written[same] == written[same - 1] && word[same..] == written[same + 1..],
        0 => {
            same + 1 < word.len()
                && written[same] == word[same + 1]
                && written[same + 1] == word[same]
                && written[same + 2..] == word[same + 2..]
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::title::attributes::word_list::problems;

    #[test]
    fn every_line_of_the_colour_list_is_read_and_each_word_stands_once() {
        assert_eq!(problems(TEXT, true, Colour::parse), [""; 0]);
    }

    #[test]
    fn every_colour_is_found_by_its_own_name_and_no_word_is_shorter_than_the_shortest() {
        for colour in ALL {
            assert_eq!(lookup(&colour.name().replace(' ', "")), Some(colour));
        }
        let words = TEXT.lines().filter(|line| !line.starts_with('#')).flat_map(|line| line.split(['\t', ' ']));
        assert_eq!(words.map(str::len).min(), Some(MIN_BYTES));
    }

    #[test]
    fn colours_are_read_in_many_languages() {
        for (title, expected) in [
            ("Weißes Hemd mit schwarzem Kragen, schwarz", vec![Black, White]),
            ("Zapatos rojos para mujer", vec![Red]),
            ("Kaos polos HITAM putih", vec![Black, White]),
            ("baju merah muda", vec![Pink]),
            ("KIRMIZI elbise", vec![Red]),
            ("kırmızı elbise", vec![Red]),
            ("sukienka żółta", vec![Yellow]),
            ("iPhone 15 黑色 128GB", vec![Black]),
            ("ワイヤレスマウス ブラック", vec![Black]),
            ("Футболка чёрная, серия 5", vec![Black]),
            ("قميص أزرق", vec![Blue]),
            ("Dunkelblaue Jeans", vec![Blue]),
            ("iPhone 13 Rose Gold", vec![RoseGold]),
            ("Galaxy in Roségold", vec![RoseGold]),
            ("navy blue and grey hoodie", vec![Grey, Blue]),
        ] {
            assert_eq!(read(&mut Tokens::of(title)), expected, "{title}");
        }
    }

    #[test]
    fn a_typing_error_is_still_the_colour_and_another_word_is_none() {
        for (written, colour) in
            [("balck", Black), ("gary", Grey), ("ornage", Orange), ("purpple", Purple), ("wite", White)]
        {
            assert_eq!(misspelt(written), Some(colour), "{written}");
        }
        for word in ["block", "while", "greek", "back", "range", "pin", "grew", "brow", "blues", "whites"] {
            assert_eq!(misspelt(word), None, "{word}");
        }
    }

    #[test]
    fn names_that_contain_colour_words_are_not_read() {
        for title in
            ["sony blu-ray player", "Black & Decker drill", "Braun Series 9", "rose water", "2 or 3", "Mont Blanc pen"]
        {
            assert_eq!(read(&mut Tokens::of(title)), [], "{title}");
        }
    }
}
