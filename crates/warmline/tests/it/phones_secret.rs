//! SIP over TLS with secret sound: baresip as a caller and as an agent's phone, each heard by the other.

use warmline_sim::sink::Sink;

use crate::house::{House, certificates, run_until_stopped, runtime, until};
use crate::phones::{Phone, sign_in, timeline};

#[test]
fn a_call_by_tls_is_heard_and_its_sound_is_secret() {
    let folder = tempfile::tempdir().unwrap();
    let tls = certificates(folder.path());
    let phone = "[phone]\nlisten = \"127.0.0.1:0\"\ntls_listen = \"127.0.0.1:0\"\ntrusted = [\"127.0.0.1\"]\n";
    let house = House::configured(&format!("{phone}{tls}"));
    let runtime = runtime();
    let sink = runtime.block_on(Sink::open()).unwrap();
    let mut ada = house.set_up(&sink);
    let server = house.sips.unwrap();
    let more = format!("module srtp.so\nsip_cafile {}\n", folder.path().join("ca.pem").display());
    let (mut agent, mut maria) = (Phone::configured(1000, &more), Phone::configured(600, &more));
    let (user, password) = sign_in(&mut ada);
    agent.say(
        "uanew",
        &format!(
            "<sip:{user}@{server};transport=tls>;auth_user={user};auth_pass={password};regint=60;\
             audio_codecs=PCMU/8000/1;mediaenc=srtp-mand"
        ),
    );
    agent.sees("REGISTER_OK");
    assert_eq!(ada.post("/presence", &[("presence", "available")]).status, 303);

    let line =
        format!("<sip:+15550100@{};transport=tls>;regint=0;audio_codecs=PCMU/8000/1;mediaenc=srtp-mand", maria.address);
    maria.say("uanew", &line);
    maria.say("dial", &format!("sip:100@{server};transport=tls"));
    maria.sees("CALL_ESTABLISHED");
    agent.sees("CALL_INCOMING");
    agent.say("accept", "");
    agent.sees("CALL_ESTABLISHED");
    let begun = std::time::Instant::now();
    maria.hears(1000.0, "the caller hears the agent");
    agent.hears(600.0, "the agent hears the caller");
    agent.say("hold", "");
    maria.hears_none_of(&[1000.0], "music on hold");
    agent.say("resume", "");
    maria.hears(1000.0, "and the agent again, under the same keys");

    // How good the caller's line was, as both sides counted it, stands on the ticket.
    until("two reports of both sides", || (begun.elapsed().as_secs() > 12).then_some(()));
    maria.say("hangup", "");
    agent.sees("CALL_CLOSED");
    let told = until("the quality of the line", || {
        let told = timeline(&mut ada);
        told.contains("The line of the caller was").then_some(told)
    });
    let quality = told.split("The line of the caller was").nth(1).unwrap().split('<').next().unwrap();
    assert!(quality.contains("good: 0.") && quality.contains("; there 0."), "{quality}");
    house.doctor();
}

#[test]
fn a_certificate_that_is_missing_is_said_at_the_start_of_phones() {
    let told = run_until_stopped("[phone]\nlisten = \"127.0.0.1:0\"\ntls_listen = \"127.0.0.1:0\"\n");
    assert!(told.contains("phone.tls_listen needs a certificate"), "{told}");
}

#[test]
fn a_trunk_by_tls_says_at_the_start_what_it_needs_of_phones() {
    let trunk = "[phone]\nlisten = \"127.0.0.1:0\"\n[phone.trunk]\nserver = \"sip.example.com:5061\"\ntls = true\n";
    let told = run_until_stopped(trunk);
    assert!(told.contains("phone.trunk.tls needs phone.tls_listen"), "{told}");
}
