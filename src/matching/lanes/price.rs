//! The price lane: the logarithm of the ratio of two prices, 0 for equal ones, down to −4.

/// `None` where a price is missing or not above 0.
pub fn log_ratio(query: Option<f64>, listing: Option<f64>) -> Option<f32> {
    let (query, listing) = (query.filter(|p| *p > 0.0)?, listing.filter(|p| *p > 0.0)?);
    Some(-(query.ln() - listing.ln()).abs().min(4.0) as f32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_prices_are_at_zero_whatever_they_are_and_none_is_missing() {
        assert_eq!(log_ratio(Some(12.5), Some(12.5)), Some(0.0));
        assert_eq!(log_ratio(Some(10.0), Some(20.0)), log_ratio(Some(20.0), Some(10.0)));
        assert_eq!(log_ratio(Some(1e300), Some(1e-300)), Some(-4.0));
        assert_eq!((log_ratio(None, Some(1.0)), log_ratio(Some(0.0), Some(1.0))), (None, None));
    }
}
