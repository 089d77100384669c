//! A matcher whose encoders come one by one: what it answers meanwhile, and that it ends where one with all of them is.

use crate::support::tiny::{
    GTIN, PHOTO, TABLE, TITLE, TinyCatalogue, loaded_packs, photo_pack, table_pack, title_pack, tokenizer,
};
use crate::support::{encoded, picture};
use image::ImageFormat;
use twinlens::engine::Device;
use twinlens::matching::{Answer, Decision, Filter, LoadedPack, Matcher, NO_DEVICE, Prepared, Query, Reload};
use twinlens::pack::Pack;
use twinlens::photo::Source;
use twinlens::{Error, Result};

fn load(name: &str) -> LoadedPack {
    let (bytes, tokenizer) = match name {
        PHOTO => (photo_pack(), None),
        TITLE => (title_pack(), Some(tokenizer())),
        _ => (table_pack(), Some(tokenizer())),
    };
    LoadedPack { pack: Pack::read(&bytes, "memory", None).unwrap(), tokenizer }
}

fn reload() -> Reload {
    Box::new(|identity| Box::pin(async move { Ok(load(&identity.name)) }))
}

/// A matcher over the catalogue of all three encoders, with those that are named.
fn matcher(attached: &[&str]) -> Matcher {
    let catalogue = TinyCatalogue::with_table().catalogue().unwrap();
    let mut matcher = pollster::block_on(Matcher::open(catalogue, reload(), "gpu")).unwrap();
    attached.iter().for_each(|name| attach(&mut matcher, name).unwrap());
    matcher
}

fn attach(matcher: &mut Matcher, name: &str) -> Result<()> {
    let identity = matcher.identity(name)?.clone();
    let asked = Device::Cpu { reason: Some("the CPU was asked for".into()) };
    let device = if identity.preliminary { &NO_DEVICE } else { &asked };
    pollster::block_on(async {
        let prepared = Prepared::new(identity, device, async |_| Ok(load(name))).await?;
        matcher.attach(prepared).await
    })
}

fn photo() -> Vec<u8> {
    encoded(&picture(3), ImageFormat::Png)
}

fn answer(matcher: &mut Matcher, query: Query<'_>) -> Answer {
    pollster::block_on(matcher.answer(&Query { limit: 6, ..query })).unwrap()
}

fn by_title(matcher: &mut Matcher, title: &str) -> Answer {
    answer(matcher, Query { title: Some(title), ..Query::default() })
}

/// What an answer is worth, to be compared.
fn scores(answer: &Answer) -> Vec<(String, f64, Decision)> {
    answer.hits.iter().map(|hit| (hit.id.clone(), hit.log_odds, hit.decision)).collect()
}

#[test]
fn a_title_is_answered_before_any_encoder_is_there_and_no_surer_than_unsure() {
    let mut matcher = matcher(&[]);
    for title in ["red teas", "blue", "nothing of the kind 400 g"] {
        let answer = by_title(&mut matcher, title);
        assert_eq!((answer.decision, answer.complete), (Decision::Unsure, false), "{title}");
        assert_eq!(answer.waiting, ["words"]);
        assert!(answer.hits.iter().all(|hit| hit.decision == Decision::Unsure && hit.lanes.text.is_none()));
    }
    assert_eq!(by_title(&mut matcher, "red teas").hits[0].id, "p0");
}

#[test]
fn the_same_title_and_the_same_gtin_decide_whatever_is_missing() {
    let mut matcher = matcher(&[]);
    assert_eq!(by_title(&mut matcher, "green tea").decision, Decision::Match);
    let gtin = Some(GTIN.parse().unwrap());
    let found = answer(&mut matcher, Query { title: Some("a cup"), gtin, ..Query::default() });
    assert_eq!((found.decision, found.hits[0].id.as_str(), found.complete), (Decision::Match, "p3", false));
}

#[test]
fn what_is_surely_another_product_is_none_that_fits_while_others_are_still_to_be_compared() {
    let only = Filter { min_price: Some(3.0), max_price: Some(4.0), ..Filter::default() };
    let ask = |matcher: &mut Matcher, title, gtin: Option<&str>| {
        let gtin = gtin.map(|gtin| gtin.parse().unwrap());
        answer(matcher, Query { title: Some(title), gtin, filter: only.clone(), ..Query::default() })
    };
    let (mut waiting, mut whole) = (matcher(&[]), matcher(&[PHOTO, TITLE]));
    for (title, gtin) in [("red cup", Some("4006381333948")), ("used red cup", None)] {
        let found = ask(&mut waiting, title, gtin);
        assert_eq!((found.hits.len(), found.hits[0].id.as_str(), found.complete), (1, "p3", false));
        assert_eq!((found.decision, found.fits.count), (Decision::Unsure, 0), "{title}");
        assert_eq!(found.hits[0].decision, Decision::NoMatch, "{title}");
        let found = ask(&mut whole, title, gtin);
        assert_eq!((found.decision, found.hits[0].decision), (Decision::NoMatch, Decision::NoMatch), "{title}");
    }
    let found = ask(&mut waiting, "red cups", None);
    assert_eq!((found.decision, found.hits[0].decision, found.fits.count), (Decision::Unsure, Decision::Unsure, 1));
}

#[test]
fn while_a_photo_is_waited_for_an_equal_gtin_decides_and_an_equal_title_does_not() {
    let photo = photo();
    for attached in [&[][..], &[TITLE]] {
        let mut matcher = matcher(attached);
        let mut ask = |title, gtin: Option<&str>| {
            let photo = Some(Source::File(&photo));
            let gtin = gtin.map(|gtin| gtin.parse().unwrap());
            answer(&mut matcher, Query { photo, title: Some(title), gtin, ..Query::default() })
        };
        let found = ask("green tea", None);
        assert_eq!((found.decision, found.hits[0].decision), (Decision::Unsure, Decision::Unsure), "{attached:?}");
        assert_eq!((found.hits[0].id.as_str(), found.waiting[0]), ("p5", "photo"));
        let found = ask("a cup", Some(GTIN));
        assert_eq!((found.decision, found.hits[0].decision), (Decision::Match, Decision::Match), "{attached:?}");
    }
}

#[test]
fn a_photo_alone_needs_an_encoder_of_photos() {
    let mut matcher = matcher(&[TABLE, TITLE]);
    let photo = photo();
    let query = Query { photo: Some(Source::File(&photo)), limit: 6, ..Query::default() };
    let error = pollster::block_on(matcher.answer(&query)).unwrap_err();
    assert_eq!(error.code(), "not-ready");
    assert!(matches!(pollster::block_on(matcher.embed_photo(Source::File(&photo))), Err(Error::NotReady { .. })));
    attach(&mut matcher, PHOTO).unwrap();
    assert!(pollster::block_on(matcher.answer(&query)).unwrap().complete);
}

#[test]
fn beside_a_photo_that_nothing_reads_yet_the_title_alone_ranks() {
    let mut matcher = matcher(&[TITLE]);
    let photo = photo();
    let both = Query { photo: Some(Source::File(&photo)), title: Some("red"), ..Query::default() };
    let found = answer(&mut matcher, both);
    assert_eq!((found.decision, found.waiting.as_slice()), (Decision::Unsure, &["photo"][..]));
    let alone = by_title(&mut matcher, "red");
    let order = |answer: &Answer| scores(answer).into_iter().map(|(id, odds, _)| (id, odds)).collect::<Vec<_>>();
    assert_eq!(order(&found), order(&alone));
    assert!(found.hits.iter().all(|hit| hit.lanes.image.is_none() && hit.lanes.phash.is_none()));
}

#[test]
fn the_preliminary_encoder_speaks_until_another_does() {
    let mut matcher = matcher(&[TABLE]);
    let first = by_title(&mut matcher, "red");
    assert!(first.hits.iter().all(|hit| hit.lanes.text.is_some()));
    assert_eq!((first.complete, first.waiting.as_slice()), (false, &["words"][..]));
    assert_eq!(pollster::block_on(matcher.embed_title("red")).unwrap_err().code(), "not-ready");
    attach(&mut matcher, TITLE).unwrap();
    let refined = by_title(&mut matcher, "red");
    assert!(refined.complete && refined.waiting.is_empty());
    assert_ne!(first.hits[0].lanes.text, refined.hits[0].lanes.text);
}

#[test]
fn once_all_are_there_the_preliminary_encoder_has_changed_nothing() {
    let catalogue = TinyCatalogue::new(|_| ()).catalogue().unwrap();
    let mut without = pollster::block_on(Matcher::new(NO_DEVICE, catalogue, loaded_packs(), reload(), "gpu")).unwrap();
    let mut with = [&[TABLE, PHOTO, TITLE][..], &[TITLE, TABLE, PHOTO], &[PHOTO, TITLE]].map(matcher);
    let photo = photo();
    for (title, photo) in
        [(Some("red"), None), (None, Some(&photo)), (Some("green pens"), Some(&photo)), (Some("жёлтый чай"), None)]
    {
        let query = || Query { photo: photo.map(|photo| Source::File(photo)), title, ..Query::default() };
        let expected = answer(&mut without, query());
        for matcher in &mut with {
            let found = answer(matcher, query());
            assert_eq!(scores(&found), scores(&expected), "{title:?}");
            assert_eq!((found.decision, found.complete), (expected.decision, true));
            assert_eq!(found.unread, expected.unread);
        }
    }
    let vector = |matcher: &mut Matcher| pollster::block_on(matcher.embed_title("red")).unwrap();
    assert_eq!(vector(&mut with[0]), vector(&mut without));
}

#[test]
fn words_that_a_missing_encoder_may_know_are_not_called_unread() {
    let title = "жёлтый чай";
    assert!(by_title(&mut matcher(&[TABLE]), title).unread.is_empty());
    assert_eq!(by_title(&mut matcher(&[TABLE, TITLE]), title).unread, ["жёлтый", "чай"]);
}

#[test]
fn an_encoder_of_another_catalogue_is_refused() {
    let mut matcher = matcher(&[]);
    assert_eq!(attach(&mut matcher, "e5-small").unwrap_err().code(), "bad-argument");
    let identity = matcher.identity(TITLE).unwrap().clone();
    let other = pollster::block_on(Prepared::new(identity, &NO_DEVICE, async |_| Ok(load(TABLE))));
    assert_eq!(other.err().unwrap().code(), "bad-manifest");
}

#[test]
fn the_info_says_which_encoders_are_there() {
    let matcher = matcher(&[TABLE]);
    let info = matcher.info();
    let attached: Vec<_> = info.encoders.iter().map(|e| (e.name.as_str(), e.preliminary, e.attached)).collect();
    assert_eq!(attached, [(PHOTO, false, false), (TITLE, false, false), (TABLE, true, true)]);
    let table = (table_pack().len() + tokenizer().len()) as u64;
    assert_eq!(info.encoders[2].bytes, table);
    assert_eq!(info.reason, None);
}
