//! A number that keeps every digit.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use super::{Error, FromJson, Kind, Reader, ToJson, Writer};

/// A JSON number, kept as it is written. Two of them are equal when they are written alike: `1.0` is not `1.00`.
///
/// ```
/// use bindery_runtime::json::Number;
/// let price: Number = "0.30000000000000000001".parse()?;
/// assert_eq!(price.to_string(), "0.30000000000000000001");
/// assert_eq!(price.as_f64(), Some(0.3));
/// assert_eq!(Number::from(9_007_199_254_740_993).as_i64(), Some(9_007_199_254_740_993));
/// assert!("1,5".parse::<Number>().is_err());
/// # Ok::<(), bindery_runtime::json::NumberError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Number(Cow<'static, str>);

impl Number {
    /// As it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The nearest floating point number; `None` when it is too large for one.
    pub fn as_f64(&self) -> Option<f64> {
        self.0.parse().ok().filter(|number: &f64| number.is_finite())
    }

    /// The same whole number; `None` when it has a fraction or an exponent, or 64 bits do not hold it.
    pub fn as_i64(&self) -> Option<i64> {
        whole(&self.0)
    }
}

/// Reads a whole number that would be written the same way again.
fn whole(text: &str) -> Option<i64> {
    if text == "-0" { None } else { text.parse().ok() }
}

impl Default for Number {
    fn default() -> Self {
        Self(Cow::Borrowed("0"))
    }
}

impl From<i64> for Number {
    fn from(number: i64) -> Self {
        Self(Cow::Owned(number.to_string()))
    }
}

impl TryFrom<f64> for Number {
    type Error = NumberError;

    /// # Errors
    /// When the number is not finite: JSON has no such numbers.
    fn try_from(number: f64) -> Result<Self, NumberError> {
        // Rust writes every finite number with digits, a sign, a point and an exponent only, as JSON does.
        if number.is_finite() {
            Ok(Self(Cow::Owned(format!("{number:?}"))))
        } else {
            Err(NumberError(number.to_string()))
        }
    }
}

impl FromStr for Number {
    type Err = NumberError;

    fn from_str(text: &str) -> Result<Self, NumberError> {
        let mut reader = Reader::over(text);
        let number = reader.number().ok().flatten().filter(|number| number.len() == text.len());
        number.map(|number| Self(Cow::Owned(number.to_owned()))).ok_or_else(|| NumberError(text.to_owned()))
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromJson for Number {
    fn read(reader: &mut Reader<'_>) -> Result<Option<Self>, Error> {
        if reader.kind()? != Kind::Number {
            return Ok(None);
        }
        Ok(reader.number()?.map(|number| Self(Cow::Owned(number.to_owned()))))
    }
}

impl ToJson for Number {
    fn write(&self, writer: &mut Writer) {
        writer.verbatim(&self.0);
    }
}

/// A text or a floating point number that is no JSON number.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a number as JSON writes it")]
pub struct NumberError(String);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floating_point_numbers_are_written_as_json() {
        for number in [0.0, -0.0, 1.5, 1e300, 5e-324, f64::MAX, f64::MIN, 0.1 + 0.2] {
            let written = Number::try_from(number).unwrap();
            assert_eq!(written.as_str().parse::<Number>(), Ok(written.clone()));
            assert_eq!(written.as_f64().map(f64::to_bits), Some(number.to_bits()));
        }
        assert!(Number::try_from(f64::NAN).is_err());
        assert!(Number::try_from(f64::INFINITY).is_err());
    }

    #[test]
    fn whole_numbers_are_exact_or_nothing() {
        let whole = |text: &str| text.parse::<Number>().unwrap().as_i64();
        assert_eq!(whole("9223372036854775807"), Some(i64::MAX));
        assert_eq!(whole("9223372036854775808"), None);
        assert_eq!((whole("1.0"), whole("1e2"), whole("-0")), (None, None, None));
    }
}
