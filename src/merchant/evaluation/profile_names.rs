//! The names under which `twinlens eval` knows its profiles.

/// The profile that makes its own look-alikes.
pub const LOOKALIKE: &str = "lookalike";

pub(super) const COUSINS: &str = "cousins";
pub(super) const GENERATED: &str = "generated";
pub(super) const KINDS: &str = "kinds";
pub(super) const IDENTICAL: &str = "identical";

/// The profiles of whole shops.
pub const SHOP_PROFILES: [&str; 4] = [COUSINS, GENERATED, KINDS, IDENTICAL];

/// The names of the profiles of ranking and decisions, and of whole shops.
pub const PROFILES: [&str; 10] =
    ["grocery", "apparel", "abt-buy", "amazon-google", "shopee", LOOKALIKE, COUSINS, GENERATED, KINDS, IDENTICAL];
