use serde::{Deserialize, Serialize};

/// One row of a merchant's catalogue, as it is published.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Listing {
    pub id: String,
    /// As it is shown: [`shown`](crate::title::shown) of what the merchant wrote; empty where there is none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub title: String,
    /// In the shop's own currency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// Of the price: an ISO 4217 code, or the sign as the merchant writes it where several currencies share it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// Global Trade Item Numbers of its variants, digits only.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gtins: Vec<String>,
    /// The shop's own numbers of its variants (stock keeping units).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub skus: Vec<String>,
    /// `None` where it is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_stock: Option<bool>,
    /// Listings with the same number are the same product. The number means nothing outside this catalogue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<u32>,
}

/// What the listings of one product have in common, and those of another do not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Product<'a> {
    Group(u32),
    /// The id of a listing that is the only one of its product.
    Single(&'a str),
}

impl Listing {
    /// The product that it is one listing of.
    pub fn product(&self) -> Product<'_> {
        self.group.map_or(Product::Single(&self.id), Product::Group)
    }
}
