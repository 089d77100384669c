use serde::Deserialize;

use crate::catalogue::{Catalogue, Listing};
use crate::search::Mask;
use crate::{Error, Result};

/// Which listings may be hits at all. In JavaScript the keys are in camelCase; an unknown one is an error.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct Filter {
    /// Exactly as the listings state it.
    pub category: Option<String>,
    /// In the shop's currency, inclusive, 0 or more; listings without a price do not pass.
    pub min_price: Option<f64>,
    /// Likewise, and not below `min_price`.
    pub max_price: Option<f64>,
    /// Only listings that are in stock, or of which that is not known.
    pub in_stock: bool,
}

impl Filter {
    /// The listings that pass; `None` for a filter that lets all pass.
    ///
    /// # Errors
    /// [`Error::Argument`] for a price that is negative or no finite number, and for a least price above the highest.
    pub fn mask(&self, catalogue: &Catalogue) -> Result<Option<Mask>> {
        check_price("filter", "a lowest price", self.min_price)?;
        check_price("filter", "a highest price", self.max_price)?;
        if let (Some(min), Some(max)) = (self.min_price, self.max_price)
            && min > max
        {
            return Err(Error::argument("filter", "a lowest price not above the highest", format!("{min} and {max}")));
        }
        if *self == Filter::default() {
            return Ok(None);
        }
        Ok(Some(catalogue.positions().map(|p| self.passes(catalogue.listing(p))).collect()))
    }

    fn passes(&self, listing: &Listing) -> bool {
        let above = |min: f64| listing.price.is_some_and(|p| p >= min);
        let below = |max: f64| listing.price.is_some_and(|p| p <= max);
        self.category.as_ref().is_none_or(|c| listing.category.as_ref() == Some(c))
            && self.min_price.is_none_or(above)
            && self.max_price.is_none_or(below)
            && !(self.in_stock && listing.in_stock == Some(false))
    }
}

/// Refuses what is no price; `argument` is where it stands and `what` what it is, in any face's words.
pub(super) fn check_price(argument: &str, what: &str, price: Option<f64>) -> Result<()> {
    match price {
        Some(price) if !price.is_finite() || price < 0.0 => {
            Err(Error::argument(argument, format!("{what} that is finite and 0 or more"), price.to_string()))
        }
        _ => Ok(()),
    }
}
