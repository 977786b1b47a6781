//! When the machine fails: clear words, nothing half done, and on it goes without a restart.

use std::process::Command;

use warmline_sim::sink::{Sink, deliver};

use crate::house::{House, MAILBOX, command, run, runtime, until};
use crate::http::Http;

fn mail(n: usize) -> String {
    format!(
        "From: jo{n}@example.net\r\nTo: {MAILBOX}\r\nSubject: Matter {n}\r\nMessage-ID: <t{n}@example.net>\r\n\r\nPlease {n}. {}\r\n",
        "word ".repeat(400)
    )
}

#[test]
fn a_locked_database_says_so_and_goes_on_afterwards() {
    let runtime = runtime();
    runtime.block_on(async {
        let house = House::new();
        let sink = Sink::open().await.unwrap();
        let mut http = house.set_up(&sink);
        let lock = rusqlite::Connection::open(house.folder().join("warmline.db")).unwrap();
        lock.execute_batch("BEGIN IMMEDIATE").unwrap();
        let refused = deliver(house.smtp, "jo@example.net", MAILBOX, mail(1).as_bytes()).await.unwrap_err();
        assert!(refused.to_string().contains("451"), "{refused}");
        assert_eq!(http.get("/tickets").status, 200, "reading goes on");
        lock.execute_batch("ROLLBACK").unwrap();
        deliver(house.smtp, "jo@example.net", MAILBOX, mail(1).as_bytes()).await.unwrap();
        assert_eq!(Http::numbers(&http.get("/tickets").body).len(), 1);
        house.doctor();
    });
}

#[test]
fn a_database_that_is_moved_away_is_noticed_before_anything_is_acknowledged() {
    let runtime = runtime();
    runtime.block_on(async {
        let house = House::new();
        let sink = Sink::open().await.unwrap();
        let mut http = house.set_up(&sink);
        deliver(house.smtp, "jo@example.net", MAILBOX, mail(1).as_bytes()).await.unwrap();
        let away = house.folder().join("away");
        std::fs::create_dir(&away).unwrap();
        let names = ["warmline.db", "warmline.db-wal", "warmline.db-shm"];
        let mv = |from: &std::path::Path, to: &std::path::Path| {
            names.iter().for_each(|n| std::fs::rename(from.join(n), to.join(n)).unwrap());
        };
        mv(house.folder(), &away);
        let refused = deliver(house.smtp, "jo@example.net", MAILBOX, mail(2).as_bytes()).await.unwrap_err();
        assert!(refused.to_string().contains("451"), "{refused}");
        let page = http.get("/tickets");
        assert_eq!(page.status, 503);
        assert!(page.body.contains("What you saved before is safe"), "{}", page.body);
        mv(&away, house.folder());
        deliver(house.smtp, "jo@example.net", MAILBOX, mail(2).as_bytes()).await.unwrap();
        assert_eq!(Http::numbers(&http.get("/tickets").body).len(), 2);
        house.doctor();
    });
}

/// A small disk of its own; needs the right to mount.
#[test]
fn a_full_disk_says_so_and_goes_on_afterwards() {
    let disk = tempfile::tempdir().unwrap();
    let small = ["-t", "tmpfs", "-o", "size=6m,mode=0777", "tmpfs"];
    let mounted = as_root("mount").args(small).arg(disk.path()).status();
    assert!(
        mounted.is_ok_and(|s| s.success()),
        "this test mounts a small disk: be root, or have sudo without a password"
    );
    struct Unmount(std::path::PathBuf);
    impl Drop for Unmount {
        fn drop(&mut self) {
            // Lazily: whatever is still open goes with its process.
            let _ = as_root("umount").arg("-l").arg(&self.0).status();
        }
    }
    let _unmount = Unmount(disk.path().to_owned());
    let runtime = runtime();
    runtime.block_on(async {
        let house = House::at(disk.path());
        let sink = Sink::open().await.unwrap();
        let mut http = house.set_up(&sink);
        let filler = disk.path().join("filler");
        // Fills what is left; dd stops when nothing fits any more.
        let _ = Command::new("dd")
            .args(["if=/dev/zero", "bs=4k"])
            .arg(format!("of={}", filler.display()))
            .output()
            .unwrap();
        let mut taken = 0;
        let refused = loop {
            match deliver(house.smtp, "jo@example.net", MAILBOX, mail(taken).as_bytes()).await {
                Ok(()) => taken += 1,
                Err(refused) => break refused,
            }
            assert!(taken < 5000, "the disk does not fill");
        };
        assert!(refused.to_string().contains("451"), "{refused}");
        let page =
            http.post("/tickets", &[("message", "5"), ("address", "a@example.net"), ("subject", "x"), ("text", "y")]);
        assert_eq!(page.status, 503);
        assert!(page.body.contains("disk is full"), "{}", page.body);
        std::fs::remove_file(&filler).unwrap();
        deliver(house.smtp, "jo@example.net", MAILBOX, mail(taken).as_bytes()).await.unwrap();
        let counted = http.get("/metrics").body;
        assert!(counted.contains(&format!("warmline_tickets{{stage=\"0\"}} {}", taken + 1)), "{counted}");
        house.doctor();
    });
}

fn as_root(program: &str) -> Command {
    if run(Command::new("id").arg("-u")).trim() == "0" {
        return Command::new(program);
    }
    let mut command = Command::new("sudo");
    command.args(["-n", program]);
    command
}

#[test]
fn a_backup_under_load_restores_to_something_that_was_committed() {
    let runtime = runtime();
    runtime.block_on(async {
        let house = House::new();
        let sink = Sink::open().await.unwrap();
        house.set_up(&sink);
        let smtp = house.smtp;
        let load = tokio::spawn(async move {
            let mut n = 0;
            while deliver(smtp, "jo@example.net", MAILBOX, mail(n).as_bytes()).await.is_ok() {
                n += 1;
            }
        });
        let backup = tempfile::tempdir().unwrap();
        let http = Http::new(&house.web);
        until("some load", || {
            let mut http = Http::new(http.host());
            http.get("/metrics").body.contains("warmline_tickets{stage=\"0\"} 2").then_some(())
        });
        let (from, to) = (house.folder().to_owned(), backup.path().join("copy"));
        let copying = to.clone();
        tokio::task::spawn_blocking(move || run(command(&from).arg("backup").arg(&copying))).await.unwrap();
        load.abort();
        let restored = tempfile::tempdir().unwrap();
        let place = restored.path().join("desk");
        std::fs::create_dir(&place).unwrap();
        run(command(&place).arg("restore").arg(&to));
        let told = run(command(&place).args(["doctor", "--replay"]));
        assert!(told.contains("agrees"), "{told}");
        // The head of every stream in the copy was committed in the original.
        let copy = rusqlite::Connection::open(place.join("warmline.db")).unwrap();
        let original = rusqlite::Connection::open(house.folder().join("warmline.db")).unwrap();
        let mut heads = copy.prepare("SELECT kind, id, max(seq), hash FROM journal GROUP BY kind, id").unwrap();
        let mut compared = 0;
        let mut rows = heads.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            let (kind, id, seq, hash): (i64, i64, i64, Vec<u8>) =
                (row.get(0).unwrap(), row.get(1).unwrap(), row.get(2).unwrap(), row.get(3).unwrap());
            let there: Vec<u8> = original
                .query_row("SELECT hash FROM journal WHERE kind = ?1 AND id = ?2 AND seq = ?3", (kind, id, seq), |r| {
                    r.get(0)
                })
                .unwrap();
            assert_eq!(there, hash);
            compared += 1;
        }
        assert!(compared > 2);
        let nowhere =
            command(&backup.path().join("nowhere")).current_dir(backup.path()).arg("doctor").output().unwrap();
        assert!(!nowhere.status.success() && !backup.path().join("nowhere").exists(), "looking at a desk makes none");
        let again = command(&place).arg("restore").arg(&to).output().unwrap();
        assert!(!again.status.success(), "a restore does not write over a desk");
    });
}

#[test]
fn a_wrong_configuration_is_named_by_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("warmline.toml");
    std::fs::write(&file, "[web]\nlisten = \"127.0.0.1:0\"\nhtps = true\n").unwrap();
    let output = command(folder.path()).env("WARMLINE_CONFIG", &file).arg("serve").output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && said.contains("warmline.toml:3: unknown field `htps`"), "{said}");
}
