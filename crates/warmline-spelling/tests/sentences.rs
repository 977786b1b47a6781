//! Real sentences of a desk: what is a slip, and what is nobody's business.

use std::sync::mpsc::channel;
use std::time::Duration;

use warmline_etiquette::Language::{English, German};
use warmline_etiquette::Level;
use warmline_spelling::{Dialect, Settings, Speller, State, Vocabulary, Worker};

fn found(speller: &mut Speller, text: &str, names: &[&str]) -> Vec<(String, Option<String>)> {
    let findings = speller.check(text, English, &Vocabulary::of(names));
    findings.iter().map(|f| (text[f.span.clone()].to_owned(), f.fixes.first().cloned())).collect()
}

#[test]
fn slips_are_found_with_the_better_word() {
    let mut speller = Speller::new(Vocabulary::default(), Dialect::Either);
    for (text, said, fix) in [
        ("We recieved your parcel.", "recieved", "received"),
        ("Please chekc the cable.", "chekc", "check"),
        ("Thankyou for teh photo.", "teh", "the"),
        ("It is definately the cable – naïve, but true.", "definately", "definitely"),
        ("I could of sent it.", "could of", "could have"),
        ("This is an router.", "an", "a"),
        ("The the lamp is on.", "The the", "The"),
    ] {
        let all = found(&mut speller, text, &[]);
        let hit = all.iter().find(|(s, _)| s == said);
        assert_eq!(hit.and_then(|(_, f)| f.as_deref()), Some(fix), "{text}: {all:?}");
    }
}

#[test]
fn what_professionals_write_is_left_alone() {
    let mut speller = Speller::new(Vocabulary::of(["Lumenloom Glowbar", "brikk list"]), Dialect::Either);
    for text in [
        "Hello Ms Okonkwo, the colour of the Glowbar is set in the app.",
        "We organise the visit; the technician's van arrives at half past nine.",
        "Your Wi-Fi password is on the label of the WAP54G, beside the USB port.",
        "See https://help.example.com/rooter-setup or write to hlep@example.com.",
        "> teh cable is brokn\nI see. Could you send a photo?",
        "The log says `conection refusd`, which means that the port is closed.",
        "You wrote “teh lamp is brokn”, and I have ordered another.",
        "Is it on the brikk list?",
        "I've reset it, and it's working. Let's see whether it lasts.",
    ] {
        let all = found(&mut speller, text, &["Ngozi Okonkwo"]);
        assert!(all.is_empty(), "{text}: {all:?}");
    }
}

#[test]
fn names_are_known_and_their_dialect_is_kept() {
    let mut either = Speller::new(Vocabulary::default(), Dialect::Either);
    assert_eq!(found(&mut either, "I asked leandra about it.", &[]).len(), 1);
    assert!(found(&mut either, "I asked leandra about it.", &["Leandra Foxx"]).is_empty());
    let mut british = Speller::new(Vocabulary::default(), Dialect::British);
    assert!(found(&mut british, "The colour is wrong.", &[]).is_empty());
    assert_eq!(found(&mut british, "The color is wrong.", &[])[0].1.as_deref(), Some("colour"));
    let mut american = Speller::new(Vocabulary::default(), Dialect::American);
    assert_eq!(found(&mut american, "The colour is wrong.", &[])[0].1.as_deref(), Some("color"));
}

#[test]
fn nothing_it_finds_blocks_and_long_texts_end() {
    let mut speller = Speller::new(Vocabulary::default(), Dialect::Either);
    let long = "Teh lamp – ünd äll – is brokn. ".repeat(4000);
    let findings = speller.check(&long, English, &Vocabulary::default());
    assert!(!findings.is_empty() && findings.len() <= 40);
    assert!(findings.iter().all(|f| f.level < Level::Block && long.is_char_boundary(f.span.end)));
}

/// A dictionary of six words: what Hunspell's form says is what counts.
fn small_german(folder: &std::path::Path) {
    std::fs::write(folder.join("de_DE.aff"), "SET UTF-8\nTRY esijanrtolcdugmphbyfvkwüöä\nSFX S Y 1\nSFX S 0 s .\n")
        .unwrap();
    std::fs::write(folder.join("de_DE.dic"), "6\nwir\nhaben\nIhre\nLampe\ngeprüft\nRouter/S\n").unwrap();
}

#[test]
fn german_words_are_held_against_the_dictionary_that_is_installed() {
    let folder = std::env::temp_dir().join(format!("warmline-german-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let missing = Speller::new(Vocabulary::default(), Dialect::Either).with_german(&folder);
    let said = missing.err().unwrap();
    assert!(said.contains("hunspell-de-de") && said.contains("de_DE.aff"), "{said}");
    small_german(&folder);
    let mut speller = Speller::new(Vocabulary::of(["Glühbar"]), Dialect::Either).with_german(&folder).unwrap();
    let text = "wir haben Ihre Lmape und Ihre Glühbar geprüft, Routers haben wir.";
    let findings = speller.check(text, German, &Vocabulary::of(["und"]));
    let said: Vec<_> = findings.iter().map(|f| (&text[f.span.clone()], f.fixes[0].as_str())).collect();
    assert_eq!(said, [("Lmape", "Lampe")]);
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn the_packaged_german_dictionary_tells_slips_from_words() {
    let folder = std::path::Path::new("/usr/share/hunspell");
    let mut speller = Speller::new(Vocabulary::default(), Dialect::Either).with_german(folder).unwrap();
    let text = "Vielen Dank für Ihre Nachricht, Frau Yılmaz. Der Anschlussstecker wurde überprüft, und die Rechnng ist \
                korigiert. Die Adresse finden Sie unter https://example.com/hilffe.";
    let findings = speller.check(text, German, &Vocabulary::of(["Yılmaz"]));
    let said: Vec<_> = findings.iter().map(|f| (&text[f.span.clone()], f.fixes[0].as_str())).collect();
    assert_eq!(said, [("Rechnng", "Rechnung"), ("korigiert", "korrigiert")]);
}

#[test]
fn a_worker_sleeps_until_it_is_asked_and_can_be_off() {
    let worker = Worker::new(Settings::default());
    assert_eq!(worker.state(), State::Asleep);
    let (told, answers) = channel();
    worker.ask("Teh lamp.".into(), English, Vocabulary::default(), move |f| told.send(f.len()).unwrap());
    assert_eq!(answers.recv_timeout(Duration::from_secs(120)).unwrap(), 1);
    assert_eq!(worker.state(), State::Ready);

    let off = Worker::off();
    let (told, answers) = channel();
    off.ask("Teh lamp.".into(), English, Vocabulary::default(), move |f| told.send(f.len()).unwrap());
    assert_eq!(answers.recv_timeout(Duration::from_secs(5)).unwrap(), 0);
    assert_eq!(off.state(), State::Off);
}
