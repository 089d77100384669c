//! HTML that exports of shops leave in titles: character references and tags.

/// Name or number of a character reference, and its character: those that shops have, and the numbers of Windows-1252 that
/// browsers read as such.
const REFERENCES: &str = include_str!("data/entities.tsv");
/// Most characters between the `&` and the `;` of a reference.
const LONGEST_REFERENCE: usize = 10;
/// Names of the elements whose tags are taken out; anything else in angle brackets is text.
const ELEMENTS: &str = " a b br div em font h1 h2 h3 h4 h5 h6 hr i img li ol p small span strong sub sup u ul ";
/// Most characters of a tag.
const LONGEST_TAG: usize = 256;

/// The text with its character references decoded, whether escaped once or more often, and with a space for each tag.
pub fn without_markup(title: &str) -> String {
    let mut text = String::with_capacity(title.len());
    for c in title.chars() {
        let mut next = c;
        // What a reference stands for may end another reference or a tag.
        loop {
            let replaced = match next {
                ';' => reference(&text),
                '>' => tag(&text).map(|start| (start, ' ')),
                _ => None,
            };
            let Some((start, character)) = replaced else { break };
            text.truncate(start);
            next = character;
        }
        text.push(next);
    }
    text
}

/// Where the reference begins that a `;` after the text ends, and its character.
fn reference(text: &str) -> Option<(usize, char)> {
    let (start, body) = from_last(text, '&', LONGEST_REFERENCE)?;
    let known = REFERENCES.lines().filter_map(|line| line.split_once('\t')).find(|(name, _)| *name == body);
    let character = match known {
        Some((_, character)) => character.chars().next()?,
        None => {
            let number = body.strip_prefix('#').filter(|digits| digits.chars().all(|c| c.is_ascii_alphanumeric()))?;
            let number = match number.strip_prefix(['x', 'X']) {
                Some(digits) => u32::from_str_radix(digits, 16),
                None => number.parse(),
            };
            char::from_u32(number.ok()?)?
        }
    };
    Some((start, character))
}

/// Where the tag begins that a `>` after the text ends.
fn tag(text: &str) -> Option<usize> {
    let (start, body) = from_last(text, '<', LONGEST_TAG)?;
    let name = body.strip_prefix('/').unwrap_or(body).split([' ', '/']).next()?.to_ascii_lowercase();
    let is_element = |name: &str| ELEMENTS.split(' ').any(|element| element == name);
    (!name.is_empty() && is_element(&name)).then_some(start)
}

/// Where the last such sign stands, and what follows it, of at most so many characters.
fn from_last(text: &str, sign: char, most: usize) -> Option<(usize, &str)> {
    let (start, _) = text.char_indices().rev().take(most + 1).find(|(_, c)| *c == sign)?;
    text.get(start + sign.len_utf8()..).map(|body| (start, body))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_decoded_however_often_they_are_escaped() {
        assert_eq!(
            without_markup("Marks &amp; Spencer&#39;s caf&eacute; &#x2122; &#153;"),
            "Marks & Spencer's café ™ ™"
        );
        assert_eq!(without_markup("Marks &amp;amp;amp; Spencer &amp;quot;tea&amp;quot;"), "Marks & Spencer \"tea\"");
    }

    #[test]
    fn tags_are_spaces_and_other_angle_brackets_text() {
        assert_eq!(without_markup("Tea<br/>green &lt;b&gt;250 g&lt;/b&gt;"), "Tea green  250 g ");
        assert_eq!(without_markup("<p class=\"x\">Tea</p>"), " Tea ");
        for text in ["size <M>", "a < b > c", "5 > 3; R&D; &unknown; &#xFFFFFFFF; &;", "<>"] {
            assert_eq!(without_markup(text), text);
        }
    }

    #[test]
    fn the_longest_titles_of_nothing_but_references_are_decoded() {
        assert_eq!(without_markup(&("&".to_owned() + &"amp;".repeat(1_000))), "&");
        assert_eq!(without_markup(&("&#59".repeat(1_000) + ";")), ";");
    }

    #[cfg(not(target_arch = "wasm32"))]
    proptest::proptest! {
        #[test]
        fn what_was_decoded_is_not_decoded_again(title in "([&;<>#/ab ]|amp;|lt|gt|&#59|&lt;|<b){0,30}") {
            let once = without_markup(&title);
            proptest::prop_assert_eq!(without_markup(&once), once);
        }
    }
}
