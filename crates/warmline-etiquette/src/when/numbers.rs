//! Numbers, days of a month and months, as words and as digits.

/// A bare hour: one to seven are in the afternoon.
pub(super) fn afternoon(hour: i64) -> Option<i8> {
    match hour {
        1..=7 => Some(hour as i8 + 12),
        8..=23 => Some(hour as i8),
        _ => None,
    }
}

pub(crate) fn number(word: &str) -> Option<i64> {
    const WORDS: [(&str, i64); 36] = [
        ("a", 1),
        ("an", 1),
        ("one", 1),
        ("two", 2),
        ("three", 3),
        ("four", 4),
        ("five", 5),
        ("six", 6),
        ("seven", 7),
        ("eight", 8),
        ("nine", 9),
        ("ten", 10),
        ("eleven", 11),
        ("twelve", 12),
        ("fifteen", 15),
        ("twenty", 20),
        ("thirty", 30),
        ("forty", 40),
        ("forty-five", 45),
        ("sixty", 60),
        ("ninety", 90),
        ("half", 0),
        ("ein", 1),
        ("eine", 1),
        ("einer", 1),
        ("einem", 1),
        ("zwei", 2),
        ("drei", 3),
        ("vier", 4),
        ("fünf", 5),
        ("sechs", 6),
        ("sieben", 7),
        ("acht", 8),
        ("neun", 9),
        ("zehn", 10),
        ("zwölf", 12),
    ];
    word.parse()
        .ok()
        .filter(|n| (0..10_000).contains(n))
        .or_else(|| WORDS.iter().find(|(w, _)| *w == word).map(|(_, n)| *n))
        .filter(|_| word != "half")
}

pub(super) fn ordinal(word: &str) -> Option<i8> {
    const WORDS: [&str; 12] = [
        "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh",
        "twelfth",
    ];
    if let Some(at) = WORDS.iter().position(|w| *w == word) {
        return Some(at as i8 + 1);
    }
    let digits = word.trim_end_matches(|c: char| !c.is_ascii_digit());
    let end = &word[digits.len()..];
    (matches!(end, "" | "st" | "nd" | "rd" | "th" | "."))
        .then(|| digits.parse().ok())
        .flatten()
        .filter(|d| (1..=31).contains(d))
}

pub(super) fn month(word: &str) -> Option<i8> {
    const MONTHS: [(&str, &str); 12] = [
        ("january", "januar"),
        ("february", "februar"),
        ("march", "märz"),
        ("april", "april"),
        ("may", "mai"),
        ("june", "juni"),
        ("july", "juli"),
        ("august", "august"),
        ("september", "september"),
        ("october", "oktober"),
        ("november", "november"),
        ("december", "dezember"),
    ];
    let at = MONTHS.iter().position(|(en, de)| {
        word == *en
            || word == *de
            || (word.len() >= 3 && word != "may" && word == &en[..3])
            || (word == "sept" && *en == "september")
    })?;
    Some(at as i8 + 1)
}
