//! What a quantity measures.

/// A measured or counted property; its base unit stands behind each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dimension {
    /// Millilitres.
    Volume,
    /// Grams.
    Mass,
    /// Megabytes of a million bytes.
    Storage,
    /// Millimetres.
    Length,
    /// Watts.
    Power,
    /// Volts.
    Voltage,
    /// Milliampere-hours.
    Charge,
    /// Megahertz.
    Frequency,
    /// Megapixels.
    Pixel,
    /// Lines of a picture: 1080 of `1080p`, 2160 of `4k`.
    Resolution,
    /// Revolutions per minute.
    Rotation,
    /// Pieces in a pack.
    PackCount,
    /// Users or devices of a licence.
    Seats,
    /// The year of an edition, 1990 to 2039.
    Year,
    /// A version, its first two parts: 10.4 of `10.4.6`.
    Version,
    /// A generation of a product: 3 of `Gen 3`, 2 of `Mk II`.
    Generation,
}

impl Dimension {
    /// Whether two different values alone make two different products. A title may well give the width of one part and the
    /// height of another; the amount in a pack it gives once.
    pub fn decides(self) -> bool {
        use Dimension::*;
        matches!(self, Volume | Mass | Storage | Charge | PackCount | Seats | Year | Version | Generation)
    }

    /// The dimension's name in the unit list.
    pub(super) fn parse(name: &str) -> Option<Dimension> {
        use Dimension::*;
        Some(match name {
            "volume" => Volume,
            "mass" => Mass,
            "storage" => Storage,
            "length" => Length,
            "power" => Power,
            "voltage" => Voltage,
            "charge" => Charge,
            "frequency" => Frequency,
            "pixel" => Pixel,
            "resolution" => Resolution,
            "rotation" => Rotation,
            "pack_count" => PackCount,
            "seats" => Seats,
            _ => return None,
        })
    }

    /// Relative difference up to which two values are equal: none for what is counted.
    fn tolerance(self) -> f64 {
        use Dimension::*;
        match self {
            PackCount | Seats | Year | Version | Generation | Resolution | Storage => 0.0,
            _ => 0.02,
        }
    }

    /// Whether two values in the base unit are equal up to the dimension's tolerance.
    pub(super) fn same(self, a: f64, b: f64) -> bool {
        let (low, high) = if a < b { (a, b) } else { (b, a) };
        // A terabyte may have 1024 gigabytes, but 500 GB and 512 GB are two sizes.
        let is_binary = self == Dimension::Storage && low % 1e6 == 0.0 && high == low * 1.024;
        is_binary || high - low <= self.tolerance() * high
    }

    /// `2 x 500 ml` is a pack of two, `2 x 50 cm` is not.
    pub(super) fn is_packed(self) -> bool {
        matches!(self, Dimension::Volume | Dimension::Mass | Dimension::Storage | Dimension::PackCount)
    }
}

/// Whether a number may be the year of an edition.
pub(super) fn is_year(value: f64) -> bool {
    value.fract() == 0.0 && (1990.0..=2039.0).contains(&value)
}
