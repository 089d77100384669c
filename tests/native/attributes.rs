//! Properties of comparing what titles state, over public titles and over words that make another product.

use std::path::{Path, PathBuf};

use proptest::prelude::*;
use proptest::sample::subsequence;
use twinlens::title::attributes::{Agreement, Attributes, Cap, Comparison};
use twinlens::title::normalise;

/// Words of `marks.tsv`, none of which is more general than another.
const WORDS: [&str; 18] = [
    "pro",
    "max",
    "ultra",
    "men",
    "women",
    "boys",
    "girls",
    "wired",
    "wireless",
    "left",
    "right",
    "refurbished",
    "used",
    "decaf",
    "zero",
    "ohne Salz",
    "coque",
    "fernbedienung",
];

fn data(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data").join(path)
}

fn compare(query: &str, listing: &str) -> Comparison {
    Comparison::of(&Attributes::of(query), &Attributes::of(listing))
}

/// The kinds of attributes that are compared by words.
fn agreements(comparison: &Comparison) -> [Agreement; 4] {
    [comparison.generation, comparison.condition, comparison.relation, comparison.variant]
}

fn title(words: &[&str]) -> String {
    format!("Corva Phone 7 {}", words.join(" "))
}

#[test]
fn no_public_title_contradicts_itself() {
    for (path, column) in [
        ("abt_buy/tableA.csv", "name"),
        ("abt_buy/tableB.csv", "name"),
        ("amazon_google/tableA.csv", "title"),
        ("amazon_google/tableB.csv", "title"),
        ("apparel/listings.csv", "title"),
        ("grocery/listings.csv", "title"),
    ] {
        let Ok(mut table) = csv::Reader::from_path(data(path)) else {
            println!("skipped: {path} is absent");
            continue;
        };
        let at = table.headers().unwrap().iter().position(|name| name == column).unwrap();
        for row in table.records() {
            let Ok(title) = normalise(row.unwrap().get(at).unwrap()) else { continue };
            let itself = compare(&title, &title);
            assert_eq!(itself.cap(), Cap::None, "{title}: {:?}", itself.statements);
        }
    }
}

proptest! {
    #[test]
    fn a_further_contradicting_word_never_makes_an_agreement_of_a_contradiction(
        ours in subsequence(&WORDS[..], 0..4), theirs in subsequence(&WORDS[..], 0..4), further in 0..WORDS.len(),
    ) {
        prop_assume!(!theirs.contains(&WORDS[further]) && !ours.contains(&WORDS[further]));
        let longer = [&ours[..], &[WORDS[further]]].concat();
        let (before, after) = (compare(&title(&ours), &title(&theirs)), compare(&title(&longer), &title(&theirs)));
        for (before, after) in agreements(&before).into_iter().zip(agreements(&after)) {
            prop_assert!(
                before != Agreement::Conflict || !matches!(after, Agreement::Full | Agreement::Partial),
                "{longer:?} and {theirs:?}"
            );
        }
    }

    #[test]
    fn exchanging_the_titles_changes_no_agreement(
        ours in subsequence(&WORDS[..], 0..5), theirs in subsequence(&WORDS[..], 0..5),
    ) {
        let (ours, theirs) = (title(&ours), title(&theirs));
        prop_assert_eq!(agreements(&compare(&ours, &theirs)), agreements(&compare(&theirs, &ours)));
    }
}
