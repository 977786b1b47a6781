//! Invented people and what they write. Every name, company and number here is made up.

/// A matter a customer brings, and how it goes on.
#[derive(Clone, Copy, Debug)]
pub struct Script {
    pub name: &'static str,
    pub address: &'static str,
    pub subject: &'static str,
    pub text: &'static str,
    /// A colleague's answer, when one has answered already.
    pub answer: Option<&'static str>,
    /// A colleague's note.
    pub note: Option<&'static str>,
    /// What the customer says to the first answer.
    pub reply: &'static str,
    pub tag: Option<&'static str>,
    pub stopped: bool,
    pub solved: bool,
    /// How long ago it came in, in minutes; 0 for those still to come.
    pub minutes_ago: i64,
}

const PLAIN: Script = Script {
    name: "",
    address: "",
    subject: "",
    text: "",
    answer: None,
    note: None,
    reply: "That did it. Thank you so much!",
    tag: None,
    stopped: false,
    solved: false,
    minutes_ago: 0,
};

/// What lies on the desk when the demo opens.
pub const HISTORY: &[Script] = &[
    Script {
        name: "Maria Okafor",
        address: "maria.okafor@brightwell.example.com",
        subject: "Press line 2 stopped: no ink pressure",
        text: "Good morning,\n\nline 2 stopped at ten to ten. The panel says \"ink pressure low\", but both tanks are full. \
               Eleven people are standing around it.\n\nMaria Okafor\nProduction lead, Brightwell Printing\n+1 202 555 0143",
        note: Some("Valve block was swapped in March. **Ravi** saw the same alarm with a stuck purge valve."),
        tag: Some("ink-pressure"),
        stopped: true,
        reply: "The purge valve was stuck indeed. Line 2 runs again, thank you!",
        minutes_ago: 11,
        ..PLAIN
    },
    Script {
        name: "Jonas Feld",
        address: "jonas@norddental.example.org",
        subject: "Invoices print with yesterday's date",
        text: "Hello,\n\nsince the update every invoice carries yesterday's date. We can correct it by hand, but there are forty a day.\n\n\
               Jonas Feld, Nord Dental",
        answer: Some(
            "Hello Jonas,\n\nthank you for the example. Please open **Settings → Region** and tell me which time zone is shown there; \
                      the date follows from it.\n\nInes",
        ),
        reply: "It says UTC-12. Is that wrong?",
        tag: Some("invoices"),
        minutes_ago: 125,
        ..PLAIN
    },
    Script {
        name: "Priya Raman",
        address: "priya.raman@hallam.example.net",
        subject: "Can't sign in after password change",
        text: "Hi, I changed my password this morning as asked and now neither the old nor the new one works. I have tried three times, \
               it says my account is locked.",
        reply: "I am in again, thanks!",
        minutes_ago: 6,
        ..PLAIN
    },
    Script {
        name: "Tom Alder",
        address: "tom.alder@brightwell.example.com",
        subject: "New laptop for the managing director",
        text: "Our managing director would like the new 14 inch model. She would prefer it this week.\n\nTom Alder, Brightwell Printing",
        reply: "Understood, Thursday is fine.",
        minutes_ago: 34,
        ..PLAIN
    },
    Script {
        name: "Lena Sorel",
        address: "lena@lumenoptics.example.org",
        subject: "Refund for duplicate maintenance fee",
        text: "Dear support,\n\nthe maintenance fee for March was collected twice (invoices 2207 and 2209). Could you return one of them?\n\nLena Sorel",
        answer: Some(
            "Dear Lena,\n\nyou are right, 2209 was booked twice. I have asked accounting to return it and will write to you when it is done.\n\nRavi",
        ),
        reply: "Thank you, I will look out for it.",
        tag: Some("billing"),
        minutes_ago: 1500,
        ..PLAIN
    },
    Script {
        name: "Ade Bello",
        address: "ade.bello@kestrelfoods.example.com",
        subject: "Label printer cuts in the middle of the label",
        text: "The label printer in packing cuts every third label in half. We changed the roll and cleaned the sensor.\n\nAde",
        answer: Some(
            "Hello Ade,\n\nplease hold the feed key for five seconds until it prints three empty labels: it measures the gap anew.\n\nInes",
        ),
        reply: "That helped for about an hour, now it is back.",
        note: Some("Second time this month. If measuring does not last, the gap sensor is worn: part 88-140."),
        tag: Some("label-printer"),
        minutes_ago: 300,
        ..PLAIN
    },
    Script {
        name: "Sofia Brandt",
        address: "sofia@atelierbrandt.example.net",
        subject: "Which cable for the second screen?",
        text: "Hello! Which cable do I need to connect a second screen to the MX-200? There are two kinds in the shop.",
        answer: Some("Hello Sofia,\n\nthe one marked *DP to DP*; the other kind carries no sound.\n\nRavi"),
        solved: true,
        minutes_ago: 2900,
        ..PLAIN
    },
    Script {
        name: "Miro Vance",
        address: "miro.vance@hallam.example.net",
        subject: "Backup says \"partial\" every night",
        text: "Every morning the backup report says partial. The log names one folder: /projects/2019. Nobody uses it any more.",
        answer: Some(
            "Hello Miro,\n\none file in that folder has a name longer than the backup takes. I can leave the folder out, or you shorten the name. \
                      Which do you prefer?\n\nInes",
        ),
        reply: "Please leave the folder out.",
        minutes_ago: 410,
        ..PLAIN
    },
    Script {
        name: "Elif Kaya",
        address: "elif.kaya@kestrelfoods.example.com",
        subject: "Scanner reads the wrong shelf",
        text: "Since Monday the hand scanner in hall B books everything to shelf 4. The other scanners are fine.",
        reply: "Yes, it was set to the training profile. Works now.",
        minutes_ago: 52,
        ..PLAIN
    },
    Script {
        name: "Noor Haddad",
        address: "noor@lumenoptics.example.org",
        subject: "Certificate for the audit",
        text: "We need the maintenance certificate for unit 7 until the 30th, as a PDF. Last year you sent it within a day. Thank you!",
        reply: "Perfect, thank you.",
        tag: Some("documents"),
        minutes_ago: 180,
        ..PLAIN
    },
];

/// Who writes while the demo runs.
pub const TO_COME: &[Script] = &[
    Script {
        name: "Hugo Lind",
        address: "hugo.lind@norddental.example.org",
        subject: "X-ray viewer is slow this morning",
        text: "Opening a picture takes half a minute since this morning, on all three machines. Yesterday it took two seconds.",
        reply: "Restarting the server in the cellar helped, thank you!",
        ..PLAIN
    },
    Script {
        name: "Bea Moreno",
        address: "bea@atelierbrandt.example.net",
        subject: "How do I share a folder with a client?",
        text: "I'd like to give a client read access to one folder for two weeks. Is that possible without giving them an account?",
        reply: "That was easy. Thanks!",
        ..PLAIN
    },
    Script {
        name: "Sam Whitlock",
        address: "sam.whitlock@brightwell.example.com",
        subject: "Proof printer: blue comes out green",
        text: "The proof printer prints blue as green since we changed the cartridge. A test page is attached in spirit: it is all green.",
        reply: "We had cyan and yellow swapped. Embarrassing. Thank you.",
        ..PLAIN
    },
    Script {
        name: "Ines Dorn",
        address: "i.dorn@kestrelfoods.example.com",
        subject: "Door terminal shows the wrong time",
        text: "The door terminal at gate 2 is an hour behind. Time sheets are wrong because of it.",
        reply: "The time is right now. Thanks for the quick help.",
        ..PLAIN
    },
    Script {
        name: "Paul Ek",
        address: "paul.ek@hallam.example.net",
        subject: "Cannot open the price list",
        text: "The price list you sent yesterday does not open: \"file is damaged\". Could you send it again?",
        reply: "This one opens. Thanks!",
        ..PLAIN
    },
];
