use serde::{Deserialize, Serialize};

/// One row of a merchant's catalogue.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Listing {
    pub id: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub title: String,
    /// In the shop's own currency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// Global Trade Item Number, digits only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gtin: Option<String>,
    /// Pieces in stock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stock: Option<i64>,
    /// Rows with the same group are the same product.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label_group: Option<String>,
    /// SHA-256 of the title and the photo's bytes, in hex: an update re-uses what has not changed.
    pub digest: String,
}

impl Listing {
    /// What it shares with the other listings of its product, and with no other: the label group, or else its own id.
    pub fn product(&self) -> &str {
        self.label_group.as_ref().unwrap_or(&self.id)
    }
}
