//! The names under which `twinlens eval` knows its profiles.

/// The profile that makes its own look-alikes.
pub const LOOKALIKE: &str = "lookalike";
/// The profile of bar codes in pictures.
pub const BARCODE: &str = "barcode";
/// The profile of short queries over the demo shop.
pub const DEMO: &str = "demo";
/// The profile of picture files.
pub const PHOTOS: &str = "photos";

pub(super) const COUSINS: &str = "cousins";
pub(super) const GENERATED: &str = "generated";
pub(super) const KINDS: &str = "kinds";
pub(super) const IDENTICAL: &str = "identical";

/// The profiles of whole shops.
pub const SHOP_PROFILES: [&str; 4] = [COUSINS, GENERATED, KINDS, IDENTICAL];

/// The names of all profiles: of ranking and decisions, of picture files, of bar codes, and of whole shops.
pub const PROFILES: [&str; 15] = [
    "grocery",
    "grocery-labelled",
    "apparel",
    "apparel-gallery",
    "abt-buy",
    "amazon-google",
    "shopee",
    LOOKALIKE,
    DEMO,
    PHOTOS,
    BARCODE,
    COUSINS,
    GENERATED,
    KINDS,
    IDENTICAL,
];
