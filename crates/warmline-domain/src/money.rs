//! Amounts of money: whole minor units (cents) of a currency. No fractions, no conversion.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Refusal;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Money {
    pub minor: i64,
    /// ISO 4217: EUR, USD.
    pub currency: String,
}

/// No price of a support desk is higher; in minor units.
const HIGHEST: i64 = 100_000_000_000;

/// Decimals of a currency (ISO 4217); most have two.
fn decimals(currency: &str) -> usize {
    match currency {
        "BIF" | "CLP" | "DJF" | "GNF" | "ISK" | "JPY" | "KMF" | "KRW" | "PYG" | "RWF" | "UGX" | "VND" | "VUV"
        | "XAF" | "XOF" | "XPF" => 0,
        "BHD" | "IQD" | "JOD" | "KWD" | "LYD" | "OMR" | "TND" => 3,
        _ => 2,
    }
}

impl Money {
    /// `49`, `49.50` or `49,50`, and a currency of three letters.
    pub fn read(amount: &str, currency: &str) -> Result<Money, Refusal> {
        let currency = currency.trim().to_uppercase();
        if currency.len() != 3 || !currency.chars().all(|c| c.is_ascii_uppercase()) {
            return Err(Refusal::input(format!("“{currency}” is no currency."), "Use three letters, like EUR or USD."));
        }
        let unreadable = || {
            Refusal::input(
                format!("“{}” is no amount in {currency}.", amount.trim()),
                "Enter it like 49 or 49.50, without signs for thousands.",
            )
        };
        let places = decimals(&currency);
        let amount = amount.trim().replace(',', ".");
        let (whole, part) = amount.split_once('.').unwrap_or((&amount, ""));
        let digits = |t: &str| t.chars().all(|c| c.is_ascii_digit());
        if whole.is_empty() || whole.len() > 10 || !digits(whole) || part.len() > places || !digits(part) {
            return Err(unreadable());
        }
        let minor: i64 = format!("{whole}{part:0<places$}").parse().map_err(|_| unreadable())?;
        if minor > HIGHEST {
            return Err(unreadable());
        }
        Ok(Money { minor, currency })
    }

    /// The amount alone, as [`Money::read`] takes it.
    pub fn amount(&self) -> String {
        self.written('.')
    }

    fn written(&self, point: char) -> String {
        let places = decimals(&self.currency);
        if places == 0 {
            return self.minor.to_string();
        }
        let unit = 10_i64.pow(places as u32);
        format!("{}{point}{:0places$}", self.minor / unit, self.minor % unit)
    }

    /// As it is written in a language: 49,50 EUR in German.
    pub fn in_words(&self, language: &str) -> String {
        format!("{} {}", self.written(if language == "de" { ',' } else { '.' }), self.currency)
    }

    pub fn is_zero(&self) -> bool {
        self.minor == 0
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.in_words("en"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_and_written_to_the_cent() {
        let read = |a: &str, c: &str| Money::read(a, c).map(|m| m.minor).map_err(|r| r.why);
        assert_eq!(read("49", "eur"), Ok(4900));
        assert_eq!(read(" 49,5", "EUR"), Ok(4950));
        assert_eq!(read("0.07", "USD"), Ok(7));
        assert_eq!(read("1500", "JPY"), Ok(1500));
        assert_eq!(read("1.234", "KWD"), Ok(1234));
        for (amount, currency) in [
            ("", "EUR"),
            ("-1", "EUR"),
            ("1.234", "EUR"),
            ("1.5", "JPY"),
            ("1e3", "EUR"),
            ("1", "EURO"),
            ("99999999999", "EUR"),
        ] {
            assert!(read(amount, currency).is_err(), "{amount} {currency}");
        }
        let money = Money::read("1049.05", "EUR").unwrap();
        assert_eq!((money.to_string(), money.in_words("de")), ("1049.05 EUR".into(), "1049,05 EUR".into()));
        assert_eq!(Money::read(&money.amount(), "EUR"), Ok(money));
    }
}
