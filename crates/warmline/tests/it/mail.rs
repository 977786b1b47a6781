//! Mail in, answers out, with real mail programs.

use std::process::Command;

use warmline_sim::sink::{Sink, deliver};

use crate::house::{House, MAILBOX, certificates, next_mail, readable, run, runtime, until};
use crate::http::Http;

fn no_wait(http: &mut Http) {
    let policy = "[answers]\nundo_seconds = 0\n";
    assert_eq!(http.post("/settings/policy", &[("policy", policy)]).status, 303);
}

#[test]
fn a_mail_by_swaks_is_answered_and_the_customer_writes_back() {
    let runtime = runtime();
    runtime.block_on(async {
        let house = House::new();
        let mut sink = Sink::open().await.unwrap();
        let mut http = house.set_up(&sink);
        no_wait(&mut http);
        let attachment = house.folder().join("panel.txt");
        std::fs::write(&attachment, "ink pressure low").unwrap();
        run(Command::new("swaks")
            .args(["--server", &house.smtp.to_string(), "--to", MAILBOX, "--from", "maria@brightwell.example.net"])
            .args([
                "--header",
                "Subject: Press line 2 stopped",
                "--header",
                "From: Maria Okafor <maria@brightwell.example.net>",
            ])
            .args(["--header", "Message-ID: <first@brightwell.example.net>", "--body", "Both tanks are full."])
            .arg("--attach-name=panel.txt")
            .arg(format!("--attach=@{}", attachment.display())));

        let acknowledgement = readable(&next_mail(&mut sink).await.bytes);
        assert!(acknowledgement.contains("Auto-Submitted: auto-replied"), "{acknowledgement}");
        let list = http.get("/tickets").body;
        let number = Http::numbers(&list).pop().expect("a ticket is in the list");
        assert!(acknowledgement.contains(&number));
        let page = http.get(&format!("/tickets/{number}")).body;
        assert!(page.contains("Both tanks are full.") && page.contains("panel.txt") && page.contains("Maria Okafor"));
        let file = page.split("href=\"/messages/").find(|l| l.contains("panel.txt")).unwrap();
        let file = format!("/messages/{}", file.split('"').next().unwrap());
        assert_eq!(http.get(&file).body, "ink pressure low");

        assert_eq!(http.answer(&number, "Hello Maria,\n\nplease open the **purge valve**.").status, 303);
        let answer = next_mail(&mut sink).await;
        assert_eq!(answer.sender, MAILBOX);
        assert_eq!(answer.recipients, ["maria@brightwell.example.net"]);
        let text = readable(&answer.bytes);
        for expected in [
            "From: \"Desk Support\" <support@desk.example.com>\n",
            "To: \"Maria Okafor\" <maria@brightwell.example.net>\n",
            &format!("Subject: Re: Press line 2 stopped [{number}]\n"),
            "In-Reply-To: <first@brightwell.example.net>",
            "References: <first@brightwell.example.net>",
            "please open the purge valve.",
            "please open the <strong>purge valve</strong>.",
        ] {
            assert!(text.contains(expected), "{expected} is missing in\n{text}");
        }
        assert!(!text.contains("Auto-Submitted"));

        let id = text.split("\nMessage-ID: <").nth(1).unwrap().split('>').next().unwrap();
        let reply = format!(
            "From: maria@brightwell.example.net\r\nTo: {MAILBOX}\r\nSubject: Re: Press line 2 stopped\r\n\
             Message-ID: <second@brightwell.example.net>\r\nIn-Reply-To: <{id}>\r\n\r\nIt was open already.\r\n"
        );
        for _ in 0..2 {
            deliver(house.smtp, "maria@brightwell.example.net", MAILBOX, reply.as_bytes()).await.unwrap();
        }
        let page = http.get(&format!("/tickets/{number}")).body;
        assert_eq!(page.matches("class=\"msg theirs").count(), 2, "the same mail twice is one mail");
        assert!(page.contains("answers a mail of ours"));
        assert_eq!(Http::numbers(&http.get("/tickets").body), [number]);
        house.doctor();
    });
}

#[test]
fn a_third_party_is_asked_and_answers_into_the_ticket_unseen_by_the_customer() {
    let runtime = runtime();
    runtime.block_on(async {
        let house = House::new();
        let mut sink = Sink::open().await.unwrap();
        let mut http = house.set_up(&sink);
        no_wait(&mut http);
        let mail = |from: &str, id: &str, refers: &str, text: &str| {
            format!(
                "From: {from}\r\nTo: {MAILBOX}\r\nSubject: Re: Drum\r\nMessage-ID: <{id}>\r\n\
                 In-Reply-To: <{refers}>\r\n\r\n{text}\r\n"
            )
        };
        let (maria, vendor) = ("maria@brightwell.example.net", "service@drums.example.org");
        deliver(house.smtp, maria, MAILBOX, mail(maria, "1@m.example", "none", "The drum squeaks.").as_bytes())
            .await
            .unwrap();
        next_mail(&mut sink).await;
        let number = Http::numbers(&http.get("/tickets").body).pop().unwrap();

        assert_eq!(http.write(&number, "forwards", maria, "Whose drum?").status, 422, "the customer is no third party");
        assert_eq!(http.write(&number, "forwards", vendor, "Which part number, please?").status, 303);
        let asked = next_mail(&mut sink).await;
        assert_eq!(asked.recipients, [vendor]);
        let text = readable(&asked.bytes);
        assert!(!text.contains("In-Reply-To"), "the vendor knows nothing of the customer's mails\n{text}");
        let id = text.split("\nMessage-ID: <").nth(1).unwrap().split('>').next().unwrap().to_owned();

        deliver(house.smtp, vendor, MAILBOX, mail(vendor, "2@v.example", &id, "It is the DR-7.").as_bytes())
            .await
            .unwrap();
        let page = http.get(&format!("/tickets/{number}")).body;
        assert!(page.contains("It is the DR-7.") && page.contains("third party, not the customer"));
        assert!(page.contains(&format!("name=\"to\" value=\"{maria}\"")), "an answer still goes to the customer");
        assert_eq!(http.write(&number, "answers", vendor, "Wrong tab.").status, 422);
        assert_eq!(http.write(&number, "answers", maria, "A new drum is on its way.").status, 303);
        let answer = next_mail(&mut sink).await;
        assert_eq!(answer.recipients, [maria]);
        let text = readable(&answer.bytes);
        assert!(text.contains("References: <1@m.example>\n"), "nothing of the vendor's thread\n{text}");
        assert_eq!(Http::numbers(&http.get("/tickets?view=waiting").body), std::slice::from_ref(&number));

        // The customer belongs to an organisation; all of its tickets are one list. A number makes them known by phone.
        let customer = |what: &str| format!("/tickets/{number}/customer/{what}");
        assert_eq!(http.post(&customer("organisation"), &[("organisation", " Brightwell  Printing ")]).status, 303);
        assert_eq!(http.post(&customer("addresses"), &[("address", "+1 202 555 0143")]).status, 303);
        assert_eq!(http.post(&customer("addresses"), &[("address", "not a number")]).status, 422);
        let page = http.get(&format!("/tickets/{number}")).body;
        assert!(page.contains(">Brightwell Printing</a>") && page.contains("+12025550143"));
        let list = http.get("/tickets?view=organisation:Brightwell%20Printing").body;
        assert_eq!(Http::numbers(&list), [number]);
        house.doctor();
    });
}

#[test]
fn smtplib_sends_other_scripts_and_what_is_hostile_stays_harmless() {
    let runtime = runtime();
    runtime.block_on(async {
        let house = House::new();
        let sink = Sink::open().await.unwrap();
        let mut http = house.set_up(&sink);
        let script = r#"
import smtplib, sys
from email.message import EmailMessage
host, port = sys.argv[1].split(":")
with smtplib.SMTP(host, int(port)) as s:
    m = EmailMessage()
    m["From"], m["To"] = "Jürgen Groß <juergen@example.net>", "support@desk.example.com"
    m["Subject"] = "Größe läuft über: 日本語"
    m["Message-ID"] = "<u1@example.net>"
    m.set_content("Grüße aus 東京\n.leading dot\n")
    m.add_alternative("<p onclick=x()>Grüße <b>fett</b> <img src=cid:logo><img src='http://evil.example/x.png'><script>alert(1)</script></p>", subtype="html")
    m.get_payload()[1].add_related(b"\x89PNG\r\n\x1a\n123", "image", "png", cid="<logo>")
    m.add_attachment(b"<svg onload=alert(1)>", maintype="image", subtype="svg+xml", filename="../../x.svg")
    s.send_message(m)
    s.sendmail("x@example.net", ["support@desk.example.com"], b"From: x@example.net\r\nSubject: lying charset\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nPrix: 12 \x80, d\xe9j\xe0 pay\xe9\r\n")
    s.sendmail("x@example.net", ["support@desk.example.com"], b"\x00\x01 this is no mail at all\r\n\r\n")
    try:
        s.sendmail("x@example.net", ["other@elsewhere.example.com"], b"Subject: relay\r\n\r\nx\r\n")
        sys.exit("relayed")
    except smtplib.SMTPRecipientsRefused:
        pass
"#;
        run(Command::new("python3").args(["-c", script, &house.smtp.to_string()]));
        let list = http.get("/tickets?view=ours").body;
        assert!(list.contains("Größe läuft über: 日本語"), "{list}");
        let numbers = Http::numbers(&list);
        let page = numbers.iter().map(|n| http.get(&format!("/tickets/{n}")).body).find(|p| p.contains("東京")).unwrap();
        assert!(page.contains(".leading dot") && page.contains("x.svg") && !page.contains("../../x.svg"));
        let id = page.split("src=\"/messages/").nth(1).unwrap().split('/').next().unwrap();
        let html = http.get(&format!("/messages/{id}/html")).body;
        assert!(html.contains("<b>fett</b>") && html.contains("src=\"data:image/png;base64,"), "{html}");
        assert!(!html.contains("script") && !html.contains("onclick") && !html.contains("evil.example"), "{html}");
        let svg = page.split("href=\"/messages/").find(|l| l.contains("x.svg")).unwrap().split('"').next().unwrap();
        assert!(http.get(&format!("/messages/{svg}")).body.contains("onload"), "kept byte for byte, as a download");
        assert!(numbers.iter().any(|n| http.get(&format!("/tickets/{n}")).body.contains("Prix: 12 €, déjà payé")));
        let log = http.get("/mail").body;
        assert!(log.contains("quarantined") && log.contains("it has no"), "{log}");
        house.doctor();
    });
}

#[test]
fn a_bounce_is_shown_and_a_stranger_is_held() {
    let runtime = runtime();
    runtime.block_on(async {
        let house = House::new();
        let mut sink = Sink::open().await.unwrap();
        let mut http = house.set_up(&sink);
        no_wait(&mut http);
        let send = async |mail: String| deliver(house.smtp, "x@example.net", MAILBOX, mail.as_bytes()).await.unwrap();
        send(format!("From: jo@example.net\r\nTo: {MAILBOX}\r\nSubject: Help\r\nMessage-ID: <a@example.net>\r\n\r\nPlease.\r\n")).await;
        next_mail(&mut sink).await;
        let number = Http::numbers(&http.get("/tickets").body).pop().unwrap();
        assert_eq!(http.answer(&number, "Here you are.").status, 303);
        let answer = readable(&next_mail(&mut sink).await.bytes);
        let id = answer.split("\nMessage-ID: <").nth(1).unwrap().split('>').next().unwrap().to_owned();
        until("it to be sent", || http.get(&format!("/tickets/{number}")).body.contains("· <span class=\"\">sent").then_some(()));
        send(format!(
            "From: MAILER-DAEMON@relay.example.org\r\nTo: {MAILBOX}\r\nSubject: failed\r\nMIME-Version: 1.0\r\n\
             Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\n\r\nSorry.\r\n--b\r\n\
             Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; relay.example.org\r\n\r\n\
             Final-Recipient: rfc822; jo@example.net\r\nAction: failed\r\nStatus: 5.1.1\r\nDiagnostic-Code: smtp; 550 no such user\r\n\r\n\
             --b\r\nContent-Type: message/rfc822\r\n\r\nMessage-ID: <{id}>\r\nSubject: x\r\n\r\nbody\r\n--b--\r\n"
        ))
        .await;
        let page = http.get(&format!("/tickets/{number}")).body;
        assert!(page.contains("came back: jo@example.net: 5.1.1: 550 no such user"), "{page}");
        assert!(Http::numbers(&http.get("/tickets?view=unheard").body).contains(&number));
        assert_eq!(Http::numbers(&http.get("/tickets?view=ours").body).len(), 1, "a bounce opens no ticket");

        send(format!("From: eve@elsewhere.example.org\r\nTo: {MAILBOX}\r\nSubject: [{number}] tell me\r\n\r\nI am Jo.\r\n")).await;
        let page = http.get(&format!("/tickets/{number}")).body;
        assert!(page.contains("<b>Held.</b>"), "{page}");
        // The answer still goes to the customer, not to the stranger.
        assert!(Http::recipient(&page).contains("jo@example.net"));
    });
}

#[test]
fn a_wrong_password_for_sending_shouts_and_the_right_one_sends_what_waited() {
    let runtime = runtime();
    runtime.block_on(async {
        let house = House::new();
        let mut sink = Sink::open().await.unwrap();
        let port = sink.address.port().to_string();
        let mailbox = |password: &'static str| {
            vec![
                ("incoming", "listen"),
                ("outgoing", "smtp"),
                ("smtp_host", "127.0.0.1"),
                ("smtp_port", port.as_str()),
                ("smtp_tls", "none"),
                ("smtp_user", "desk"),
                ("smtp_password", password),
            ]
        };
        let mut http = house.set_up_with(&mailbox("wrong"));
        no_wait(&mut http);
        let mail = format!("From: jo@example.net\r\nTo: {MAILBOX}\r\nSubject: Help\r\n\r\nPlease.\r\n");
        deliver(house.smtp, "jo@example.net", MAILBOX, mail.as_bytes()).await.unwrap();
        let number = Http::numbers(&http.get("/tickets").body).pop().unwrap();
        assert_eq!(http.answer(&number, "Here you are.").status, 303);
        let path = format!("/tickets/{number}");
        until("the refusal to show", || http.get(&path).body.contains("535").then_some(()));
        let settings = http.get("/settings").body;
        let id = settings.split("/settings/mailboxes/").nth(1).unwrap().split('"').next().unwrap().to_owned();
        let queue = http.get(&format!("/settings/mailboxes/{id}")).body;
        let queue = queue.split("<option value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
        let mut form = mailbox("secret");
        form.extend([("address", MAILBOX), ("display", "Desk Support"), ("queue", queue.as_str())]);
        let tested = http.post(&format!("/settings/mailboxes/{id}/test"), &form);
        assert!(tested.body.contains("accepts the sign-in"), "{}", tested.body);
        assert_eq!(http.post(&format!("/settings/mailboxes/{id}"), &form).status, 303);
        // The acknowledgement and the answer waited; somebody asks to try at once.
        let page = http.get(&path).body;
        for waiting in page.split("action=\"/messages/").skip(1).filter_map(|l| l.split_once("/another-try")) {
            http.post(&format!("/messages/{}/another-try", waiting.0), &[]);
        }
        let first = readable(&next_mail(&mut sink).await.bytes);
        let second = readable(&next_mail(&mut sink).await.bytes);
        assert!(format!("{first}{second}").contains("Here you are."));
        house.doctor();
    });
}

#[test]
fn mail_travels_encrypted_between_two_desks() {
    let runtime = runtime();
    let folder = tempfile::tempdir().unwrap();
    let tls = certificates(folder.path());
    runtime.block_on(async {
        let (here, there) = (House::configured(&tls), House::configured(&tls));
        let sink = Sink::open().await.unwrap();
        let mut elsewhere = there.set_up(&sink);
        let port = there.smtp.port().to_string();
        let mut http = here.set_up_with(&[
            ("incoming", "listen"),
            ("outgoing", "smtp"),
            ("smtp_host", "127.0.0.1"),
            ("smtp_port", &port),
            ("smtp_tls", "starttls"),
            ("address", "other@first.example.com"),
        ]);
        no_wait(&mut http);
        let form = [("message", "77"), ("address", MAILBOX), ("subject", "From desk to desk"), ("text", "Hello")];
        let number = http.post("/tickets", &form).location.rsplit('/').next().unwrap().to_owned();
        assert_eq!(http.answer(&number, "Sealed on its way.").status, 303);
        let list = until("it to arrive", || {
            let list = elsewhere.get("/tickets").body;
            list.contains("From desk to desk").then_some(list)
        });
        let arrived = Http::numbers(&list).pop().unwrap();
        assert!(elsewhere.get(&format!("/tickets/{arrived}")).body.contains("Sealed on its way."));
    });
}

#[test]
fn lmtp_answers_for_each_recipient() {
    use std::io::{BufRead, BufReader, Write};
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let house = House::configured(&format!("[smtp]\nlmtp = \"127.0.0.1:{port}\"\n"));
    let mut http = house.set_up_with(&[("incoming", "listen"), ("outgoing", "none")]);
    let mut stream = BufReader::new(std::net::TcpStream::connect(("127.0.0.1", port)).unwrap());
    let mut say = |line: &str, replies: usize| {
        stream.get_mut().write_all(line.as_bytes()).unwrap();
        let mut said = Vec::new();
        while said.len() < replies {
            let mut reply = String::new();
            stream.read_line(&mut reply).unwrap();
            if reply.as_bytes()[3] == b' ' {
                said.push(reply[..3].to_owned());
            }
        }
        said.join(" ")
    };
    assert_eq!(say("", 1), "220");
    assert_eq!(say("EHLO x\r\n", 1), "502", "LMTP greets with LHLO");
    assert_eq!(say("LHLO x\r\nMAIL FROM:<a@example.net>\r\n", 2), "250 250");
    assert_eq!(say("RCPT TO:<support@desk.example.com>\r\nRCPT TO:<nobody@desk.example.com>\r\n", 2), "250 550");
    assert_eq!(say("RCPT TO:<support+x@desk.example.com>\r\nDATA\r\n", 2), "250 354");
    let mail = "From: a@example.net\r\nSubject: By LMTP\r\n\r\nHello.\r\n.\r\n";
    assert_eq!(say(mail, 2), "250 250", "once for each accepted recipient");
    assert_eq!(say("QUIT\r\n", 1), "221");
    assert_eq!(Http::numbers(&http.get("/tickets").body).len(), 1, "one mail to two of our addresses is one message");
}

/// A Dovecot of our own, in a folder of its own.
struct Dovecot {
    child: std::process::Child,
    folder: tempfile::TempDir,
    port: u16,
}

impl Dovecot {
    fn start() -> Dovecot {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().display();
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let user = run(Command::new("id").arg("-un")).trim().to_owned();
        for kind in ["cur", "new", "tmp"] {
            std::fs::create_dir_all(folder.path().join("mail").join(kind)).unwrap();
        }
        let (uid, gid) =
            if user == "root" { ("dovenull".to_owned(), "dovenull".to_owned()) } else { (user.clone(), user.clone()) };
        if user == "root" {
            run(Command::new("chown").args(["-R", "dovenull:dovenull"]).arg(folder.path().join("mail")));
            run(Command::new("chmod").args(["0755"]).arg(folder.path()));
        }
        std::fs::write(folder.path().join("users"), "desk:{PLAIN}secret:::::\n").unwrap();
        let config = format!(
            "protocols = imap\nbase_dir = {path}/run\nlog_path = {path}/log\nstate_dir = {path}/state\nssl = no\n\
             disable_plaintext_auth = no\nlisten = 127.0.0.1\nmail_location = maildir:{path}/mail\nmail_uid = {uid}\nmail_gid = {gid}\n\
             first_valid_uid = 1\ndefault_internal_user = {internal}\ndefault_login_user = {uid}\n\
             service imap-login {{\n inet_listener imap {{\n port = {port}\n }}\n inet_listener imaps {{\n port = 0\n }}\n chroot =\n}}\n\
             service anvil {{\n chroot =\n}}\nservice stats {{\n chroot =\n}}\n\
             passdb {{\n driver = passwd-file\n args = {path}/users\n}}\nuserdb {{\n driver = static\n args = uid={uid} gid={gid} home={path}\n}}\n",
            internal = if user == "root" { "dovecot" } else { &user },
        );
        std::fs::write(folder.path().join("dovecot.conf"), config).unwrap();
        let child =
            Command::new("dovecot").arg("-F").arg("-c").arg(folder.path().join("dovecot.conf")).spawn().unwrap();
        until("Dovecot", || std::net::TcpStream::connect(("127.0.0.1", port)).ok());
        Dovecot { child, folder, port }
    }

    fn lay(&self, name: &str, mail: &[u8]) {
        let target = self.folder.path().join("mail/new").join(name);
        let draft = self.folder.path().join("mail/tmp").join(name);
        std::fs::write(&draft, mail).unwrap();
        if run(Command::new("id").arg("-un")).trim() == "root" {
            run(Command::new("chown").arg("dovenull:dovenull").arg(&draft));
        }
        std::fs::rename(draft, target).unwrap();
    }

    fn seen(&self) -> usize {
        let files = std::fs::read_dir(self.folder.path().join("mail/cur")).unwrap();
        files.filter(|f| f.as_ref().unwrap().file_name().to_string_lossy().contains(":2,S")).count()
    }
}

impl Drop for Dovecot {
    fn drop(&mut self) {
        // SIGTERM, so that it ends its own children.
        let _ = Command::new("kill").arg(self.child.id().to_string()).status();
        let _ = self.child.wait();
    }
}

#[test]
fn mail_is_fetched_from_dovecot_and_one_bad_mail_does_not_stop_the_next() {
    let dovecot = Dovecot::start();
    dovecot.lay("1", b"From: a@example.net\r\nSubject: The first\r\nMessage-ID: <1@example.net>\r\n\r\nHello one.\r\n");
    dovecot.lay("2", b"\xff\xfe\x00 no mail\r\n");
    dovecot
        .lay("3", b"From: a@example.net\r\nSubject: The third\r\nMessage-ID: <3@example.net>\r\n\r\nHello three.\r\n");
    let house = House::new();
    let port = dovecot.port.to_string();
    let mut http = house.set_up_with(&[
        ("incoming", "imap"),
        ("imap_host", "127.0.0.1"),
        ("imap_port", &port),
        ("imap_tls", "none"),
        ("imap_user", "desk"),
        ("imap_password", "secret"),
        ("outgoing", "none"),
    ]);
    until("both good mails", || (Http::numbers(&http.get("/tickets").body).len() == 2).then_some(()));
    until("all to be marked as seen", || (dovecot.seen() == 3).then_some(()));
    assert!(http.get("/mail").body.contains("quarantined"));
    dovecot
        .lay("4", b"From: b@example.net\r\nSubject: The fourth\r\nMessage-ID: <4@example.net>\r\n\r\nHello four.\r\n");
    until("the later mail", || (Http::numbers(&http.get("/tickets").body).len() == 3).then_some(()));
    assert!(http.get("/mail").body.contains("last fetched"));
    house.doctor();
}
