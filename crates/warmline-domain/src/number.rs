//! The ticket number a customer can say on the phone: `K7M-29Q`.
//!
//! Letter, digit, letter, dash, digits, and a check letter at the end. The letters leave out I, O and S, which are
//! heard or read as 1, 0 and 5. The check letter is a weighted sum modulo 23, a prime: any single wrong symbol and any
//! two swapped neighbours are noticed (as ISO 7064 does with its own moduli). Two digits serve the first 52,900
//! tickets; then the number grows by a digit at a time and the old ones stay as they are.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::refusal::Refusal;

const LETTERS: &[u8; 23] = b"ABCDEFGHJKLMNPQRTUVWXYZ";
/// Numbers with `n` digits after the dash: 23 × 10 × 23 × 10ⁿ.
const HEADS: u64 = 23 * 10 * 23;
const MIN_TAIL: u32 = 2;
const MAX_TAIL: u32 = 9;

/// The serial of a ticket, from 0, shown and said as a number with a check letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TicketNumber(pub u64);

impl TicketNumber {
    /// The spelling alphabet form, to be read aloud: "Kilo 7 Mike, 2 9 Quebec".
    pub fn spoken(self) -> String {
        let text = self.to_string();
        let mut words: Vec<String> = Vec::new();
        for symbol in text.chars() {
            match symbol {
                '-' => {
                    if let Some(last) = words.last_mut() {
                        last.push(',');
                    }
                }
                c if c.is_ascii_digit() => words.push(c.to_string()),
                c => words.push(spelled(c).to_owned()),
            }
        }
        words.join(" ")
    }

    /// Finds the first number in running text, such as a subject line. Anything that fails its check is passed over.
    pub fn find(text: &str) -> Option<Self> {
        text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-'))
            .filter(|word| word.len() <= 16)
            .find_map(|word| word.contains('-').then(|| word.parse().ok()).flatten())
    }
}

fn spelled(letter: char) -> &'static str {
    const WORDS: [&str; 26] = [
        "Alfa", "Bravo", "Charlie", "Delta", "Echo", "Foxtrot", "Golf", "Hotel", "India", "Juliett", "Kilo", "Lima",
        "Mike", "November", "Oscar", "Papa", "Quebec", "Romeo", "Sierra", "Tango", "Uniform", "Victor", "Whiskey",
        "X-ray", "Yankee", "Zulu",
    ];
    WORDS[(letter as u8 - b'A') as usize]
}

/// How many digits follow the dash, how many serials come before those, and how many there are.
fn size_class(serial: u64) -> (u32, u64, u64) {
    let (mut tail, mut before) = (MIN_TAIL, 0);
    loop {
        let count = HEADS * 10u64.pow(tail);
        if serial < before + count || tail == MAX_TAIL {
            return (tail, before, count);
        }
        before += count;
        tail += 1;
    }
}

/// Spreads neighbouring serials over the class so that two tickets of one hour do not sound alike.
/// The multiplier is prime and divides no class size (2, 5 and 23 only), so this is a permutation.
const SPREAD: u64 = 7_368_787;

fn inverse(a: u64, modulus: u64) -> u64 {
    let (mut old, mut new) = ((a % modulus) as i128, modulus as i128);
    let (mut old_factor, mut factor) = (1i128, 0i128);
    while new != 0 {
        let quotient = old / new;
        (old, new) = (new, old - quotient * new);
        (old_factor, factor) = (factor, old_factor - quotient * factor);
    }
    old_factor.rem_euclid(modulus as i128) as u64
}

impl fmt::Display for TicketNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (tail, before, count) = size_class(self.0);
        let mut n = ((self.0 - before) as u128 * SPREAD as u128 % count as u128) as u64;
        let mut symbols = vec![0u8; 3 + tail as usize];
        for place in symbols[3..].iter_mut().rev() {
            *place = b'0' + (n % 10) as u8;
            n /= 10;
        }
        symbols[2] = LETTERS[(n % 23) as usize];
        n /= 23;
        symbols[1] = b'0' + (n % 10) as u8;
        n /= 10;
        symbols[0] = LETTERS[n as usize];
        let check = LETTERS[check_of(&symbols) as usize];
        let text = std::str::from_utf8(&symbols).map_err(|_| fmt::Error)?;
        write!(f, "{}-{}{}", &text[..3], &text[3..], check as char)
    }
}

fn value_of(symbol: u8) -> u64 {
    match symbol {
        b'0'..=b'9' => u64::from(symbol - b'0'),
        _ => LETTERS.iter().position(|l| *l == symbol).unwrap_or(0) as u64,
    }
}

fn check_of(symbols: &[u8]) -> u64 {
    symbols.iter().enumerate().map(|(place, s)| (place as u64 + 2) * value_of(*s)).sum::<u64>() % 23
}

impl std::str::FromStr for TicketNumber {
    type Err = Refusal;

    fn from_str(text: &str) -> Result<Self, Refusal> {
        let wrong = || {
            Refusal::input(
                format!("“{}” is not a ticket number.", text.chars().take(20).collect::<String>()),
                "A ticket number looks like K7M-29Q. Ask for it once more; one symbol may have been heard wrong.",
            )
        };
        let symbols: Vec<u8> =
            text.bytes().filter(|b| *b != b'-' && *b != b' ').map(|b| b.to_ascii_uppercase()).collect();
        let tail = symbols.len().checked_sub(4).ok_or_else(wrong)? as u32;
        if !(MIN_TAIL..=MAX_TAIL).contains(&tail) {
            return Err(wrong());
        }
        let (check, body) = symbols.split_last().ok_or_else(wrong)?;
        let shape = body.iter().enumerate().all(|(i, s)| match i {
            0 | 2 => LETTERS.contains(s),
            _ => s.is_ascii_digit(),
        });
        if !shape || !LETTERS.contains(check) || value_of(*check) != check_of(body) {
            return Err(wrong());
        }
        let mut n = value_of(body[0]) * 10 + value_of(body[1]);
        n = n * 23 + value_of(body[2]);
        for digit in &body[3..] {
            n = n * 10 + value_of(*digit);
        }
        let before: u64 = (MIN_TAIL..tail).map(|t| HEADS * 10u64.pow(t)).sum();
        let count = HEADS * 10u64.pow(tail);
        Ok(TicketNumber(before + (n as u128 * inverse(SPREAD, count) as u128 % count as u128) as u64))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_shown_is_read_back(serial in prop_oneof![0u64..2_000_000, 0u64..600_000_000_000]) {
            let number = TicketNumber(serial);
            prop_assert_eq!(number.to_string().parse::<TicketNumber>().unwrap(), number);
            prop_assert_eq!(number.to_string().to_lowercase().replace('-', " ").parse::<TicketNumber>().unwrap(), number);
        }

        #[test]
        fn one_symbol_heard_wrong_is_noticed(serial in 0u64..2_000_000, place in 0usize..9, other in 0usize..33) {
            let text = TicketNumber(serial).to_string();
            let mut symbols: Vec<u8> = text.bytes().collect();
            let place = place % symbols.len();
            let all = b"ABCDEFGHJKLMNPQRTUVWXYZ0123456789";
            prop_assume!(symbols[place] != b'-' && symbols[place] != all[other]);
            symbols[place] = all[other];
            prop_assert!(String::from_utf8(symbols).unwrap().parse::<TicketNumber>().is_err());
        }

        #[test]
        fn neighbours_swapped_are_noticed(serial in 0u64..2_000_000, place in 0usize..8) {
            let text: Vec<u8> = TicketNumber(serial).to_string().bytes().filter(|b| *b != b'-').collect();
            let place = place % (text.len() - 1);
            prop_assume!(text[place] != text[place + 1]);
            let mut swapped = text.clone();
            swapped.swap(place, place + 1);
            prop_assert!(String::from_utf8(swapped).unwrap().parse::<TicketNumber>().is_err());
        }
    }

    #[test]
    fn numbers_do_not_repeat_where_the_class_grows() {
        let seen: std::collections::BTreeSet<String> =
            (HEADS * 100 - 3000..HEADS * 100 + 3000).map(|n| TicketNumber(n).to_string()).collect();
        assert_eq!(seen.len(), 6000);
        assert_eq!(TicketNumber(HEADS * 100 - 1).to_string().len(), 7);
        assert_eq!(TicketNumber(HEADS * 100).to_string().len(), 8);
    }

    #[test]
    fn it_can_be_said_and_found() {
        let number = TicketNumber(12);
        let shown = number.to_string();
        assert_eq!(TicketNumber::find(&format!("Re: AW: [{shown}] printer, line-2 again")), Some(number));
        assert_eq!(TicketNumber::find("Re: invoice 2024-11 for ABC-123"), None);
        assert!(number.spoken().contains(','));
        assert_eq!(spelled('Q'), "Quebec");
    }
}
