//! Titles of the greatest length, of parts that repeat: reading and comparing them ends soon and gives what it gives for short ones.
//! How long it takes is measured by `cargo xtask bench --only titles`.

use proptest::prelude::*;
use twinlens::matching::lanes::{Compared, Edit, coverage};
use twinlens::title::attributes::Cap;
use twinlens::title::{MAX_CHARS, Parsed, normalise};

/// As many times the part as the longest title holds.
fn repeated(part: &str) -> String {
    part.chars().cycle().take(MAX_CHARS).collect()
}

fn check(part: &str, listing: &str) -> Result<(), TestCaseError> {
    let Ok(normal) = normalise(&repeated(part)) else { return Ok(()) };
    let (long, short) = (Parsed::of(&normal), Parsed::of(listing));
    for (one, other) in [(&long, &short), (&short, &long), (&long, &long)] {
        let edit = Edit::of(&one.words, &other.words);
        let shares = [
            coverage::words(one, other, |_| 1.0),
            coverage::codes(one, other, |_| 1.0),
            Some(edit.levenshtein),
            Some(edit.jaccard),
        ];
        let in_range = shares.iter().flatten().all(|share| (0.0..=1.0).contains(share));
        prop_assert!(in_range, "{part:?}: {shares:?}");
        let compared = Compared::of(&one.attributes, &other.attributes, None);
        prop_assert!(compared.summary().is_none_or(|value| (-1.0..=1.0).contains(&value)), "{part:?}: {compared:?}");
    }
    let itself = Edit::of(&long.words, &long.words);
    prop_assert!(long.words.is_empty() || itself == Edit { levenshtein: 1.0, jaccard: 1.0 }, "{part:?}: {itself:?}");
    prop_assert!(coverage::words(&long, &long, |_| 1.0).is_none_or(|share| share > 0.999), "{part:?}");
    prop_assert!(Compared::of(&long.attributes, &long.attributes, None).cap() == Cap::None, "{part:?}");
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn a_long_title_of_any_part_is_compared_like_a_short_one(part in "[a-cx0-3 .,/'\"-]{1,12}") {
        check(&part, "abc 12 x 3 ml 1.2 ab-12")?;
    }

    #[test]
    fn a_long_title_in_any_script_is_compared_like_a_short_one(part in "\\PC{1,12}") {
        check(&part, "Café 洗发水500ml")?;
    }
}

#[test]
fn what_once_took_seconds_is_compared_like_a_short_title() {
    for part in ["ab12", "洗发水500ml装红色", "1.2,3.4,", "x", "1 ml ", "size 36/37/38 ", "1 000 000 ", "DSC-W120 "]
    {
        check(part, "Sony DSC-W120 size 37, 500 ml").unwrap();
    }
}

#[test]
fn what_is_left_of_a_word_beside_an_attribute_is_in_the_title_itself() {
    for part in ["x1\"\"a", " A\u{11380}7g"] {
        check(part, "Sony DSC-W120 size 37, 500 ml").unwrap();
    }
}
