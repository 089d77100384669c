//! Reasons in sentences that a shopper can read, the weightiest first.

use super::lanes::Lanes;
use crate::fusion::Lane;
use crate::sort::sorted_by;
use crate::title::attributes::Agreement;

/// Perceptual hashes that differ in more bits are not mentioned.
const ALIKE_BITS: u32 = 12;
/// So many standard deviations above chance are "alike".
const ALIKE: f32 = 2.0;
/// What titles of the same letters count in standard deviations of a cosine: four fifths of it are "very much alike".
const FULL_MARKS: f32 = 5.0;

/// Why a listing came out as it did.
pub fn why(lanes: &Lanes, contributions: &[(Lane, f64)]) -> Vec<String> {
    let weight = |lane: Lane| contributions.iter().find(|(other, _)| *other == lane).map_or(0.0, |(_, share)| *share);
    let mut sentences: Vec<(f64, String)> = Vec::new();
    if let Some((query, listing)) = lanes.gtin {
        let place = if lanes.gtin_of_photo { " in the photo" } else { "" };
        let text = if query == listing {
            format!("Same GTIN {query}{place}")
        } else {
            format!("GTIN {query}{place} is not {listing}")
        };
        sentences.push((f64::INFINITY, text));
    }
    if lanes.same_number {
        sentences.push((f64::INFINITY, "The shop's own number of it".into()));
    }
    if let Some(compared) = &lanes.attributes {
        for statement in &compared.comparison.statements {
            let (rank, text) = match statement.agreement {
                Agreement::Conflict | Agreement::SeriesConflict => (1e3, statement.text.clone()),
                Agreement::Full | Agreement::Partial => (weight(Lane::Attributes).max(0.5), statement.text.clone()),
                Agreement::Missing => continue,
            };
            sentences.push((rank, text));
        }
    }
    if let Some(bits) = lanes.phash.filter(|bits| *bits <= ALIKE_BITS) {
        let text = match bits {
            0 => "Pictures have the same fingerprint".into(),
            bits => format!("Pictures differ by {bits} of 64 bits"),
        };
        sentences.push((weight(Lane::Phash), text));
    }
    if let Some(image) = lanes.image {
        let text = format!("Pictures look {} ({:.2})", in_words(image.standardised), image.cosine);
        sentences.push((weight(Lane::Image).abs(), text));
    }
    if let Some(joint) = lanes.joint {
        let text = format!("Words and picture are {} ({:.2})", in_words(joint.standardised), joint.cosine);
        sentences.push((weight(Lane::Joint).abs(), text));
    }
    if let Some(edit) = lanes.edit {
        let shares = [Lane::Text, Lane::Lexical, Lane::Edit].map(weight);
        let share: f64 = shares.iter().sum();
        let letters = edit.levenshtein.max(edit.jaccard).max(lanes.tf_idf.unwrap_or(0.0)) * FULL_MARKS;
        let meaning = lanes.text.map_or(0.0, |text| text.standardised);
        let text = if edit.levenshtein >= 1.0 {
            "Same title".into()
        } else if edit.jaccard > 0.0 {
            let words = format!("{:.0} % of the words in common", edit.jaccard * 100.0);
            format!("Titles read {}: {words}", in_words(meaning.max(letters)))
        } else if meaning >= ALIKE && meaning > letters {
            "Titles are alike in meaning, with no word in common".into()
        } else {
            format!("Titles read {}: no word in common", in_words(letters.min(ALIKE)))
        };
        sentences.push((share.abs(), text));
    }
    if let Some(alignment) = lanes.alignment.as_ref().filter(|alignment| !alignment.unsaid.is_empty()) {
        let text = format!("Not in the listing's title: {}", alignment.unsaid.join(", "));
        sentences.push((weight(Lane::Lexical).abs(), text));
    }
    match lanes.price {
        Some(0.0) => sentences.push((weight(Lane::Price).abs(), "Same price".into())),
        Some(ratio) if ratio < -0.5 => {
            let text = format!("One costs {:.1} times the other", f64::from(-ratio).exp());
            sentences.push((weight(Lane::Price).abs(), text));
        }
        _ => {}
    }
    let sentences = sorted_by(sentences, |a, b| b.0.total_cmp(&a.0));
    sentences.into_iter().map(|(_, text)| text).collect()
}

/// How alike two things are, in words, that are so many standard deviations more alike than two different listings. The
/// lane's share of the log-odds would not do: it counts from the curve's lowest point, where even unlike pictures are above.
fn in_words(above_chance: f32) -> &'static str {
    match above_chance {
        s if s >= 4.0 => "very much alike",
        s if s >= ALIKE => "alike",
        s if s >= 0.75 => "somewhat alike",
        _ => "different",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matching::lanes::{Edit, Likeness};

    /// The weightiest reason where every lane adds to the odds.
    fn first(lanes: Lanes) -> String {
        why(&lanes, &Lane::ALL.map(|lane| (lane, 3.0))).remove(0)
    }

    fn likeness(cosine: f32, standardised: f32) -> Option<Likeness> {
        Some(Likeness { cosine, standardised })
    }

    #[test]
    fn a_gtin_is_said_to_be_in_the_photo_where_it_was_read_there() {
        let [one, other] = ["4006381333931", "4012345678901"].map(|text| crate::title::Gtin::parse(text).unwrap());
        let sentence = |listing, gtin_of_photo| {
            why(&Lanes { gtin: Some((one, listing)), gtin_of_photo, ..Lanes::default() }, &[]).remove(0)
        };
        assert_eq!(sentence(one, false), "Same GTIN 4006381333931");
        assert_eq!(sentence(one, true), "Same GTIN 4006381333931 in the photo");
        assert_eq!(sentence(other, true), "GTIN 4006381333931 in the photo is not 4012345678901");
    }

    #[test]
    fn pictures_no_more_alike_than_chance_are_called_different_whatever_they_add_to_the_odds() {
        let sentence = |standardised: f32| first(Lanes { image: likeness(0.39, standardised), ..Lanes::default() });
        assert_eq!(sentence(0.3), "Pictures look different (0.39)");
        assert_eq!(sentence(1.0), "Pictures look somewhat alike (0.39)");
        assert_eq!(sentence(2.5), "Pictures look alike (0.39)");
        assert_eq!(sentence(6.0), "Pictures look very much alike (0.39)");
    }

    #[test]
    fn words_are_compared_with_the_picture_by_how_far_above_chance_they_fit() {
        let sentence = |standardised: f32| first(Lanes { joint: likeness(0.21, standardised), ..Lanes::default() });
        assert_eq!(sentence(0.0), "Words and picture are different (0.21)");
        assert_eq!(sentence(3.0), "Words and picture are alike (0.21)");
    }

    #[test]
    fn titles_are_called_alike_by_their_letters_or_their_meaning_whatever_they_add_to_the_odds() {
        let sentence = |same: f32, standardised: f32| {
            let edit = Some(Edit { levenshtein: same, jaccard: same });
            first(Lanes { edit, text: likeness(0.8, standardised), ..Lanes::default() })
        };
        assert_eq!(sentence(0.1, 0.3), "Titles read different: 10 % of the words in common");
        assert_eq!(sentence(0.2, -1.0), "Titles read somewhat alike: 20 % of the words in common");
        assert_eq!(sentence(0.0, 5.0), "Titles are alike in meaning, with no word in common");
        assert_eq!(sentence(0.5, 1.0), "Titles read alike: 50 % of the words in common");
    }
}
