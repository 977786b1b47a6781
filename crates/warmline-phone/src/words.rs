//! Words that are put together: small recorded pieces, said one after the other. `sounds/words.txt` holds what they say.

/// A piece and its name; what is said is in `sounds/words.txt`.
macro_rules! recorded {
    ($($name:literal)*) => {
        const RECORDED: &[(&str, &[u8])] = &[$(($name, include_bytes!(concat!("../sounds/words/", $name, ".ulaw")))),*];
    };
}

recorded! {
    "closed" "opens" "today" "tomorrow" "in" "days" "monday" "tuesday" "wednesday" "thursday" "friday" "saturday" "sunday"
    "at" "oh" "am" "pm" "noon" "midnight" "full" "choose-message" "choose-call" "leave" "place-kept" "call-promised"
    "message-left" "position" "in-line" "wait" "less-than" "more-than" "to" "minute" "minutes" "keep"
    "1" "2" "3" "4" "5" "6" "7" "8" "9" "10" "11" "12" "13" "14" "15" "16" "17" "18" "19" "20"
    "30" "40" "50" "60" "70" "80" "90"
}

static GREETING: &[u8] = include_bytes!("../sounds/greeting.ulaw");

/// Between two times a menu is said.
const PAUSE_SAMPLES: usize = 2 * 8000;
const TONE_SAMPLES: usize = 8000 * 2 / 5;
const TONE_HZ: f64 = 850.0;
/// µ-law silence.
const SILENT: u8 = 0xff;

/// The pieces of these names, in order, as µ-law at 8 kHz; the error is one there is not. `greeting`, `tone` and `pause`
/// are there too.
pub fn words<'a>(pieces: impl IntoIterator<Item = &'a str>) -> Result<Vec<u8>, &'a str> {
    let mut said = Vec::new();
    for name in pieces {
        match name {
            "greeting" => said.extend(GREETING),
            "pause" => said.extend(std::iter::repeat_n(SILENT, PAUSE_SAMPLES)),
            "tone" => said.extend(tone()),
            _ => said.extend(*RECORDED.iter().find(|(n, _)| *n == name).map(|(_, piece)| piece).ok_or(name)?),
        }
    }
    Ok(said)
}

fn tone() -> impl Iterator<Item = u8> {
    let wave = |i: usize| (std::f64::consts::TAU * TONE_HZ * i as f64 / 8000.0).sin();
    (0..TONE_SAMPLES).map(move |i| crate::g711::Law::Mu.encode((8000.0 * wave(i)) as i16))
}
