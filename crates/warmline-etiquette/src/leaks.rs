//! What only insiders may read, in what is about to go out. Exact by construction: names, addresses, numbers, the very
//! words of a note, and secrets by their form. What the customer wrote themselves is theirs to hear back.

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::ops::Range;

use crate::context::{Context, Inside};

/// So many words in a row shared with a note are its words, not chance.
const SHINGLE: usize = 8;
/// Below this many bits a character, a long word is a word.
const ENTROPY: f64 = 3.5;
const SECRET_CHARS: usize = 24;
/// What home routers answer to: part of ordinary instructions.
const ROUTERS: [&str; 7] =
    ["192.168.0.1", "192.168.1.1", "192.168.1.254", "192.168.2.1", "192.168.178.1", "10.0.0.1", "127.0.0.1"];
const INNER_ENDS: [&str; 7] = [".internal", ".local", ".lan", ".corp", ".intra", ".intern", ".home.arpa"];

/// The bytes of one kind of leak.
pub(crate) fn find(kind: &str, source: &str, context: &Context) -> Vec<Range<usize>> {
    let inside = &context.inside;
    let lower = same_length_lower(source);
    let theirs = same_length_lower(&format!("{}\n{}", context.wrote, context.earlier));
    let mut spans = match kind {
        "leak-note" => notes(&lower, &theirs, inside),
        "leak-host" => hosts(&lower, inside),
        "leak-link" => links(&lower, inside),
        "leak-address" => addresses(&lower),
        "leak-customer" => others(&lower, context),
        "leak-secret" => secrets(source),
        "leak-glossary" => terms(&lower, &inside.glossary),
        "leak-colleague" => inside.colleagues.iter().flat_map(|name| person(&lower, name, true)).collect(),
        _ => vec![],
    };
    let back = |said: &str| stands_in(&theirs, said) || (kind == "leak-link" && stands_in(&theirs, host_of(said)));
    if kind != "leak-note" {
        spans.retain(|s| !back(&lower[s.clone()]));
    }
    spans.sort_by_key(|s| s.start);
    spans.dedup();
    spans
}

/// Lower case with every byte in its place.
fn same_length_lower(text: &str) -> String {
    text.chars().map(|c| c.to_lowercase().next().filter(|l| l.len_utf8() == c.len_utf8()).unwrap_or(c)).collect()
}

/// The longest runs of such characters, in order.
fn runs<'a>(text: &'a str, inside: impl Fn(char) -> bool + 'a) -> impl Iterator<Item = Range<usize>> + 'a {
    let parts = text.split(move |c| !inside(c)).filter(|run| !run.is_empty());
    parts.map(move |run| {
        let at = run.as_ptr() as usize - text.as_ptr() as usize;
        at..at + run.len()
    })
}

/// The run without such characters at its end.
fn trimmed(text: &str, run: Range<usize>, ends: impl Fn(char) -> bool) -> Range<usize> {
    run.start..run.start + text[run].trim_end_matches(ends).len()
}

fn words(text: &str) -> Vec<Range<usize>> {
    runs(text, char::is_alphanumeric).collect()
}

fn notes(lower: &str, theirs: &str, inside: &Inside) -> Vec<Range<usize>> {
    let shingles = |text: &str| -> BTreeSet<Vec<String>> {
        let spans = words(text);
        spans.windows(SHINGLE).map(|w| w.iter().map(|r| text[r.clone()].to_owned()).collect()).collect()
    };
    let known: BTreeSet<_> = inside.notes.iter().flat_map(|n| shingles(&same_length_lower(n))).collect();
    if known.is_empty() {
        return vec![];
    }
    let mut open = shingles(theirs);
    open.extend(inside.released.iter().flat_map(|text| shingles(&same_length_lower(text))));
    let mut found: Vec<Range<usize>> = vec![];
    for window in words(lower).windows(SHINGLE) {
        let said: Vec<String> = window.iter().map(|r| lower[r.clone()].to_owned()).collect();
        if !known.contains(&said) || open.contains(&said) {
            continue;
        }
        let span = window[0].start..window[SHINGLE - 1].end;
        match found.last_mut() {
            Some(last) if last.end >= span.start => last.end = span.end,
            _ => found.push(span),
        }
    }
    found
}

fn is_word_part(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Every place where one of the names stands as whole words.
fn named(lower: &str, names: &[String]) -> Vec<Range<usize>> {
    let names = names.iter().map(|n| n.trim().to_lowercase()).filter(|n| n.chars().count() > 2);
    names.flat_map(|name| places(lower, &name)).collect()
}

fn places(lower: &str, name: &str) -> Vec<Range<usize>> {
    let alone = |at: usize| {
        let before = lower[..at].chars().next_back();
        let after = lower[at + name.len()..].chars().next();
        !before.is_some_and(is_word_part) && !after.is_some_and(is_word_part)
    };
    lower.match_indices(name).filter(|(at, _)| alone(*at)).map(|(at, _)| at..at + name.len()).collect()
}

/// Every place where these words stand one after another, whatever is between them: a hyphen, quotes, the end of a line.
/// The last one may be inflected.
fn terms(lower: &str, terms: &[String]) -> Vec<Range<usize>> {
    let said = words(lower);
    terms
        .iter()
        .filter(|t| t.trim().chars().count() > 2)
        .flat_map(|t| in_a_row(lower, &said, &t.to_lowercase()))
        .collect()
}

fn in_a_row(lower: &str, said: &[Range<usize>], term: &str) -> Vec<Range<usize>> {
    const ENDINGS: [&str; 7] = ["", "s", "es", "ed", "d", "ing", "red"];
    let wanted: Vec<&str> = words(term).into_iter().map(|r| &term[r]).collect();
    let Some((last, first)) = wanted.split_last() else { return vec![] };
    let near = |pair: &[Range<usize>]| {
        let between = &lower[pair[0].end..pair[1].start];
        between.chars().count() <= 3 && !between.contains(['.', '!', '?', ';'])
    };
    let is = |run: &[Range<usize>]| {
        let same = first.iter().zip(run).all(|(w, r)| *w == &lower[r.clone()]);
        let end = lower[run[run.len() - 1].clone()].strip_prefix(last);
        same && end.is_some_and(|e| ENDINGS.contains(&e)) && run.windows(2).all(near)
    };
    said.windows(wanted.len()).filter(|run| is(run)).map(|run| run[0].start..run[run.len() - 1].end).collect()
}

/// A person's name: as it is, turned round ("Prieto, Gustavo"), and for a colleague with an initial ("M. Thiele").
fn person(lower: &str, name: &str, initial: bool) -> Vec<Range<usize>> {
    let name = name.trim().to_lowercase();
    let said = words(lower);
    let plain = |found: Vec<Range<usize>>, last: &str| {
        found.into_iter().filter(|r| lower[r.clone()].ends_with(last)).collect::<Vec<_>>()
    };
    let parts: Vec<&str> = name.split_whitespace().collect();
    let (Some(first), Some(last)) = (parts.first(), parts.last()) else { return vec![] };
    let mut found = plain(in_a_row(lower, &said, &name), last);
    if parts.len() > 1 {
        let turned = format!("{last} {}", parts[..parts.len() - 1].join(" "));
        let between = |r: &Range<usize>| lower[r.clone()].contains(',');
        found.extend(plain(in_a_row(lower, &said, &turned), parts[parts.len() - 2]).into_iter().filter(between));
    }
    if initial && parts.len() > 1 {
        let letter: String = first.chars().take(1).collect();
        let short = format!("{letter}. {last}");
        found.extend(places(lower, &short));
    }
    found
}

/// The host of a link.
fn host_of(link: &str) -> &str {
    let rest = link.split_once("://").map_or(link, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    authority.rsplit('@').next().unwrap_or_default().split(':').next().unwrap_or_default()
}

fn stands_in(theirs: &str, found: &str) -> bool {
    !places(theirs, found.trim()).is_empty()
}

/// Dotted names and addresses in a text, with their places.
fn dotted(lower: &str) -> Vec<Range<usize>> {
    let names = runs(lower, |c| c.is_alphanumeric() || matches!(c, '.' | '-' | '_'));
    names
        .map(|run| trimmed(lower, run, |c| matches!(c, '.' | '-')))
        .filter(|name| lower[name.clone()].contains('.'))
        .collect()
}

fn is_public(host: &str, inside: &Inside) -> bool {
    inside.public.iter().map(|p| p.to_lowercase()).any(|public| {
        let public = public.split("://").last().unwrap_or_default().split('/').next().unwrap_or_default().to_owned();
        host == public || public.rsplit_once('@').is_some_and(|(_, d)| d == host)
    })
}

fn is_inner(host: &str, inside: &Inside) -> bool {
    if INNER_ENDS.iter().any(|end| host.ends_with(end)) {
        return true;
    }
    let ours = inside.domains.iter().map(|d| d.to_lowercase());
    ours.into_iter().any(|d| host.strip_suffix(&d).is_some_and(|h| h.ends_with('.') && h != "www."))
        && !is_public(host, inside)
}

/// Whether a link starts before this place, without a space between.
fn in_link(lower: &str, at: usize) -> bool {
    lower[..at].rsplit(char::is_whitespace).next().is_some_and(|word| word.contains("://"))
}

fn hosts(lower: &str, inside: &Inside) -> Vec<Range<usize>> {
    let mut found: Vec<_> =
        named(lower, &inside.hosts).into_iter().filter(|s| !is_public(&lower[s.clone()], inside)).collect();
    let before = |s: &Range<usize>| lower[..s.start].chars().next_back();
    found.extend(dotted(lower).into_iter().filter(|s| is_inner(&lower[s.clone()], inside) && before(s) != Some('@')));
    found.retain(|s| !in_link(lower, s.start));
    let whole = found.clone();
    found.retain(|s| !whole.iter().any(|w| w != s && w.start <= s.start && w.end >= s.end));
    found
}

fn links(lower: &str, inside: &Inside) -> Vec<Range<usize>> {
    let mut found = vec![];
    for (at, _) in lower.match_indices("://") {
        let scheme = lower[..at]
            .rfind(|c: char| !c.is_ascii_alphanumeric())
            .map_or(0, |n| n + lower[n..].chars().next().map_or(1, char::len_utf8));
        let end = lower[at..]
            .find(|c: char| c.is_whitespace() || matches!(c, ')' | '>' | '"' | ']'))
            .map_or(lower.len(), |n| at + n);
        let link = lower[scheme..end].trim_end_matches(['.', ',', ';', ':', '!', '?']);
        let host = host_of(link);
        let plain = host.chars().all(|c| c.is_alphanumeric() || c == '-');
        let bare = plain && !host.is_empty() && host != "localhost";
        let known = inside.hosts.iter().any(|h| h.to_lowercase() == host);
        let public = inside.public.iter().any(|p| link.contains(&p.to_lowercase()));
        if !public
            && (bare
                || known
                || is_inner(host, inside)
                || host.parse::<Ipv4Addr>().is_ok_and(|a| a.is_private() && !ROUTERS.contains(&host)))
        {
            found.push(scheme..scheme + link.len());
        }
    }
    found
}

fn addresses(lower: &str) -> Vec<Range<usize>> {
    let is_inner = |text: &str| match (text.parse::<Ipv4Addr>(), text.parse::<Ipv6Addr>()) {
        // RFC 1918, and RFC 6598 between a provider and its customers.
        (Ok(v4), _) => {
            let shared = v4.octets()[0] == 100 && (64..128).contains(&v4.octets()[1]);
            (v4.is_private() || shared) && !ROUTERS.contains(&text)
        }
        (_, Ok(v6)) => v6.is_unique_local() || v6.is_unicast_link_local(),
        _ => false,
    };
    let runs = runs(lower, |c| c.is_ascii_hexdigit() || matches!(c, '.' | ':'));
    let address = |run: Range<usize>| {
        let run = trimmed(lower, run, |c| matches!(c, '.' | ':'));
        match lower[run.clone()].split_once(':') {
            Some((address, port)) if address.contains('.') && port.chars().all(|c| c.is_ascii_digit()) => {
                run.start..run.start + address.len()
            }
            _ => run,
        }
    };
    runs.map(address).filter(|run| is_inner(&lower[run.clone()]) && !in_link(lower, run.start)).collect()
}

fn others(lower: &str, context: &Context) -> Vec<Range<usize>> {
    let own = |text: &str| {
        let me = &context.customer;
        me.name.to_lowercase() == text
            || me.addresses.iter().any(|a| a.to_lowercase() == text)
            || context.recipients.iter().any(|a| a.to_lowercase() == text)
    };
    let public = |text: &str| context.inside.public.iter().any(|p| p.to_lowercase() == text);
    let mut found = vec![];
    for other in &context.inside.others {
        for text in other.addresses.iter().chain([&other.name]).map(|t| t.trim().to_lowercase()) {
            if text.chars().count() > 4 && !own(&text) && !public(&text) && (text.contains('@') || text.contains(' ')) {
                found.extend(if text.contains('@') { places(lower, &text) } else { person(lower, &text, false) });
            }
        }
        let mine: Vec<String> =
            context.customer.phones.iter().chain(&context.inside.public).map(|p| digits(p)).collect();
        let theirs = digits(&context.wrote);
        for phone in other.phones.iter().map(|p| digits(p)).filter(|p| p.len() >= 7) {
            let last = &phone[phone.len().saturating_sub(10)..];
            if mine.iter().any(|m| m.ends_with(last)) || theirs.contains(last) {
                continue;
            }
            found.extend(phones(lower).into_iter().filter(|s| digits(&lower[s.clone()]).ends_with(last)));
        }
    }
    found
}

fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

/// Runs of digits as telephone numbers are written.
pub fn phones(text: &str) -> Vec<Range<usize>> {
    let written = |c: char| c.is_ascii_digit() || matches!(c, ' ' | '-' | '(' | ')' | '.' | '/' | '+' | '\u{a0}');
    let number = |run: Range<usize>| {
        let run = trimmed(text, run, |c| !c.is_ascii_digit());
        let leads = text[run.clone()].find(|c: char| c.is_ascii_digit() || matches!(c, '+' | '('));
        run.start + leads.unwrap_or(0)..run.end
    };
    runs(text, written).map(number).filter(|run| digits(&text[run.clone()]).len() >= 7).collect()
}

/// Mail addresses in a text.
pub fn mails(text: &str) -> Vec<Range<usize>> {
    let written = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | '+' | '@');
    let address = |run: &Range<usize>| {
        text[run.clone()].split_once('@').is_some_and(|(local, domain)| !local.is_empty() && domain.contains('.'))
    };
    runs(text, written).map(|run| trimmed(text, run, |c| matches!(c, '.' | '-'))).filter(address).collect()
}

fn secrets(source: &str) -> Vec<Range<usize>> {
    const KNOWN: [(&str, usize); 14] = [
        ("AKIA", 16),
        ("ASIA", 16),
        ("ghp_", 20),
        ("gho_", 20),
        ("github_pat_", 20),
        ("glpat-", 16),
        ("xoxb-", 16),
        ("xoxp-", 16),
        ("sk_live_", 12),
        ("sk_test_", 12),
        ("rk_live_", 12),
        ("AIza", 30),
        ("SG.", 30),
        ("eyJ", 30),
    ];
    let mut found = vec![];
    if let Some(at) = source.find("-----BEGIN ") {
        let line = source[at..].find('\n').map_or(source.len(), |n| at + n);
        if source[at..line].contains("PRIVATE KEY") {
            let end = source[line..].find("-----END").map_or(line, |n| line + n);
            found.push(at..end.max(line));
        }
    }
    for (at, word) in pieces(source) {
        let known = KNOWN.iter().any(|(start, rest)| word.starts_with(start) && word.len() >= start.len() + rest);
        let login = word.split_once("://").is_some_and(|(_, rest)| {
            let host = rest.split('/').next().unwrap_or_default();
            host.rsplit_once('@').is_some_and(|(user, _)| user.split_once(':').is_some_and(|(_, p)| !p.is_empty()))
        });
        if known || login || is_random(word) {
            found.push(at..at + word.len());
        }
    }
    found.extend(phones(source).into_iter().filter(|run| is_card(&digits(&source[run.clone()]))));
    found.extend(said_passwords(source));
    found.extend(settings(source));
    let whole = found.clone();
    found.retain(|s| !whole.iter().any(|w| w != s && w.start <= s.start && w.end >= s.end));
    found
}

/// The number of a payment card: its digits add up (ISO/IEC 7812-1, Luhn) and it begins as the large schemes do.
fn is_card(digits: &str) -> bool {
    let values = digits.bytes().rev().map(|b| u32::from(b - b'0')).enumerate();
    let sum: u32 = values.map(|(at, d)| if at % 2 == 0 { d } else { (d * 2) / 10 + (d * 2) % 10 }).sum();
    (14..=19).contains(&digits.len()) && digits.starts_with(['3', '4', '5', '6']) && sum.is_multiple_of(10)
}

/// Words by spaces, without the quotes and brackets around them.
fn pieces(source: &str) -> impl Iterator<Item = (usize, &str)> {
    source
        .split(|c: char| {
            c.is_whitespace() || matches!(c, '"' | '\'' | '`' | '<' | '>' | '“' | '”' | '(' | ')' | ',' | ';')
        })
        .filter_map(move |word| {
            let at = word.as_ptr() as usize - source.as_ptr() as usize;
            let word = word.trim_end_matches(['.', '!', '?', ':']);
            (!word.is_empty()).then_some((at, word))
        })
}

/// Long, of letters and digits, without rhyme: a token. An order's UUID and a hash of a commit are not.
fn is_random(word: &str) -> bool {
    let value = word.rsplit_once('=').map_or(word, |(_, v)| if v.len() >= SECRET_CHARS { v } else { word });
    let hex = value.chars().all(|c| c.is_ascii_hexdigit() || c == '-');
    let plain = value.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=' | '_' | '-'));
    let has = |f: fn(&char) -> bool| value.chars().any(|c| f(&c));
    let mixed = has(char::is_ascii_digit) && has(char::is_ascii_lowercase) && has(char::is_ascii_uppercase);
    value.len() >= SECRET_CHARS
        && plain
        && !hex
        && mixed
        && !word.contains("://")
        && value.matches(['/', '-']).count() < 4
        && entropy(value) > ENTROPY
}

/// Bits a character.
fn entropy(text: &str) -> f64 {
    let mut counts = [0_u32; 256];
    text.bytes().for_each(|b| counts[b as usize] += 1);
    let all = text.len() as f64;
    counts.iter().filter(|c| **c > 0).map(|c| f64::from(*c) / all).map(|p| -p * p.log2()).sum()
}

/// "the password is Hunter-22": the word after it, when it looks like one.
fn said_passwords(source: &str) -> Vec<Range<usize>> {
    const NAMES: [&str; 17] = [
        "client_secret",
        "secret_key",
        "access_key",
        "api_key",
        "password",
        "passwort",
        "kennwort",
        "passphrase",
        "passwd",
        "pwd",
        "pw",
        "pin",
        "secret",
        "token",
        "api key",
        "apikey",
        "passcode",
    ];
    const LINKS: [&str; 12] = ["is", "ist", "was", "lautet", "to", "auf", ":", "=", "as", "now", "still", "set"];
    let lower = same_length_lower(source);
    let words: Vec<(usize, &str)> = pieces(&lower).collect();
    let mut found = vec![];
    for name in NAMES {
        for span in places(&lower, name) {
            if source[span.end..].starts_with('=') {
                // A setting, which is looked at as one.
                continue;
            }
            let mut after = words.iter().skip_while(|(at, _)| *at < span.end);
            if let Some((at, word)) = after.clone().next()
                && *at == span.end + 1
                && word.len() >= 4
                && (name == "pin" || name == "passcode")
                && word.bytes().all(|b| b.is_ascii_digit())
            {
                found.push(*at..*at + word.len());
                continue;
            }
            let mut linked = source[span.end..].trim_start().starts_with([':', '=']);
            for (at, word) in after.by_ref().take(4) {
                let raw = &source[*at..*at + word.len()];
                let bare = raw.trim_start_matches([':', '=']);
                if LINKS.contains(word) {
                    linked = true;
                } else if linked && looks_secret(bare) {
                    found.push(*at + raw.len() - bare.len()..*at + raw.len());
                    break;
                } else if linked {
                    break;
                }
            }
        }
    }
    found
}

fn looks_secret(word: &str) -> bool {
    let digit = word.chars().any(|c| c.is_ascii_digit());
    let letter = word.chars().any(char::is_alphabetic);
    let mark = word.chars().any(|c| !c.is_alphanumeric() && c != '\'' && c != '’' && c != '-');
    let count = word.chars().count();
    (count >= 5 && ((digit && letter) || (mark && (digit || letter)))) || (count >= 4 && digit && !letter)
}

/// `SECRET_KEY=…`, `"token": "…"`, `Authorization: Bearer …`.
fn settings(source: &str) -> Vec<Range<usize>> {
    let lower = same_length_lower(source);
    let mut found = vec![];
    for (at, _) in lower.match_indices("bearer ") {
        let value = source[at + 7..].split(char::is_whitespace).next().unwrap_or_default().trim_end_matches(['.', ',']);
        if value.len() >= 12 && value.chars().any(|c| c.is_ascii_digit()) {
            found.push(at + 7..at + 7 + value.len());
        }
    }
    for (at, word) in pieces(source) {
        let Some((name, value)) = word.split_once('=') else { continue };
        let name = name.to_lowercase();
        let secret = ["password", "passwd", "pwd", "secret", "token", "api_key", "apikey", "access_key"]
            .iter()
            .any(|n| name.ends_with(n));
        if secret && value.len() >= 4 && !word.contains("://") {
            found.push(at..at + word.len());
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::in_link;

    #[test]
    fn a_link_begins_after_any_kind_of_space() {
        for space in [' ', '\u{a0}', '\u{2029}'] {
            let text = format!("see{space}https://wiki/x db-prod-3");
            assert!(in_link(&text, text.find("/x").unwrap()), "{space:?}");
            assert!(!in_link(&text, text.find("db").unwrap()), "{space:?}");
        }
    }
}
