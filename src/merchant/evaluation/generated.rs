//! The generated shops that nothing is fitted to, asked what shoppers type.

use super::profile_names::GENERATED;
use super::shop::ask;
use super::shops::{Purpose, generated};
use super::shops_report::ShopsReport;
use crate::Result;
use crate::engine::Device;
use crate::merchant::models::Models;

/// Builds and asks every generated shop.
pub fn generated_shops(models: &Models, device: &Device) -> Result<ShopsReport> {
    let shops = generated(Purpose::Evaluation)?;
    let reports = shops.iter().map(|shop| ask(shop, "e5-small-latin", models, device)).collect::<Result<_>>()?;
    Ok(ShopsReport::of(GENERATED, reports, |_| true))
}
