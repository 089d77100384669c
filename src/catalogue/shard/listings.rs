//! The listings of a shard, a JSON array.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, SeqAccess, Visitor};

use crate::catalogue::Listing;

/// Reads an array of exactly `count` listings.
pub fn listings_in_json(json: &[u8], count: usize) -> serde_json::Result<Vec<Listing>> {
    let mut json = serde_json::Deserializer::from_slice(json);
    let listings = Exactly(count).deserialize(&mut json)?;
    json.end()?;
    Ok(listings)
}

/// An array of so many listings. A longer one is refused before more of it is held: an empty listing takes twenty times
/// the memory of its text.
struct Exactly(usize);

impl<'de> DeserializeSeed<'de> for Exactly {
    type Value = Vec<Listing>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Vec<Listing>, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Exactly {
    type Value = Vec<Listing>;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{} listings", self.0)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<Vec<Listing>, A::Error> {
        let mut listings = Vec::with_capacity(self.0);
        while listings.len() < self.0 {
            let next = array.next_element()?;
            listings.push(next.ok_or_else(|| A::Error::invalid_length(listings.len(), &self))?);
        }
        match array.next_element::<IgnoredAny>()? {
            Some(_) => Err(A::Error::invalid_length(self.0 + 1, &self)),
            None => Ok(listings),
        }
    }
}
