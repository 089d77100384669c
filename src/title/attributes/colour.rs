//! Colour words of ten languages and the basic colours that they name.

use std::fmt;

use super::words::Tokens;
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
}

impl fmt::Display for Colour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Bytes of the shortest word in the list.
const SHORTEST: usize = 3;

/// The colours of a title in the order of [`Colour`], each once.
pub(super) fn read(tokens: &Tokens) -> Vec<Colour> {
    let mut colours: Vec<Colour> = (0..tokens.len()).filter_map(|at| colour_at(tokens, at)).collect();
    colours.sort_unstable();
    colours.dedup();
    colours
}

fn colour_at(tokens: &Tokens, at: usize) -> Option<Colour> {
    let key = tokens.key(at);
    if key.len() < SHORTEST {
        return None;
    }
    let colour = lookup(key).or_else(|| misspelt(key))?;
    let next = if matches!(tokens.sign(at + 1), Some('-' | '&')) { at + 2 } else { at + 1 };
    let brand = match (key, tokens.key(next)) {
        ("blu", "ray") => true,
        ("black", "decker") | ("red", "eye") => true,
        ("black", "and") => tokens.key(next + 1) == "decker",
        ("braun", _) => at == 0,
        ("blanc", _) => tokens.key_before(at) == "mont",
        _ => false,
    };
    if brand || tokens.runs_on(at) || tokens.hangs_on(at) {
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

/// The colour of a word's key. German and Dutch glue light and dark to the word.
pub(super) fn lookup(key: &str) -> Option<Colour> {
    let find = |key: &str| WORDS.binary_search_by_key(&key, |&(word, _)| word).ok().map(|at| WORDS[at].1);
    if key == "rosegold" {
        return Some(RoseGold);
    }
    let shade = ["dunkel", "hell", "donker", "licht"].iter().find_map(|shade| key.strip_prefix(shade));
    find(key).or_else(|| find(shade?))
}

/// The English colour of which a word is a slip of the fingers: two inner letters swapped, one left out or doubled. Another
/// letter makes another word too often (block, while, Greek), as do a few of the slips themselves.
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
    SPELT.iter().find(|(word, _)| is_slip(key.as_bytes(), word.as_bytes())).map(|(_, colour)| *colour)
}

/// Whether `written` is `word` with one inner slip.
fn is_slip(written: &[u8], word: &[u8]) -> bool {
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

/// Sorted by the word's key. Words that mean something else as often are missing: `rose`, `or`, `olive`, `lavender`, `mint`,
/// `cream`, `café`.
#[rustfmt::skip]
static WORDS: &[(&str, Colour)] = &[
    ("abu", Grey), ("altin", Gold), ("altın", Gold), ("amarela", Yellow), ("amarelas", Yellow), ("amarelo", Yellow),
    ("amarelos", Yellow), ("amarilla", Yellow), ("amarillas", Yellow), ("amarillo", Yellow), ("amarillos", Yellow),
    ("anthracite", Grey), ("anthrazit", Grey), ("arancione", Orange), ("arancioni", Orange), ("argentato", Silver),
    ("argente", Silver), ("argentee", Silver), ("argento", Silver), ("azuis", Blue), ("azul", Blue), ("azules", Blue),
    ("azzurra", Blue), ("azzurri", Blue), ("azzurro", Blue), ("bege", Beige), ("beige", Beige), ("bej", Beige),
    ("beyaz", White), ("bezowa", Beige), ("bezowe", Beige), ("bezowy", Beige), ("biala", White), ("biale", White),
    ("bialy", White), ("bianca", White), ("bianche", White), ("bianchi", White), ("bianco", White), ("biru", Blue),
    ("black", Black), ("blanc", White), ("blanca", White), ("blancas", White), ("blanche", White),
    ("blanches", White), ("blanco", White), ("blancos", White), ("blancs", White), ("blau", Blue), ("blaue", Blue),
    ("blauen", Blue), ("blauer", Blue), ("blaues", Blue), ("blauw", Blue), ("blauwe", Blue), ("bleu", Blue),
    ("bleue", Blue), ("bleues", Blue), ("bleus", Blue), ("blu", Blue), ("blue", Blue), ("bordeaux", Red),
    ("bordo", Red), ("branca", White), ("brancas", White), ("branco", White), ("brancos", White), ("braun", Brown),
    ("braune", Brown), ("braunen", Brown), ("brauner", Brown), ("braunes", Brown), ("brazowa", Brown),
    ("brazowe", Brown), ("brazowy", Brown), ("bronze", Brown), ("brown", Brown), ("bruin", Brown), ("bruine", Brown),
    ("burgundy", Red), ("castanha", Brown), ("castanho", Brown), ("celeste", Blue), ("charcoal", Grey),
    ("cinza", Grey), ("cinzas", Grey), ("cokelat", Brown), ("coklat", Brown), ("crimson", Red), ("cyan", Blue),
    ("czarna", Black), ("czarne", Black), ("czarny", Black), ("czarnych", Black), ("czerwona", Red),
    ("czerwone", Red), ("czerwony", Red), ("dorada", Gold), ("dorado", Gold), ("dorata", Gold), ("dorato", Gold),
    ("dore", Gold), ("doree", Gold), ("dourada", Gold), ("dourado", Gold), ("emas", Gold), ("fioletowa", Purple),
    ("fioletowe", Purple), ("fioletowy", Purple), ("fuchsia", Pink), ("geel", Yellow), ("gelb", Yellow),
    ("gelbe", Yellow), ("gelben", Yellow), ("gelber", Yellow), ("gelbes", Yellow), ("gele", Yellow),
    ("gialla", Yellow), ("gialle", Yellow), ("gialli", Yellow), ("giallo", Yellow), ("gold", Gold), ("golden", Gold),
    ("goldene", Gold), ("goldener", Gold), ("goldenes", Gold), ("goud", Gold), ("gouden", Gold), ("granatowa", Blue),
    ("granatowe", Blue), ("granatowy", Blue), ("grau", Grey), ("graue", Grey), ("grauen", Grey), ("grauer", Grey),
    ("graues", Grey), ("gray", Grey), ("green", Green), ("grey", Grey), ("gri", Grey), ("grigi", Grey),
    ("grigia", Grey), ("grigie", Grey), ("grigio", Grey), ("grijs", Grey), ("grijze", Grey), ("gris", Grey),
    ("grise", Grey), ("grises", Grey), ("groen", Green), ("groene", Green), ("gruen", Green), ("gruene", Green),
    ("grun", Green), ("grune", Green), ("grunen", Green), ("gruner", Green), ("grunes", Green), ("gumus", Silver),
    ("hijau", Green), ("hitam", Black), ("indigo", Blue), ("ivory", Beige), ("jaune", Yellow), ("jaunes", Yellow),
    ("jingga", Orange), ("kahverengi", Brown), ("kaki", Beige), ("kelabu", Grey), ("khaki", Beige), ("kirmizi", Red),
    ("krem", Beige), ("kuning", Yellow), ("kırmızı", Red), ("lacivert", Blue), ("laranja", Orange), ("lila", Purple),
    ("lilac", Purple), ("magenta", Pink), ("marineblau", Blue), ("maroon", Red), ("marron", Brown),
    ("marrone", Brown), ("marroni", Brown), ("marrons", Brown), ("mauve", Purple), ("mavi", Blue), ("merah", Red),
    ("morada", Purple), ("moradas", Purple), ("morado", Purple), ("morados", Purple), ("naranja", Orange),
    ("naranjas", Orange), ("navy", Blue), ("navyblau", Blue), ("negra", Black), ("negras", Black), ("negro", Black),
    ("negros", Black), ("nera", Black), ("nere", Black), ("neri", Black), ("nero", Black), ("niebieska", Blue),
    ("niebieski", Blue), ("niebieskie", Blue), ("noir", Black), ("noire", Black), ("noires", Black), ("noirs", Black),
    ("orange", Orange), ("orangene", Orange), ("oranges", Orange), ("oranje", Orange), ("oranye", Orange),
    ("oren", Orange), ("oro", Gold), ("paars", Purple), ("paarse", Purple), ("pembe", Pink), ("perak", Silver),
    ("pink", Pink), ("plata", Silver), ("plateada", Silver), ("plateado", Silver), ("pomaranczowa", Orange),
    ("pomaranczowe", Orange), ("pomaranczowy", Orange), ("prata", Silver), ("prateada", Silver), ("prateado", Silver),
    ("preta", Black), ("pretas", Black), ("preto", Black), ("pretos", Black), ("purple", Purple), ("putih", White),
    ("red", Red), ("rode", Red), ("roja", Red), ("rojas", Red), ("rojo", Red), ("rojos", Red), ("rood", Red),
    ("rosa", Pink), ("rossa", Red), ("rosse", Red), ("rossi", Red), ("rosso", Red), ("rot", Red), ("rote", Red),
    ("roten", Red), ("roter", Red), ("rotes", Red), ("rouge", Red), ("rouges", Red), ("roxa", Purple),
    ("roxo", Purple), ("roze", Pink), ("rozowa", Pink), ("rozowe", Pink), ("rozowy", Pink), ("sarı", Yellow),
    ("schwarz", Black), ("schwarze", Black), ("schwarzen", Black), ("schwarzer", Black), ("schwarzes", Black),
    ("silber", Silver), ("silbern", Silver), ("silberne", Silver), ("silver", Silver), ("siyah", Black),
    ("srebrna", Silver), ("srebrne", Silver), ("srebrny", Silver), ("szara", Grey), ("szare", Grey), ("szary", Grey),
    ("teal", Blue), ("turkis", Blue), ("turkoois", Blue), ("turquoise", Blue), ("turuncu", Orange), ("ungu", Purple),
    ("verde", Green), ("verdes", Green), ("verdi", Green), ("vermelha", Red), ("vermelhas", Red), ("vermelho", Red),
    ("vermelhos", Red), ("vert", Green), ("verte", Green), ("vertes", Green), ("verts", Green), ("violet", Purple),
    ("violeta", Purple), ("violets", Purple), ("violett", Purple), ("violette", Purple), ("weiss", White),
    ("weisse", White), ("weissen", White), ("weisser", White), ("weisses", White), ("white", White), ("wit", White),
    ("witte", White), ("yellow", Yellow), ("yesil", Green), ("zielona", Green), ("zielone", Green),
    ("zielony", Green), ("zilver", Silver), ("zilveren", Silver), ("zlota", Gold), ("zlote", Gold), ("zloty", Gold),
    ("zolta", Yellow), ("zolte", Yellow), ("zolty", Yellow), ("zwart", Black), ("zwarte", Black),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_are_sorted_and_each_stands_once() {
        assert!(WORDS.is_sorted_by(|a, b| a.0 < b.0));
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
            ("Dunkelblaue Jeans", vec![Blue]),
            ("iPhone 13 Rose Gold", vec![RoseGold]),
            ("Galaxy in Roségold", vec![RoseGold]),
            ("navy blue and grey hoodie", vec![Grey, Blue]),
        ] {
            assert_eq!(read(&Tokens::of(title)), expected, "{title}");
        }
    }

    #[test]
    fn a_slip_of_the_fingers_is_still_the_colour_and_another_word_is_none() {
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
    fn names_that_only_look_like_colours_are_not_read() {
        for title in
            ["sony blu-ray player", "Black & Decker drill", "Braun Series 9", "rose water", "2 or 3", "Mont Blanc pen"]
        {
            assert_eq!(read(&Tokens::of(title)), [], "{title}");
        }
    }
}
