//! Mails as the world writes them, and as it should not.

use warmline_mail::{Delivered, Nature, Outgoing, OutgoingAttachment, Person, compose, identity, read, safe_html};

fn text(raw: &[u8]) -> String {
    read(raw).unwrap().text
}

#[test]
fn every_charset_label_yields_text_also_the_lying_ones() {
    let mail = |charset: &str, encoding: &str, body: &[u8]| {
        let mut raw = format!(
            "From: a@example.net\r\nSubject: x\r\nContent-Type: text/plain; charset={charset}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n"
        )
        .into_bytes();
        raw.extend_from_slice(body);
        raw
    };
    assert_eq!(text(&mail("iso-8859-1", "8bit", b"d\xe9j\xe0")), "déjà");
    assert_eq!(text(&mail("utf-8", "8bit", "déjà".as_bytes())), "déjà");
    assert_eq!(text(&mail("utf-8", "8bit", b"d\xe9j\xe0 12 \x80")), "déjà 12 €");
    assert_eq!(text(&mail("utf-8", "quoted-printable", b"d=E9j=E0")), "déjà");
    assert_eq!(text(&mail("koi8-r", "8bit", b"\xf0\xd2\xc9\xd7\xc5\xd4")), "Привет");
    assert_eq!(text(&mail("shift_jis", "8bit", b"\x93\x8c\x8b\x9e")), "東京");
    assert!(text(&mail("no-such-charset", "8bit", b"plain words")).contains("plain words"));
    assert!(!text(&mail("utf-16", "8bit", b"odd")).is_empty());
}

#[test]
fn a_body_nobody_declared_is_still_a_body() {
    let broken =
        b"From: a@example.net\r\nContent-Type: multipart/mixed; boundary=never\r\n\r\nBut there are words.\r\n";
    let mail = read(broken).unwrap();
    assert!(mail.text.contains("But there are words.") && mail.parts.is_empty(), "{mail:?}");
    let only_html =
        b"From: a@example.net\r\nContent-Type: text/html\r\n\r\n<p>Hello <b>there</b></p><script>no()</script>";
    assert!(text(only_html).contains("Hello there") && !text(only_html).contains("no()"));
}

#[test]
fn what_is_no_mail_is_unreadable_and_what_is_nested_without_end_is_not_begun() {
    assert!(read(b"").is_err());
    assert!(read(b"\x00\x01\x02").is_err());
    let deep = "Content-Type: message/rfc822\r\n\r\n".repeat(40_000);
    assert_eq!(read(format!("From: a@example.net\r\n{deep}").as_bytes()).unwrap_err().0, "it is nested too deeply");
    let wide = "--b\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n".repeat(5_000);
    let wide = format!("From: a@example.net\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n{wide}");
    assert!(read(wide.as_bytes()).is_err());
}

#[test]
fn a_mail_is_the_same_however_it_travelled() {
    let mail = "Message-ID: <1@example.net>\r\nFrom: a@example.net\r\nSubject: x\r\n\r\nHello\r\n";
    let relayed = format!("Received: from b\r\n\tby c\r\nDelivered-To: s@example.com\r\n{mail}\r\n");
    let unix = mail.replace("\r\n", "\n");
    assert_eq!(identity(mail.as_bytes()), identity(relayed.as_bytes()));
    assert_eq!(identity(mail.as_bytes()), identity(unix.as_bytes()));
    assert_ne!(identity(mail.as_bytes()), identity(mail.replace("Hello", "Hallo").as_bytes()));
}

#[test]
fn machines_are_told_from_people() {
    let nature = |headers: &str| {
        read(format!("From: Jo <jo@example.net>\r\nSubject: Hi\r\n{headers}\r\nText\r\n").as_bytes()).unwrap().nature
    };
    assert_eq!(nature(""), Nature::Personal { answerable: true });
    assert_eq!(nature("Auto-Submitted: no\r\n"), Nature::Personal { answerable: true });
    for automatic in [
        "Auto-Submitted: auto-replied; owner-email=\"x\"\r\n",
        "Precedence: bulk\r\n",
        "List-Id: <x.example.net>\r\n",
        "X-Autoreply: yes\r\n",
        "Return-Path: <>\r\n",
        "Content-Type: multipart/report; report-type=disposition-notification; boundary=b\r\n",
    ] {
        assert!(matches!(nature(automatic), Nature::Automatic(_)), "{automatic}");
    }
    assert_eq!(nature("X-Auto-Response-Suppress: All\r\n"), Nature::Personal { answerable: false });
    let absent = b"From: jo@example.net\r\nSubject: Automatische Antwort: x\r\n\r\nWeg.\r\n";
    assert!(matches!(read(absent).unwrap().nature, Nature::Automatic(_)));
    let machine = b"From: no-reply@example.net\r\nSubject: x\r\n\r\nText\r\n";
    assert_eq!(read(machine).unwrap().nature, Nature::Personal { answerable: false });
}

#[test]
fn one_failed_recipient_speaks_for_the_report() {
    let report = b"From: MAILER-DAEMON@r.example.org\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n\
--b\r\n\r\nSorry\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; r\r\n\r\n\
Final-Recipient: rfc822; cc@example.net\r\nAction: delivered\r\nStatus: 2.0.0\r\n\r\n\
Final-Recipient: rfc822; to@example.net\r\nAction: failed\r\nStatus: 5.1.1\r\nDiagnostic-Code: smtp;\r\n 550 gone\r\n\r\n\
--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: <ours@example.com>\r\n\r\n--b--\r\n";
    let Nature::DeliveryReport(report) = read(report).unwrap().nature else { panic!("not a report") };
    assert_eq!(report.what, Delivered::No);
    assert_eq!(report.about.as_deref(), Some("ours@example.com"));
    assert_eq!(report.why, "to@example.net: 5.1.1: 550 gone");
    let exim = b"From: Mailer-Daemon@r.example.org\r\nX-Failed-Recipients: to@example.net\r\nSubject: returned\r\n\r\nGone.\r\n\r\nMessage-ID: <o2@example.com>\r\n";
    let Nature::DeliveryReport(report) = read(exim).unwrap().nature else { panic!("not a report") };
    assert_eq!(report.about.as_deref(), Some("o2@example.com"));
}

#[test]
fn html_becomes_harmless() {
    let raw = |html: &str| {
        format!("From: a@example.net\r\nContent-Type: text/html; charset=utf-8\r\n\r\n{html}").into_bytes()
    };
    let hostile = [
        "<img src=x onerror=alert(1)>",
        "<svg/onload=alert(1)>",
        "<a href=\"javascript:alert(1)\">x</a>",
        "<div style=\"background:url(http://evil.example/x)\">x</div>",
        "<iframe src=//evil.example></iframe><object data=x></object><form action=//evil.example><input></form>",
        "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
        "<base href=//evil.example><meta http-equiv=refresh content=0><link rel=stylesheet href=//evil.example/x.css>",
    ];
    for html in hostile {
        let safe = safe_html(&raw(html)).unwrap_or_default();
        for bad in [
            "onerror",
            "onload",
            "javascript:",
            "evil.example",
            "<form",
            "<iframe",
            "<object",
            "<svg",
            "<base",
            "<meta",
        ] {
            assert!(!safe.contains(bad), "{bad} in {safe}");
        }
    }
    assert!(safe_html(&raw("<b>fett</b>")).unwrap().contains("<b>fett</b>"));
}

fn outgoing() -> Outgoing {
    let person = |name: &str, address: &str| Person { name: name.into(), address: address.into() };
    Outgoing {
        from: person("Desk", "support@example.com"),
        to: vec![person("Jürgen", "j@example.net")],
        cc: vec![],
        subject: "Re: Größe [K7M-29Q]".into(),
        message_id: "m.1@example.com".into(),
        references: vec!["a@example.net".into(), "b@example.net".into()],
        date: 1_700_000_000,
        text: "Hello **you**\n<script>x</script>".into(),
        attachments: vec![],
        automatic: false,
    }
}

#[test]
fn what_is_written_is_read_back_and_written_the_same_again() {
    let mut mail = outgoing();
    mail.attachments = vec![OutgoingAttachment {
        name: "größe.pdf".into(),
        media_type: "application/pdf".into(),
        bytes: vec![0, 159, 255],
    }];
    let bytes = compose(&mail);
    assert_eq!(bytes, compose(&mail), "a retry is the same mail");
    let back = read(&bytes).unwrap();
    assert_eq!(back.subject, mail.subject);
    assert_eq!(back.message_id.as_deref(), Some("m.1@example.com"));
    assert_eq!(back.refers_to, ["b@example.net", "a@example.net"]);
    assert_eq!((back.to[0].name.as_str(), back.parts[0].name.as_str()), ("Jürgen", "größe.pdf"));
    assert!(back.text.contains("Hello you"));
    let html = safe_html(&bytes).unwrap();
    assert!(html.contains("<strong>you</strong>") && !html.contains("<script>"));
}

#[test]
fn nothing_typed_starts_another_header() {
    let mut mail = outgoing();
    mail.subject = "x\r\nBcc: evil@example.org".into();
    mail.to[0].name = "a\r\nBcc: evil@example.org\r\n".into();
    mail.references = vec!["r\r\nBcc: evil@example.org".into()];
    let bytes = compose(&mail);
    let head = String::from_utf8_lossy(&bytes).into_owned();
    let head = head.split("\r\n\r\n").next().unwrap();
    assert!(!head.lines().any(|l| l.to_lowercase().starts_with("bcc")), "{head}");
}

/// Whatever bytes come, reading ends, in time proportional to their number, and never breaks.
mod hostile {
    use proptest::prelude::*;

    fn pieces() -> impl Strategy<Value = Vec<u8>> {
        let piece = prop_oneof![
            Just(b"From: a@example.net\r\n".to_vec()),
            Just(b"Subject: =?utf-8?B?4pyT?= =?x?Q?=ff?=\r\n".to_vec()),
            Just(b"Content-Type: multipart/mixed; boundary=\"b\"\r\n".to_vec()),
            Just(b"Content-Type: text/html; charset=utf-7\r\n".to_vec()),
            Just(b"Content-Transfer-Encoding: base64\r\n".to_vec()),
            Just(b"\r\n--b\r\n".to_vec()),
            Just(b"\r\n--b--\r\n".to_vec()),
            Just(b"\r\n\r\n".to_vec()),
            Just(b"Content-Disposition: attachment; filename*=utf-8''%ff%00..%2f\r\n".to_vec()),
            Just(b"Content-ID: <x>\r\n".to_vec()),
            Just(b"Content-Type: message/rfc822\r\n\r\n".to_vec()),
            Just(b"Content-Type: message/delivery-status\r\n\r\nAction: \xff\r\n".to_vec()),
            Just(b"<img src=cid:x><style><b".to_vec()),
            prop::collection::vec(any::<u8>(), 0..60),
        ];
        prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 3000, failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn bytes_never_break_reading(raw in pieces()) {
            if let Ok(mail) = warmline_mail::read(&raw) {
                for part in mail.parts {
                    warmline_mail::part_bytes(&raw, part.index);
                }
            }
            warmline_mail::safe_html(&raw);
            warmline_mail::identity(&raw);
        }
    }
}
